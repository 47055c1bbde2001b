"""``eventflow events``: the types of events that there are, and documents about them."""

from __future__ import annotations

import click

from eventflow.cli.table import Entry, TableGroup

COMMANDS: dict[str, Entry] = {
    "list": Entry("eventflow.cli.event_list", "List the types of events."),
    "asyncapi": Entry("eventflow.cli.event_asyncapi", "Print an AsyncAPI document of them."),
}


@click.group(name="events", cls=TableGroup, entries=COMMANDS)
def command() -> None:
    """List and describe events."""
