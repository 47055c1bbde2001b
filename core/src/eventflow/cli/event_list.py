"""``eventflow events list``: every type of event, its version, category and fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from eventflow.cli import output
from eventflow.cli.event_types import known_types, module_option
from eventflow.cli.options import debug_option, json_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.events.catalogue import TypeEntry


@click.command(name="list")
@module_option
@json_option
@debug_option
def command(modules: tuple[str, ...], *, as_json: bool) -> None:
    """List every type of event with its version, category and fields.

    Every event also has the fields that the reference lists under "Every event".
    """
    from attrs import asdict  # noqa: PLC0415 - delayed: not for --help

    from eventflow.events.catalogue import EVERY_EVENT, catalogue  # noqa: PLC0415 - as above

    entries = catalogue(known_types(modules))
    if as_json:
        listed = [asdict(entry) for entry in entries]
        output.print_json("events.list", {"every_event": EVERY_EVENT, "events": listed})
        return
    for line in output.folded(_cells(entries)):
        output.say(line)


def _cells(entries: Sequence[TypeEntry]) -> list[tuple[str, ...]]:
    return [
        (
            click.style(" ".join(entry.event_types), bold=True),
            f"v{entry.version}",
            entry.category,
            ", ".join(field.name for field in entry.fields),
        )
        for entry in entries
    ]
