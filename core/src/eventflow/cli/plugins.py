"""``eventflow plugins``: everything about installed plugins."""

from __future__ import annotations

import click

from eventflow.cli.table import Entry, TableGroup

SUBCOMMANDS: dict[str, Entry] = {
    "list": Entry("eventflow.cli.plugin_list", "List installed plugins."),
    "show": Entry("eventflow.cli.plugin_show", "Show a plugin or a component, with its options."),
    "doctor": Entry("eventflow.cli.plugin_doctor", "Check plugins and say how to mend them."),
    "time": Entry("eventflow.cli.plugin_time", "Measure what importing plugins costs."),
    "freeze": Entry("eventflow.cli.plugin_freeze", "Print plugins as pip requirements."),
    "new": Entry("eventflow.cli.new", "Make a project for a plugin of your own."),
    "update": Entry("eventflow.cli.plugin_update", "Bring a plugin's project up to date."),
}
"""One line adds a subcommand: its module has a click command called ``command``."""


@click.group(name="plugins", cls=TableGroup, entries=SUBCOMMANDS)
def command() -> None:
    """List, check, time and make plugins."""
