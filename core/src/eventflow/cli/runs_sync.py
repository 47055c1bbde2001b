"""``eventflow runs sync``: send trackers what they were not told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from eventflow.cli import output
from eventflow.cli.options import Settings, home_option, json_option, pass_settings

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.trackers.sync import Sent


@click.command("sync")
@home_option
@click.argument("run", required=False)
@click.option("--all", "everything", is_flag=True, help="Every run, which is the default.")
@json_option
@pass_settings
def command(
    settings: Settings, home: Path, run: str | None, *, everything: bool, as_json: bool
) -> None:
    """Send trackers what they were not told while their runs went on.

    Each record is sent once and in order, however often sending is interrupted.
    """
    from eventflow.trackers.sync import sync  # noqa: PLC0415 - delayed: not for --help

    if run is not None and everything:
        message = "say which: RUN or --all"
        raise click.UsageError(message)
    results = []
    for sent in sync(home, run, host=settings.host()):
        results.append(sent)
        if not as_json:
            _say(sent)
        if sent.error is not None:
            output.note_problems(sent.error.problems)
    if as_json:
        output.print_json("runs.sync", {"trackers": [_plain(sent) for sent in results]})
    elif not results:
        output.say(f"nothing waits in {home.as_posix()}")
    if any(sent.error is not None for sent in results):
        raise click.exceptions.Exit(1)


def _say(sent: Sent) -> None:
    glyphs = output.glyphs()
    who = f"{sent.run}  {sent.tracker}"
    if sent.busy:
        output.say(f"{glyphs.dot} {who}  another process has it")
    elif sent.error is not None:
        output.say(f"{glyphs.failure} {who}  {sent.records:,} sent, {sent.waiting:,} wait")
    else:
        output.say(f"{glyphs.ok} {who}  {sent.records:,} sent")


def _plain(sent: Sent) -> dict[str, Any]:
    return {
        "run": sent.run,
        "name": sent.name,
        "tracker": sent.tracker,
        "records": sent.records,
        "waiting": sent.waiting,
        "busy": sent.busy,
        "error": str(sent.error.problems[0].message) if sent.error else None,
    }
