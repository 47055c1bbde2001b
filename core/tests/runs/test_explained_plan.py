"""What the plan of a pipeline says to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from eventflow.api import explain
from eventflow.base import BaseStep
from eventflow.cli import output
from eventflow.cli.explain import text_lines
from eventflow.runs.streaming import in_memory_nodes
from run_components import PIPELINE, host_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventflow.frame import EventFrame
    from eventflow.plugins import PluginHost
    from eventflow.schema import EventSchema


class Medians(BaseStep):
    """Keeps every row at hand."""

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        return frozenset({"who", "n"})

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        median = pl.col("n").sort().first().implode()
        return frame.pipe(lambda rows: rows.group_by("who").agg(median))


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with the components of these tests, in an empty working directory."""
    host = host_in(tmp_path, monkeypatch)
    host.register(Medians, name="medians")
    return host


ROWS = pl.LazyFrame({"a": [1, 2], "b": [3, 4]})


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (ROWS.group_by("a").agg(pl.col("b").sort().first().implode()), ("grouping",)),
        (ROWS.sort("a"), ("sorting",)),
        (ROWS.map_batches(lambda rows: rows), ("a Python function",)),
        (ROWS.group_by("a").agg(pl.col("b").sum()), ()),
    ],
)
def test_what_holds_all_rows_is_told_in_words(plan: pl.LazyFrame, words: tuple[str, ...]) -> None:
    """No operator of the engine, and nothing of its arguments."""
    assert in_memory_nodes(plan) == words


def test_a_step_that_holds_all_rows_still_tells_what_it_reads(host: PluginHost) -> None:
    """Both in its one line, behind the mark."""
    pipeline = {"name": "p", "source": {"use": "rows4"}, "steps": [{"use": "medians"}]}
    plan = explain(pipeline, host=host)
    [line] = [x for x in text_lines(plan, output.UNICODE) if "medians" in x]
    assert line.strip().startswith("▲ medians")
    assert line.endswith("holds all rows in memory for grouping; reads n, who")


def test_the_plan_names_who_is_told_of_the_run(host: PluginHost) -> None:
    """Transport and trackers with their owners, in text and as dotted arrows of the drawing."""
    watched = {**PIPELINE, "transport": {"use": "deaf"}, "trackers": [{"use": "clumsy"}]}
    plan = explain(watched, host=host)
    lines = [" ".join(line.split()) for line in text_lines(plan, output.UNICODE)]
    assert "deaf transport runtime gets the events of the run" in lines
    assert "clumsy tracker runtime gets its numbers and files" in lines
    assert f"n{len(plan.nodes) - 1} -.-> o1" in plan.mermaid()
