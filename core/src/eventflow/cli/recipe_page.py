"""What ``eventflow recipes show`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from eventflow.cli import output
from eventflow.recipes.page import option_text, presence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_FORMS = {"blueprint": "blueprint", "steps": "recipe of steps"}


def lines(page: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a recipe, described as `eventflow.recipes.page.described` does."""
    title = click.style(f"{page['name']} {page['version']}", bold=True)
    owner = f"{page['distribution']} {page['distribution_version']}".strip()
    yield f"{title}   {_FORMS[page['form']]} from {owner}"
    yield from (f"  {line}" for line in output.reflowed(page["summary"]))
    if page["tags"]:
        yield f"  tags: {', '.join(page['tags'])}"
    if page["documentation"]:
        yield ""
        yield from (f"  {x}".rstrip() for x in output.reflowed(page["documentation"]))
    yield from _section("needs", [_need(n) for n in page["needs"]])
    yield from _section("makes", [_make(m) for m in page["makes"]])
    yield from _section("parameters", [_parameter(p) for p in page["parameters"]])
    yield from _section("steps", [(s["use"], option_text(s["options"])) for s in page["steps"]])
    yield from _section("runs alone on", _alone(page))
    yield ""
    yield click.style("a pipeline to copy", bold=True)
    yield from (f"  {line}" for line in page["example"].splitlines())


def _section(title: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        yield ""
        yield click.style(title, bold=True)
        yield from output.folded(rows)


def _need(need: Mapping[str, Any]) -> tuple[str, ...]:
    role = f", or the {need['role']} of the schema" if need["role"] else ""
    return need["name"], " or ".join(need["types"]), f"{need['about']}{role}"


def _make(made: Mapping[str, Any]) -> tuple[str, ...]:
    nulls = {"": "", "never": "; never null"}.get(made["nulls"], f"; null: {made['nulls']}")
    return made["name"], made["unit"], made["parity"], f"{made['formula']}{nulls}"


def _parameter(parameter: dict[str, Any]) -> tuple[str, ...]:
    kind = ", ".join(part for part in (parameter["type"], parameter["range"]) if part)
    return parameter["name"], kind, presence(parameter), parameter["about"]


def _alone(page: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Say what it runs on by itself; nothing where it needs a source."""
    if page["source"] is None:
        return []
    options = {key: value for key, value in page["source"].items() if key != "use"}
    rows = [("source", " ".join([str(page["source"].get("use")), option_text(options)]).strip())]
    if page["schema"]:
        rows.append(("schema", option_text(page["schema"])))
    if page["as_of"]:
        rows.append(("as of", page["as_of"]))
    return [*rows, ("", f"{output.glyphs().arrow} eventflow recipes run {page['name']}")]
