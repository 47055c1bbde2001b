"""What steps say of their features: shown before a run, in its record, and only while it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import eventflow
from eventflow.api import explain
from eventflow.base import BaseAggregateStep, BaseStep
from eventflow.blueprint import FeatureSpec, close
from eventflow.cli import output
from eventflow.cli.explain import text_lines
from run_components import host_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventflow.frame import EventFrame
    from eventflow.plugins import PluginHost
    from eventflow.schema import EventSchema

NODES = 3


def _spec(name: str, formula: str) -> FeatureSpec:
    return FeatureSpec(
        name=name, unit="m", formula=formula, parity=close(), nulls="never", source="here"
    )


class Doubles(BaseStep):
    """Adds twice n, and says so."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.pipe(lambda rows: rows.with_columns(double=pl.col("n") * 2))

    def describe(self, frame: EventFrame, state: Any) -> tuple[FeatureSpec, ...]:
        assert "n" in frame.columns()
        return (_spec("double", "2 * n"), _spec("gone", "never made"))


class Halves(BaseStep):
    """Changes what another step made."""

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        return frozenset({"double"})

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.pipe(lambda rows: rows.with_columns(pl.col("double") / 2))


class Totals(BaseAggregateStep):
    """Folds rows, and says nothing of what it makes of them."""

    by = ("who",)

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.group_by("who").agg(pl.col("double").sum())

    def merge(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        return self.partial(partials)

    def finish(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        return partials


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with the components of these tests, in an empty working directory."""
    host = host_in(tmp_path, monkeypatch)
    for step in (Doubles, Halves, Totals):
        host.register(step, name=step.__name__.lower())
    return host


def _pipeline(*steps: str) -> dict[str, Any]:
    return {"source": {"use": "rows4"}, "steps": [{"use": step} for step in steps]}


def test_the_record_says_what_a_step_says(host: PluginHost) -> None:
    """Formula, unit, parity and null rule stand beside the column's profile; others have none."""
    result = eventflow.run(_pipeline("doubles"), host=host)
    told = {f.name: f for f in result.record.features}
    made = told["double"]
    assert (made.unit, made.formula, made.parity, made.nulls, made.source) == (
        "m", "2 * n", "close(1e-09)", "never", "here",
    )  # fmt: skip
    assert made.maximum == 8
    assert not told["n"].formula
    assert result.features_created == ("double",)
    assert result.record.output_verdict is None  # only a blueprint's promises are judged


def test_a_later_step_that_reads_a_feature_is_part_of_its_formula(host: PluginHost) -> None:
    """It may have changed the values, and the definition says so."""
    result = eventflow.run(_pipeline("doubles", "halves"), host=host)
    assert {f.formula for f in result.record.features if f.formula} == {"2 * n; then halves"}


def test_folding_ends_what_was_said_of_rows(host: PluginHost) -> None:
    """A total of the same name is another feature."""
    result = eventflow.run(_pipeline("doubles", "totals"), host=host)
    assert "double" in {f.name for f in result.record.features}
    assert result.features_created == ()


def test_explain_lists_features_without_reading(host: PluginHost) -> None:
    """Columns of the result only, in one line each: name, unit, parity, formula, null rule."""
    plan = explain(_pipeline("doubles", "halves"), host=host)
    assert [f.name for f in plan.features] == ["double"]
    lines = list(text_lines(plan, output.glyphs()))
    assert lines[-3:] == [
        "features",
        "    double  m  close(1e-09)  2 * n; then halves; never",
        f"{NODES} nodes",
    ]


def test_explain_lists_a_blueprints_features(host: PluginHost) -> None:
    """As those of steps; what lacks a field is left out."""
    config = {"source": {"use": "rows4"}, "blueprint": {"use": "shares"}}
    plan = explain(config, host=host)
    declared = [f.name for f in plan.features]
    assert declared
    assert not set(declared) & set(plan.left_out)
