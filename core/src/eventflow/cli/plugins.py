"""``eventflow plugins``: everything about installed plugins."""

from __future__ import annotations

import click

from eventflow.cli.table import Entry, TableGroup

SUBCOMMANDS: dict[str, Entry] = {
    "list": Entry("eventflow.cli.plugin_list", "List installed plugins."),
    "show": Entry("eventflow.cli.plugin_show", "Show a plugin or a component, with its options."),
}
"""One line adds a subcommand: its module has a click command called ``command``."""


@click.group(name="plugins", cls=TableGroup, entries=SUBCOMMANDS)
def command() -> None:
    """List and show installed plugins."""
