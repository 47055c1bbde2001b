"""``eventflow recipes``: finding, reading and running recipes."""

from __future__ import annotations

import click

from eventflow.cli.table import Entry, TableGroup

SUBCOMMANDS: dict[str, Entry] = {
    "list": Entry("eventflow.cli.recipe_list", "List installed recipes."),
    "show": Entry("eventflow.cli.recipe_show", "Show what a recipe needs, makes and takes."),
    "run": Entry("eventflow.cli.recipe_run", "Run a recipe as a pipeline of its own."),
}
"""One line adds a subcommand: its module has a click command called ``command``."""


@click.group(name="recipes", cls=TableGroup, entries=SUBCOMMANDS)
def command() -> None:
    """List, show and run recipes: pipelines and blueprints written in YAML."""
