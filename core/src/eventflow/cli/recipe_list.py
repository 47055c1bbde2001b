"""``eventflow recipes list``: which recipes are installed, and what they are tagged with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from eventflow.cli import output
from eventflow.cli.options import (
    Settings,
    debug_option,
    json_option,
    pass_settings,
    strict_option,
    without_option,
)
from eventflow.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.recipes.index import RecipeHead


@click.command(name="list")
@click.option(
    "--tag", "tags", multiple=True, metavar="TAG", help="Only those with this tag (repeatable)."
)
@json_option
@without_option
@strict_option
@debug_option
@pass_settings
def command(settings: Settings, tags: tuple[str, ...], *, as_json: bool) -> int:
    """List installed recipes: version, tags and what each makes.

    Reads metadata and the recipes' own files; imports no plugin.
    """
    from eventflow.recipes.index import heads  # noqa: PLC0415 - delayed: not for --help

    host = settings.host()
    host.check()
    every = sorted(heads(host.indexed()), key=lambda head: (head.name, head.ref.distribution))
    found = [head for head in every if set(tags) <= set(head.tags)]
    known = sorted({tag for head in every for tag in head.tags})
    _refuse_unknown(tags, known)
    if as_json:
        output.print_json("recipes.list", {"recipes": [_entry(h) for h in found], "tags": known})
    else:
        _print(found, known)
    broken = host.strict and any(head.defect for head in found)
    return ExitCode.PLUGIN if broken else ExitCode.DONE


def _refuse_unknown(tags: Sequence[str], known: Sequence[str]) -> None:
    for tag in tags:
        if tag not in known:
            from eventflow.recipes.errors import (  # noqa: PLC0415 - delayed: only for mistakes
                UnknownTagError,
            )

            raise UnknownTagError.for_tag(tag, known)


def _entry(head: RecipeHead) -> dict[str, Any]:
    return {
        "name": head.name,
        "form": head.form,
        "version": head.version,
        "summary": head.summary,
        "tags": list(head.tags),
        "distribution": head.ref.distribution,
        "distribution_version": head.ref.version,
        "problem": head.defect,
    }


def _print(found: Sequence[RecipeHead], known: Sequence[str]) -> None:
    if not found:
        output.say("no recipe is installed that has all of these" if known else _NONE)
        return
    names = [head.name for head in found]
    rows = [_row(h, h.ref.qualified if names.count(h.name) > 1 else h.name) for h in found]
    for line in output.folded(rows):
        output.say(line)
    plural = "" if len(found) == 1 else "s"
    output.say(f"{len(found)} recipe{plural}; tags: {', '.join(known) or 'none'}")


_NONE = "no recipe is installed; eventflow plugins new recipe makes one"


def _row(head: RecipeHead, name: str) -> tuple[str, ...]:
    """Return the cells of a recipe under a name that means no other."""
    name = click.style(name, bold=True)
    if head.defect:
        mark = click.style(f"{output.glyphs().failure} cannot be read", fg="red")
        return (name, head.ref.owner, mark, head.defect)
    return (name, head.version, ", ".join(head.tags), head.summary)
