"""``eventflow runs``: list, show, open, compare and remove past runs; send what waits."""

from __future__ import annotations

import os
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventflow.cli import output
from eventflow.cli.options import home_option, json_option
from eventflow.cli.runs_sync import command as sync_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.report.diff import Change
    from eventflow.runs.listing import RunRow
    from eventflow.runs.record import RunRecord
    from eventflow.runs.store import RunStore

STATES = ("PENDING", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED")
_AGE = re.compile(r"(\d+)([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WIDTH = 80


class Age(click.ParamType[timedelta]):
    """A length of time: ``12h``, ``30d``, ``1w2d``."""

    name = "age"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Add the parts up."""
        if isinstance(value, timedelta):
            return value
        parts = _AGE.findall(value)
        if not parts or "".join(n + u for n, u in parts) != value:
            self.fail(f'"{value}" is not a length of time; write 12h, 30d or 1w2d', param, ctx)
        return sum((timedelta(**{_UNITS[u]: int(n)}) for n, u in parts), timedelta())


def _store(home: Path) -> RunStore:
    from eventflow.runs.store import RunStore  # noqa: PLC0415 - delayed: not for --help

    return RunStore(home)


@click.group(name="runs")
def command() -> None:
    """List, show, open, compare and remove past runs; send trackers what waits for them.

    RUN is the short id that a run prints, the beginning of one, or "latest".
    """


command.add_command(sync_runs)


@command.command("list")
@home_option
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most.")
@click.option("--name", help="Only runs of this pipeline.")
@click.option(
    "--state", type=click.Choice(STATES, case_sensitive=False), help="Only in this state."
)
@json_option
def list_runs(
    home: Path, limit: int, name: str | None, state: str | None, *, as_json: bool
) -> None:
    """List runs, the newest first."""
    from eventflow.runs.record import RunState  # noqa: PLC0415 - delayed: not for --help

    wanted = RunState(state.upper()) if state else None
    rows = _store(home).list(limit, name=name, state=wanted)
    if as_json:
        output.print_json("runs", {"runs": [_plain_row(r) for r in rows]})
        return
    if not rows:
        output.say(f"no runs in {home.as_posix()}" + (" that fit" if name or state else ""))
        output.say("  eventflow run PIPELINE")
        return
    for line in _table(rows):
        output.say(line)


def _plain_row(row: RunRow) -> dict[str, Any]:
    from attrs import asdict  # noqa: PLC0415 - delayed: not for --help

    return asdict(row)


def _table(rows: Sequence[RunRow]) -> list[str]:
    from eventflow import formatting as fmt  # noqa: PLC0415 - delayed: not for --help
    from eventflow.cli.text import cut, plain  # noqa: PLC0415 - delayed: not for --help

    shown = output.glyphs()
    table = [("run", "", "started (UTC)", "time", "rows read", "result", "pipeline")]
    table += [
        (
            row.short_id,
            _mark(row, shown),
            row.started_at.strftime("%Y-%m-%d %H:%M"),
            fmt.duration(row.seconds) if row.seconds else "",
            fmt.count(row.rows_read) if row.rows_read is not None else "",
            fmt.count(row.rows_result) if row.rows_result is not None else "",
            plain(row.name, shown),
        )
        for row in rows
    ]
    return [cut(line, _WIDTH, shown) for line in output.columns(table, indent=0, gap=2)]


def _mark(row: RunRow, shown: output.Glyphs) -> str:
    if row.interrupted:
        return f"{shown.failure} killed"
    words = {
        "COMPLETED": f"{shown.warning} done" if row.warnings else f"{shown.ok} done",
        "FAILED": f"{shown.failure} failed",
        "CANCELLED": f"{shown.failure} cancelled",
        "IN_PROGRESS": f"{shown.dot} running",
    }
    return words.get(row.state.value, f"{shown.dot} waiting")


@command.command("show")
@home_option
@click.argument("run", default="latest")
@click.option("--log", is_flag=True, help="Print the run's log instead of its summary.")
@json_option
def show(home: Path, run: str, *, log: bool, as_json: bool) -> None:
    """Print the summary of a run again."""
    store = _store(home)
    if log:
        _print_log(store, run)
        return
    record = store.get(run)
    if as_json:
        from eventflow.runs.encode import record_to_dict  # noqa: PLC0415 - delayed: not for --help

        output.print_json("run", record_to_dict(record))
        return
    print_summary(record)


def print_summary(record: RunRecord) -> None:
    """Print the summary of a run on stdout, as the terminal can show it."""
    from eventflow.cli.summary import summary_lines  # noqa: PLC0415 - delayed: not for --help

    for line in summary_lines(record, output.glyphs(), color=output.colour(), width=_WIDTH):
        output.say(line)


def _print_log(store: RunStore, run: str) -> None:
    from eventflow.formatting import printable  # noqa: PLC0415 - delayed: not for --help

    row = store.find(run)
    logs = sorted((store.home / "runs" / row.short_id).glob("*log*.jsonl"))
    if not logs:
        output.note(f"run {row.short_id} has no log")
    for path in logs:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                output.say(printable(line.rstrip("\n")))


@command.command("open")
@home_option
@click.argument("run", default="latest")
@json_option
def open_report(home: Path, run: str, *, as_json: bool) -> None:
    """Print where a run's report is, and open it if there is a display."""
    store = _store(home)
    record = store.get(run)
    path = _report(store, record)
    if as_json:
        output.print_json("runs.open", {"run": record.short_id, "path": str(path)})
        return
    output.say(str(path))
    if _has_display():
        click.launch(path.absolute().as_uri())


def _report(store: RunStore, record: RunRecord) -> Path:
    """Return the report's path; written again from the record if it is gone."""
    kept = Path(record.report_path) if record.report_path else None
    if kept is not None and kept.is_file():
        return kept
    path = store.folder(record) / "report.html"
    if not path.is_file():
        from eventflow.report.html import render  # noqa: PLC0415 - delayed: jinja2

        path.write_text(render(record), encoding="utf-8", newline="\n")
    return path


def _has_display() -> bool:
    """Whether a browser may be opened: a person at a terminal, and somewhere to show it."""
    if not output.result().isatty() or os.environ.get("CI"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@command.command("diff")
@home_option
@click.argument("before")
@click.argument("after", default="latest")
@json_option
def diff_runs(home: Path, before: str, after: str, *, as_json: bool) -> None:
    """Compare two runs: configuration, versions, inputs, rows, quality, features."""
    from eventflow.report.diff import diff  # noqa: PLC0415 - delayed: not for --help

    store = _store(home)
    first, second = store.get(before), store.get(after)
    found = diff(first, second)
    if as_json:
        document = {"before": first.short_id, "after": second.short_id, **found.to_dict()}
        output.print_json("runs.diff", document)
        return
    output.say(
        f"{first.name} {first.short_id}  {output.glyphs().arrow}  {second.name} {second.short_id}"
    )
    for name, changes in found.parts():
        if changes:
            output.say(f"\n{name}")
            for change in changes:
                output.say(_change_line(change))
    if found.empty:
        output.say("\nno difference in configuration, versions, inputs, rows, quality or features")


def _change_line(change: Change) -> str:
    from eventflow.cli.text import cut, plain  # noqa: PLC0415 - delayed: not for --help

    shown = output.glyphs()
    what = plain(change.what, shown)
    if change.before is None:
        line, color = f"  + {what}  {plain(change.after or '', shown)}", "green"
    elif change.after is None:
        line, color = f"  - {what}  {plain(change.before, shown)}", "red"
    else:
        values = f"{plain(change.before, shown)} {shown.arrow} {plain(change.after, shown)}"
        line, color = f"  ~ {what}  {values}", "yellow"
    return click.style(cut(line, _WIDTH, shown), fg=color)


@command.command("gc")
@home_option
@click.option("--keep-last", type=click.IntRange(min=0), metavar="N", help="Keep the newest N.")
@click.option("--older-than", type=Age(), help="Remove only older ones, for example 30d.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed.")
@json_option
def collect_garbage(
    home: Path,
    keep_last: int | None,
    older_than: timedelta | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Remove finished runs with their folders; what they published elsewhere stays."""
    if keep_last is None and older_than is None:
        message = "say which: --keep-last N, --older-than AGE, or both"
        raise click.UsageError(message)
    store = _store(home)
    work = store.removable if dry_run else store.gc
    rows = work(keep_last=keep_last, older_than=older_than)
    if as_json:
        document = {"dry_run": dry_run, "removed": [_plain_row(r) for r in rows]}
        output.print_json("runs.gc", document)
        return
    for row in rows:
        output.say(f"  {row.short_id}  {row.started_at:%Y-%m-%d %H:%M}  {row.name}")
    output.say(f"{'would remove' if dry_run else 'removed'} {len(rows)} run{'s'[: len(rows) != 1]}")
