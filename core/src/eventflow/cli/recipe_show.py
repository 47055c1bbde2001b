"""``eventflow recipes show``: one recipe, and a pipeline to copy."""

from __future__ import annotations

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


@click.command(name="show")
@click.argument("name")
@json_option
@without_option
@strict_option
@debug_option
@pass_settings
def command(settings: Settings, name: str, *, as_json: bool) -> None:
    """Show the recipe NAME: needs, makes, parameters, steps, and a pipeline to copy."""
    from eventflow.cli.recipe_page import lines  # noqa: PLC0415 - delayed: not for --help
    from eventflow.recipes.page import described  # noqa: PLC0415 - delayed: not for --help
    from eventflow.recipes.registry import RecipeRegistry  # noqa: PLC0415 - delayed: not for --help

    registry = RecipeRegistry(settings.host())
    page = described(registry.get(name).recipe, registry.ref(name))
    if as_json:
        output.print_json("recipes.show", {"recipe": page})
        return
    for line in lines(page):
        output.say(line)
