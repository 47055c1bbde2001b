"""The charts of one execution: asked for by steps, answered by the next pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, evolve, field

from eventflow.charts.answer import answered
from eventflow.errors import facts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from eventflow.charts.chart import Chart
    from eventflow.charts.record import ChartRecord

_EACH = 2
"""Queries of each chart."""

_MOST = 24
"""Charts of a run at most."""


@define
class Pictures:
    """Every chart of one execution. Nothing in here can fail the run.

    Attributes:
        failures: A sentence for each chart that could not be answered.
    """

    failures: list[str] = field(factory=list)
    _asked: list[tuple[Chart, str]] = field(factory=list)
    _next: list[tuple[Chart, str]] = field(factory=list)
    _records: list[ChartRecord] = field(factory=list)

    def stamp(self, charts: Sequence[Chart], stage: str) -> None:
        """Remember which node asked for the charts that a frame has now."""
        self._asked = self._asked[: len(charts)]
        self._asked.extend((chart, stage) for chart in charts[len(self._asked) :])

    def take(self) -> None:
        """Take what was asked for so far into the next pass, as far as it can be planned."""
        room = _MOST - len(self._records) - len(self._next)
        for chart, stage in self._asked[max(room, 0) :]:
            self._fail(chart, stage, f"a run has at most {_MOST} charts")
        for chart, stage in self._asked[: max(room, 0)]:
            try:
                for query in chart.queries():
                    query.collect_schema()
            except Exception as error:  # noqa: BLE001 - a picture must never fail the run
                self._fail(chart, stage, facts_of(error)[0])
            else:
                self._next.append((chart, stage))
        self._asked.clear()

    @property
    def pending(self) -> int:
        """How many queries the next pass has for charts."""
        return _EACH * len(self._next)

    def queries(self) -> list[pl.LazyFrame]:
        """Return the queries of the next pass."""
        return [query for chart, _ in self._next for query in chart.queries()]

    def give_up(self, error: BaseException) -> bool:
        """Do without the charts of the next pass, which failed; False where it has none."""
        given_up = bool(self._next)
        for chart, stage in self._next:
            self._fail(chart, stage, facts_of(error)[0])
        self._next.clear()
        return given_up

    def answer(self, tables: Sequence[pl.DataFrame]) -> None:
        """Take the answers to `queries`, in the same order."""
        for i, (chart, stage) in enumerate(self._next):
            try:
                found = answered(chart, tables[_EACH * i : _EACH * (i + 1)], node=stage)
            except Exception as error:  # noqa: BLE001 - a picture must never fail the run
                self._fail(chart, stage, facts_of(error)[0])
            else:
                self._add(found)
        self._next.clear()

    def records(self) -> tuple[ChartRecord, ...]:
        """Return the charts that are answered, in the order of the plan."""
        return tuple(self._records)

    def _add(self, found: ChartRecord) -> None:
        """Add a chart; shares of one title are bars of one picture."""
        for i, known in enumerate(self._records):
            a, b = known.bars, found.bars
            if known.title == found.title and a and b and a.others and b.others:
                joined = evolve(
                    a,
                    labels=(*a.labels, *b.labels),
                    values=(*a.values, *b.values),
                    others=(*a.others, *b.others),
                )
                self._records[i] = evolve(known, bars=joined, node="")
                return
        self._records.append(found)

    def _fail(self, chart: Chart, stage: str, why: str) -> None:
        self.failures.append(f'chart "{chart.title}" of {stage} is left out: {why}')
