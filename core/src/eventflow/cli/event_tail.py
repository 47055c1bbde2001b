"""``eventflow events tail``: events as they happen, from another terminal."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from eventflow.cli import output
from eventflow.cli.event_replay import Pattern
from eventflow.cli.event_transport import pipeline_option, reached
from eventflow.cli.options import (
    Settings,
    debug_option,
    home_option,
    pass_settings,
    set_option,
    without_option,
)

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.types import Event, Receiver

_WAIT = 0.5
_WIDTH = 60
_NOTHING: tuple[object, ...] = ("", None, [], {})
_HEAD = {
    "event_type", "event_id", "timestamp", "source", "schema_version", "correlation_id",
    "causation_id", "traceparent", "tracestate", "run_id", "pipeline",
}  # fmt: skip
"""What stands before the facts, or is too long for a line."""


@click.command(name="tail")
@click.argument("pattern", type=Pattern(), default="*")
@pipeline_option
@set_option
@home_option
@click.option("--all", "earliest", is_flag=True, help="Begin with the earliest event there is.")
@click.option("--limit", type=click.IntRange(min=1), help="End after so many events.")
@click.option("--for", "seconds", type=float, help="End when so many seconds bring no event.")
@click.option("--ndjson", is_flag=True, help="Print each event as one JSON object on a line.")
@debug_option
@without_option
@pass_settings
def command(  # noqa: PLR0913, PLR0917 - one argument per option
    settings: Settings,
    pattern: str,
    pipeline: str | None,
    overrides: tuple[str, ...],
    home: Path,
    earliest: bool,  # noqa: FBT001 - click passes a flag
    limit: int | None,
    seconds: float | None,
    ndjson: bool,  # noqa: FBT001 - click passes a flag
) -> None:
    """Print events whose type matches PATTERN as they happen; Ctrl-C ends it.

    A star in the pattern stands for one segment or more: 'pipeline.*', '*.error.*'.
    """
    start = "earliest" if earliest else "new"
    with reached(settings, pipeline, overrides, home) as transport:
        receiver = transport.open(pattern, start=start)
        output.note(f"listening to {pattern}; Ctrl-C ends it")
        try:
            _follow(receiver, limit, seconds, ndjson=ndjson)
        except KeyboardInterrupt:
            return
        finally:
            receiver.close()


def _follow(receiver: Receiver, limit: int | None, seconds: float | None, *, ndjson: bool) -> None:
    told, quiet = 0, 0.0
    while (limit is None or told < limit) and (seconds is None or quiet < seconds):
        wait = _WAIT if seconds is None else min(_WAIT, seconds - quiet)
        found = receiver.receive(1, wait)
        quiet = 0.0 if found else quiet + wait
        for delivery in found:
            output.say(delivery.event.to_json() if ndjson else line_of(delivery.event))
            told += 1
        receiver.ack(found)


def line_of(event: Event) -> str:
    """Return an event on one line: its time here, type, source, and what it says."""
    said = {k: v for k, v in _fields(event).items() if k not in _HEAD and v not in _NOTHING}
    facts = " ".join(f"{name}={_short(value)}" for name, value in said.items())
    at = datetime.fromisoformat(str(event.timestamp)).astimezone().strftime("%H:%M:%S.%f")[:-3]
    kind = click.style(event.event_type, bold=True)
    return "  ".join(part for part in (at, kind, getattr(event, "source", ""), facts) if part)


def _fields(event: Event) -> dict[str, Any]:
    from eventflow.events.codec import decode_fields  # noqa: PLC0415 - delayed: not for --help

    return decode_fields(event.to_json())


def _short(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
