"""``eventflow recipes run``: a recipe as a pipeline of its own."""

from __future__ import annotations

import click

from eventflow.cli.options import (
    Settings,
    debug_option,
    json_option,
    pass_settings,
    strict_option,
    without_option,
)
from eventflow.cli.run import execute
from eventflow.cli.signals import end_in_good_order


@click.command("run")
@click.argument("name")
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a parameter of the recipe, or a part of the pipeline: source.path (repeatable).",
)
@click.option("--source", metavar="SOURCE", help="Name of a source, or a file to read.")
@click.option("--sink", metavar="SINK", help="Name of a sink, or a file to write.")
@json_option
@strict_option
@without_option
@debug_option
@pass_settings
def command(  # noqa: PLR0913 - one argument per option
    settings: Settings,
    name: str,
    *,
    overrides: tuple[str, ...],
    source: str | None,
    sink: str | None,
    as_json: bool,
) -> int:
    """Run the recipe NAME on its own source, or on SOURCE, and print where every row went."""
    end_in_good_order()  # before the imports, which take most of a second
    from eventflow.recipes.alone import (  # noqa: PLC0415 - delayed: not for --help
        assembled,
        placed,
        placed_in,
    )
    from eventflow.recipes.errors import NoSourceError  # noqa: PLC0415 - as above
    from eventflow.recipes.registry import RecipeRegistry  # noqa: PLC0415 - as above

    made = RecipeRegistry(settings.host()).get(name)
    said = made.recipe
    ends = {"source": _end("source", source), "sink": _end("sink", sink)}
    pipeline = assembled(said, {}, use=name, **ends)
    if source is None:
        pipeline = placed_in(pipeline, made.written)
    if "source" not in pipeline and not any(text.startswith("source") for text in overrides):
        raise NoSourceError.for_recipe(name)
    return execute(settings, pipeline, placed(said, overrides), as_json=as_json)


def _end(what: str, given: str | None) -> dict[str, str] | None:
    """Read a source or sink: a component's name, or a file whose ending tells which."""
    from eventflow.drafting.errors import UnknownFormatError  # noqa: PLC0415 - beside its use
    from eventflow.drafting.pipeline import source_of  # noqa: PLC0415 - delayed: Polars

    if given is None:
        return None
    try:
        return {"use": source_of(given), "path": given}
    except UnknownFormatError:
        if not any(mark in given for mark in "/\\*"):
            return {"use": given}
        message = (
            f'the ending of "{given}" does not tell its format; write for example '
            f"--{what} csv --set {what}.path={given}"
        )
        raise click.BadParameter(message, param_hint=f"--{what}") from None
