"""``eventflow events replay``: what an event store holds, for programs that read lines."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from eventflow.cli import output
from eventflow.cli.event_store import STORE


class Moment(click.ParamType[datetime]):
    """A moment as ISO 8601; UTC where it has no offset."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no ISO 8601 time, as 2026-11-21T09:30", param, ctx)


class Pattern(click.ParamType[str]):
    """A subscription pattern."""

    name = "pattern"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check it."""
        from eventflow.events.patterns import compile_pattern  # noqa: PLC0415 - delayed: for --help

        try:
            compile_pattern(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)


@click.command("replay")
@click.option(
    "--store",
    "path",
    type=click.Path(path_type=Path),
    default=STORE,
    show_default=True,
    help="The store's file.",
)
@click.option("--run", "correlation_id", metavar="ID", help="Only events of this run, by its id.")
@click.option("--type", "pattern", type=Pattern(), default="*", help="Only types that match.")
@click.option("--since", type=Moment(), help="Only events that happened then or later.")
@click.option("--until", type=Moment(), help="Only events that happened before.")
@click.option(
    "--from",
    "first",
    type=click.IntRange(min=1),
    default=1,
    metavar="POSITION",
    help="Begin at this position.",
)
def command(  # noqa: PLR0913, PLR0917 - one argument per option
    path: Path,
    correlation_id: str | None,
    pattern: str,
    since: datetime | None,
    until: datetime | None,
    first: int,
) -> None:
    """Print stored events in the order in which they were appended, one JSON object a line.

    Each line is the event, byte for byte as it was stored. An event that is damaged ends the
    output with an error.
    """
    from eventflow.store.reader import EventReader  # noqa: PLC0415 - delayed: not for --help

    with EventReader(path) as store:
        wanted = store.replay(
            correlation_id=correlation_id,
            pattern=pattern,
            since=since,
            until=until,
            after=first - 1,
        )
        for event in wanted:
            output.say(event.body.decode())
