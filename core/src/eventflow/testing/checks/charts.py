"""Pictures: every chart that a component asks for can be answered and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow.charts.answer import answered
from eventflow.charts.draw.picture import alone
from eventflow.testing.check import broken, check
from eventflow.testing.checks.context_join import Joining
from eventflow.testing.runner import FAILURES, answer, first_line, raised_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.charts.chart import Chart
    from eventflow.testing.subject import Subject


@check("charts", kinds=("step", "blueprint", "context_join"), since=1)
def draws_its_charts(subject: Subject) -> None:
    """Every chart that it asks for can be answered and drawn, and so it can of no rows.

    Why: a run goes on without a chart that fails, with a warning: its reader misses a picture.
    Fix: ask for columns that the frame has there; give marks and facts the columns that
        `eventflow.charts.chart.Chart` names.
    """
    if not (asked := _charts(subject)):
        return
    for told, charts in (("", asked), (" of no rows", _charts(subject, subject.data.clear()))):
        for chart in charts:
            _draw(chart, told)


def _charts(subject: Subject, rows: pl.DataFrame | None = None) -> Sequence[Chart]:
    """Return the charts that it asks for of these rows."""
    if subject.kind == "context_join":
        return Joining.of(subject).joined(rows).frame.charts
    return answer(subject, rows).frame.charts


def _draw(chart: Chart, told: str) -> None:
    try:
        alone(answered(chart, pl.collect_all(chart.queries())))
    except FAILURES as error:
        what = f'the {chart.kind} chart "{chart.title}"{told} cannot be drawn'
        broken(f"{what}: {type(error).__name__}: {first_line(error)}{raised_at(error)}")
