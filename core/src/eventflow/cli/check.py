"""``eventflow check``: every problem of pipeline files, found without a run."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from eventflow.cli import output
from eventflow.cli.options import (
    Settings,
    debug_option,
    json_option,
    keep_logs_quiet,
    pass_settings,
    set_option,
    strict_option,
    without_option,
)
from eventflow.errors import EventflowError, ExitCode

if TYPE_CHECKING:
    from eventflow.config.loading import CheckReport
    from eventflow.config.model import BoundConfig
    from eventflow.errors import Problem


@click.command(name="check")
@click.argument("pipelines", nargs=-1, required=True, metavar="PIPELINE...")
@set_option
@json_option
@debug_option
@without_option
@strict_option
@pass_settings
def command(
    settings: Settings,
    pipelines: tuple[str, ...],
    overrides: tuple[str, ...],
    as_json: bool,  # noqa: FBT001 - click passes a flag
) -> int:
    """Check pipeline files, and files of recipes, and report every problem.

    Of the data it reads what tells names and dtypes of columns, and no more: the first MiB of each
    text file at most, and the footers of Parquet and Arrow IPC files.
    """
    keep_logs_quiet(settings)
    reports = [_checked(path, overrides, settings) for path in pipelines]
    if as_json:
        output.print_json("check", {"files": [_document(report) for report in reports]})
    else:
        for report in reports:
            _tell(report)
    codes = [report.exit_code for report in reports if report.problems]
    return ExitCode.USAGE if ExitCode.USAGE in codes else max(codes, default=ExitCode.DONE)


def _checked(path: str, overrides: tuple[str, ...], settings: Settings) -> CheckReport:
    """Check one file, by what it is."""
    from eventflow.config.loading import check_config  # noqa: PLC0415 - delayed: YAML, pydantic
    from eventflow.recipes.checking import (  # noqa: PLC0415 - as above
        check_recipe,
        is_recipe,
    )

    if is_recipe(path):
        return check_recipe(path, overrides, make_host=settings.host_for, look_ahead=_plan)
    return check_config(path, overrides, make_host=settings.host_for, look_ahead=_plan)


def _plan(bound: BoundConfig) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    """Plan the pipeline: the source's columns, the schema, steps and blueprint must fit."""
    from eventflow.runs.compile import prepare, rehearse  # noqa: PLC0415 - delayed: Polars

    try:
        prepared = prepare(bound, as_of=bound.config.as_of or datetime.now(UTC))
        rehearse(prepared)
    except EventflowError as error:
        return error.problems, ()
    return (), prepared.unplanned


def _tell(report: CheckReport) -> None:
    checked = f"checked {_counted(report.components, 'component')}"
    if report.problems:
        output.note_problems(report.problems)
        output.note()
        output.note(f"{_counted(len(report.problems), 'problem')} in {report.path} ({checked})")
    else:
        output.say(f"{output.glyphs().ok} {report.path} is sound ({checked})")
        if report.unplanned:
            names = ", ".join(report.unplanned)
            output.say(f"  only a run can tell which columns arrive at: {names}")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _document(report: CheckReport) -> dict[str, Any]:
    return {
        "path": report.path,
        "ok": not report.problems,
        "components": report.components,
        "unplanned": report.unplanned,
        "problems": [asdict(problem) for problem in report.problems],
    }
