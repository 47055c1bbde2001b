"""Charts of runs: answered on the way, kept in the record, drawn; never in the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
import pytest
from attrs import evolve

from eventflow import Chart, ChartStep, ContextEnricherStep, EventFrame, ExactJoin
from eventflow.api import run
from eventflow.base import BaseStep
from eventflow.charts.errors import NoPlaceError
from eventflow.columns import UnfitColumnError
from eventflow.engines.local import LocalEngine
from eventflow.report.figures import figures
from eventflow.report.html import render
from eventflow.runs.encode import record_from_json, record_to_json
from eventflow.runs.execute import Execution
from eventflow.runs.orchestrate import RunFailedError
from eventflow.runs.plan import hand_made
from eventflow.runs.store import RunStore
from eventflow.schema import SchemaError
from eventflow.testing import contract
from run_components import PIPELINE, Closed, host_in

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.charts.record import ChartRecord
    from eventflow.plugins import PluginHost
    from eventflow.types import Rows

BARS = {"use": "chart", "kind": "bars", "x": "who", "value": "n"}

TestChart = contract(ChartStep, config={"kind": "bars", "x": "entity"})


class Wrong(BaseStep):
    """Asks for a chart that fails when it is executed, or drawn, or planned."""

    name = "wrong"
    rows: ClassVar[Rows] = "kept"
    how = "executed"

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        del state
        marks = frame.lazy.select(label="who", value="n")
        if self.how == "executed":
            marks = marks.with_columns(pl.col("label").str.to_integer(strict=True).alias("value"))
        if self.how == "planned":
            marks = marks.select("nothing of that name")
        finish = _fail if self.how == "finished" else None
        return frame.charted(Chart(kind="bars", title="Oops", marks=marks, finish=finish))


def _fail(marks: pl.DataFrame) -> pl.DataFrame:
    raise RuntimeError(marks.height)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with the components of these tests, in an empty working directory."""
    host = host_in(tmp_path, monkeypatch)
    host.register(Wrong)
    return host


def pipeline(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the pipeline of these tests with steps before it."""
    return {**PIPELINE, "steps": [*steps, *PIPELINE["steps"]], **more}


def bars(chart: ChartRecord) -> dict[str, tuple[float | None, ...]]:
    """Return label → value, and what is beside it."""
    assert chart.bars is not None
    columns = [chart.bars.values] + ([chart.bars.others] if chart.bars.others else [])
    return dict(zip(chart.bars.labels, zip(*columns, strict=True), strict=True))


def test_a_chart_is_in_record_report_json_and_figures(host: PluginHost) -> None:
    """Its numbers are those of the rows that arrive at its step, and nothing else changes."""
    plain = run(PIPELINE, host=host)
    result = run(pipeline(BARS), host=host)
    [chart] = result.record.charts
    assert bars(chart) == {"a": (1.0,), "b": (2.0,), "c": (3.0,)}
    assert (chart.node, chart.missing, chart.title) == ("steps.0", 1, "Mean of n by who")
    assert result.ledger.entries[0].rows == plain.ledger.entries[0].rows
    assert [p.label for p in result.record.passes][-1] == plain.record.passes[-1].label
    assert len(result.record.passes) == len(plain.record.passes)
    assert RunStore(".eventflow").get(result.record.short_id) == result.record
    assert record_from_json(record_to_json(result.record)) == result.record
    assert json.loads(record_to_json(result.record))["charts"][0]["bars"]["labels"] == [*"cba"]
    page = render(result.record)
    assert 'class="ef-chart"' in page
    assert "1 row without a name not shown" in page
    assert "Mean of n by who" in figures(result.record)["chart-1.svg"]
    assert 'id="pictures"' not in render(plain.record)


@pytest.mark.parametrize("how", ["executed", "planned", "finished"])
def test_a_chart_that_fails_fails_nothing(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The run goes on, with a warning that names the chart; others are drawn where they can be."""
    monkeypatch.setattr(Wrong, "how", how)
    plain = run(PIPELINE, host=host)
    steps = [*PIPELINE["steps"], {"use": "wrong"}, BARS]
    result = run({**PIPELINE, "steps": steps}, host=host)
    assert pl.read_parquet("result.parquet").height == 3
    assert result.ledger == plain.ledger
    alone = how == "executed"  # what failed together is left out together
    assert len(result.record.charts) == (0 if alone else 1)
    warning, *_ = [w for w in result.record.warnings if w.code == "EF640"]
    assert 'chart "Oops" of steps.1 is left out' in warning.message


def test_an_error_of_the_data_is_blamed_on_its_step_with_charts_too() -> None:
    """Doing without charts hides no error of another."""
    frame = EventFrame.of({"n": ["1", "x"]})
    cast = _Cast()
    execution = Execution(LocalEngine(), frame.charted())
    nodes = hand_made([cast, ChartStep(kind="histogram", x="n")])
    execution.steps(nodes)
    with pytest.raises(Exception, match="_Cast"):
        execution.gather([execution.frame.lazy], "collect")


class _Cast(BaseStep):
    """Reads numbers, strictly."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        del state
        return frame.pipe(lambda lazy: lazy.with_columns(pl.col("n").cast(pl.Int64)))


def test_a_run_that_a_gate_stops_shows_what_it_has(host: PluginHost) -> None:
    """Charts are drawn of rows that a gate refused, which is when they are needed most."""
    host.register(Closed)
    with pytest.raises(RunFailedError) as caught:
        run(pipeline(BARS, {"use": "closed"}), host=host)
    assert [c.title for c in caught.value.record.charts] == ["Mean of n by who"]


def test_a_run_has_a_bounded_number_of_charts(host: PluginHost) -> None:
    """What is beyond is told, not drawn."""
    result = run(pipeline(*[BARS] * 26), host=host)
    assert len(result.record.charts) == 24
    assert sum(w.code == "EF640" for w in result.record.warnings) == 2


def test_the_page_has_room_for_pictures_up_to_its_limit(host: PluginHost) -> None:
    """A picture beyond is named, and says where its numbers are."""
    rows = {"x": [i % 96 for i in range(3840)], "y": [i // 96 for i in range(3840)]}
    chart = (
        EventFrame.of({**rows, "v": [i * 37 % 101 for i in range(3840)]})
        .plot.heatmap("x", "y", "v")
        .chart
    )
    record = run(PIPELINE, host=host).record
    page = render(evolve(record, charts=(chart,) * 12))
    assert "Not drawn, as the page would be too large" in page
    assert len(page) < 150_000


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"kind": "map"}, NoPlaceError),
        ({"kind": "map", "cell": "k"}, NoPlaceError),
        ({"kind": "bars", "x": "z"}, SchemaError),
        ({"kind": "bars", "x": "k", "value": "k"}, UnfitColumnError),
        ({"kind": "histogram", "x": "k"}, UnfitColumnError),
    ],
)
def test_what_cannot_be_drawn_is_an_error_of_the_plan(
    options: dict[str, Any], error: type[Exception]
) -> None:
    """A mistake in the configuration is told before anything is read."""
    frame = EventFrame.of({"k": ["a"], "n": [1]})
    with pytest.raises(error):
        ChartStep(**options).apply(frame, None)


def test_a_map_without_positions_is_told_of_the_areas_that_are_there() -> None:
    """Features of cells have no position, and a column of cells that can be drawn."""
    frame = EventFrame.of({"k": ["a"], "n": [1]}).outlined("k", lambda ids: ids)
    with pytest.raises(NoPlaceError, match="cell: k"):
        frame.plot.map("n")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "heatmap", "x": "a"}, "needs y"),
        ({"kind": "bars", "x": "a", "y": "b"}, "has no y"),
        ({"kind": "bars", "x": "a", "aggregate": "sum"}, "no value is given"),
        ({"kind": "histogram", "x": "a", "every": "six hours"}, "pattern"),
    ],
)
def test_options_that_do_not_fit_the_kind_are_told(options: dict[str, Any], words: str) -> None:
    """Nothing is ignored in silence."""
    with pytest.raises(ValueError, match=words):
        ChartStep(**options)


def test_context_shows_who_found_some_and_how_old_it_was() -> None:
    """One bar for each context, of all events; ages in ranges, of those that found some."""
    hour = pl.datetime(2026, 3, 1) + pl.duration(hours=pl.col("h"))
    events = EventFrame.of(
        pl.LazyFrame({"k": ["a", "a", "b", None], "h": [1, 30, 5, 5]}).with_columns(at=hour),
        timestamp="at",
    )
    rates = pl.LazyFrame({"k": ["a", "b"], "h": [0, 9]}).with_columns(since=hour, rate=1.5)
    names = EventFrame.of({"k": ["a", "b"], "name": ["A", "B"]})
    known = EventFrame.of(rates.drop("h"), timestamp="since")
    steps = [
        ContextEnricherStep(known, ExactJoin(by="k")),
        ContextEnricherStep(names, ExactJoin(by="k")),
    ]
    execution = Execution(LocalEngine(), events)
    execution.steps(hand_made(steps))
    execution.gather([execution.frame.lazy], "collect")
    share, age = sorted(execution.pictures.records(), key=lambda chart: chart.title, reverse=True)
    assert share.title == "Events that found context"
    assert share.bars is not None
    assert (share.bars.values, share.bars.others) == ((2.0, 3.0), (2.0, 1.0))
    assert bars(age) == {"up to 1 h": (1.0,), "up to 2 d": (1.0,)}
