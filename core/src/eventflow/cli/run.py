"""``eventflow run``: run a pipeline and say what became of every row."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventflow.cli import output
from eventflow.cli.options import (
    Settings,
    debug_option,
    json_option,
    keep_logs_quiet,
    pass_settings,
    pipeline_argument,
    set_option,
    strict_option,
    without_option,
)
from eventflow.cli.progress import progress
from eventflow.cli.signals import end_in_good_order
from eventflow.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.runs.record import RunRecord


@click.command("run")
@pipeline_argument
@set_option
@click.option("--state", metavar="PATH", help="Use a saved state (file or run id): no fitting.")
@json_option
@strict_option
@without_option
@debug_option
@pass_settings
def command(
    settings: Settings,
    pipeline: str,
    overrides: tuple[str, ...],
    state: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> int:
    """Run PIPELINE, a YAML file, and print where every row went."""
    end_in_good_order()  # before the imports, which take most of a second
    return execute(settings, pipeline, overrides, state=state, as_json=as_json)


def execute(
    settings: Settings,
    pipeline: str | Mapping[str, Any],
    overrides: tuple[str, ...],
    *,
    state: str | None = None,
    as_json: bool,
) -> int:
    """Run a pipeline, a file or a mapping, with progress; print what came of it."""
    from eventflow.api import orchestrator  # noqa: PLC0415 - delayed: not for --help
    from eventflow.runs.orchestrate import RunFailedError  # noqa: PLC0415 - delayed: not for --help

    keep_logs_quiet(settings)
    work = orchestrator(
        pipeline,
        overrides=overrides,
        state=state,
        make_host=settings.host_for,
        strict=settings.strict,
    )
    try:
        with progress(quiet=as_json) as work.on_pass:
            record = work.run().record
    except RunFailedError as error:
        if settings.debug:
            raise
        show(error.record, as_json=as_json)
        return error.exit_code
    show(record, as_json=as_json)
    return ExitCode.DONE


def show(record: RunRecord, *, as_json: bool) -> None:
    """Print a run's record: the summary on a terminal, a fact a line in a pipe, or JSON."""
    from eventflow.cli import plain_summary, summary  # noqa: PLC0415 - delayed: not for --help
    from eventflow.runs.encode import record_to_dict  # noqa: PLC0415 - delayed: not for --help

    if as_json:
        output.print_json("run", record_to_dict(record))
        return
    if output.result().isatty() and not os.environ.get("CI"):
        width = shutil.get_terminal_size().columns
        lines = summary.summary_lines(
            record, output.glyphs(), color=output.colour(), width=min(width, 100)
        )
    else:
        lines = plain_summary.plain_lines(record)
    for line in lines:
        output.say(line)
    _note_pending(record)


def _note_pending(record: RunRecord) -> None:
    """Say which trackers are still being told, where nothing else says so."""
    from eventflow.trackers.spool import untold  # noqa: PLC0415 - delayed: not for --help

    if record.run_dir is None or {"EF702", "EF704"} & {w.code for w in record.warnings}:
        return
    if names := untold(Path(record.run_dir).parents[1], record.run_id):
        again = f"eventflow runs sync {record.short_id}"
        sending = f"{', '.join(names)}: another process goes on to send this run"
        output.note(f"{sending}; should it be stopped: {again}")
