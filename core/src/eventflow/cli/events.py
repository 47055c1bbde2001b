"""``eventflow events``: the types of events that there are, and the stores that keep them."""

from __future__ import annotations

import click

from eventflow.cli.table import Entry, TableGroup

COMMANDS: dict[str, Entry] = {
    "list": Entry("eventflow.cli.event_list", "List the types of events."),
    "asyncapi": Entry("eventflow.cli.event_asyncapi", "Print an AsyncAPI document of them."),
    "replay": Entry("eventflow.cli.event_replay", "Print stored events, one JSON object a line."),
    "tail": Entry("eventflow.cli.event_tail", "Print events as they happen."),
    "dead": Entry("eventflow.cli.event_dead", "Look at events that were given up."),
    "verify": Entry("eventflow.cli.event_verify", "Audit a store: checksums, chain and end."),
}


@click.group(name="events", cls=TableGroup, entries=COMMANDS)
def command() -> None:
    """List and describe events, replay and audit stored ones."""
