"""Diversity of categories: against DuckDB, naive loops and a published example."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow.frame import EventFrame
from eventflow_features import AggregateSpec, EntityAggregation, FeatureAggregationStep

if TYPE_CHECKING:
    from collections.abc import Sequence

MEASURES: dict[str, Any] = {
    "nats": "entropy(kind)",
    "bits": {"op": "entropy", "column": "kind", "base": 2},
    "simpson": "simpson(kind)",
    "gini_simpson": "gini_simpson(kind)",
    "evenness": "evenness(kind)",
    "richness": "n_unique(kind)",
}
BIOFILM = [1, 1, 196, 1, 1]
"""Counts of five species of which one is dominant: an example of the University of Maryland's
lesson on biofilms, with an evenness of 0.078; scikit-bio tests its ``pielou_e`` with it."""


def _naive(kinds: Sequence[str | None]) -> dict[str, float | None]:
    times = [float(n) for n in Counter(k for k in kinds if k is not None).values()]
    if not times:
        return dict.fromkeys(MEASURES) | {"richness": 0}
    shares = [n / sum(times) for n in times]
    nats = abs(-sum(p * math.log(p) for p in shares))
    simpson = sum(p * p for p in shares)
    return {
        "nats": nats,
        "bits": nats / math.log(2),
        "simpson": simpson,
        "gini_simpson": 1 - simpson,
        "evenness": nats / math.log(len(times)) if len(times) > 1 else None,
        "richness": len(times),
    }


def _found(rows: pl.DataFrame, form: str = "auto") -> dict[str, dict[str, Any]]:
    step = FeatureAggregationStep(by="cell", aggregates=MEASURES, form=form)
    made = step.apply(EventFrame.of(rows), None).collect()
    return {row.pop("cell"): row for row in made.iter_rows(named=True)}


def _same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if value is None:
            assert found[name] is None, name
        else:
            assert found[name] == pytest.approx(value, rel=1e-12, abs=1e-12), name


@pytest.mark.parametrize("form", ["masks", "tiles"])
@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(["x", "", "李", None]))))
def test_each_measure_is_its_formula(form: str, rows: list[tuple[str, str | None]]) -> None:
    """A loop over the shares says the same, for one kind, several, and none."""
    schema = {"cell": pl.String, "kind": pl.String}
    found = _found(pl.DataFrame(rows, schema=schema, orient="row"), form)
    for cell in {c for c, _ in rows}:
        _same(found[cell], _naive([k for c, k in rows if c == cell]))


def test_the_published_example() -> None:
    """One dominant species leaves an evenness of 0.078."""
    kinds = [str(i) for i, n in enumerate(BIOFILM) for _ in range(n)]
    found = _found(pl.DataFrame({"cell": ["A"] * len(kinds), "kind": kinds}))["A"]
    assert found["evenness"] == pytest.approx(0.078, abs=5e-4)
    assert found["simpson"] == pytest.approx((196**2 + 4) / 200**2)


def test_duckdb_has_the_same_entropy() -> None:
    """Its entropy is in bits."""
    kinds = pl.int_range(5000, eager=True)
    rows = pl.DataFrame({"cell": (kinds % 7).cast(pl.String), "kind": (kinds.pow(2) % 11)})
    told = duckdb.execute("select cell, entropy(kind) from rows group by 1").fetchall()
    found = _found(rows)
    assert {cell: found[cell]["bits"] for cell, _ in told} == pytest.approx(dict(told), rel=1e-9)


def test_an_aggregation_of_nothing_but_diversity_has_every_group() -> None:
    """Groups without a known value too; of two columns, in windows and under conditions."""
    at = datetime(2024, 3, 1, tzinfo=UTC)
    rows = {"cell": ["A", "A", "B"], "kind": ["x", "y", None], "n": [1, 1, 2],
            "at": [at, at - timedelta(days=9), at]}  # fmt: skip
    specs = [
        AggregateSpec(name="kinds", op="simpson", value="kind"),
        AggregateSpec(name="late", op="simpson", value="kind", window="7d"),
        AggregateSpec(name="some", op="simpson", value="kind", where="n > 1"),
        AggregateSpec(name="numbers", op="gini_simpson", value="n"),
    ]
    made = EntityAggregation(by="cell", time="at", as_of=at + timedelta(days=1), aggregates=specs)
    found = made.run(pl.LazyFrame(rows)).collect()
    assert dict(found.rows_by_key("cell", unique=True)) == {
        "A": (0.5, 1.0, None, 0.0),
        "B": (None, None, None, 0.0),
    }


BESIDE = {
    "that add up": ["count(*)", "sum(n)", "min(n)", "max(n)", "mean(n)"],
    "that do not": ["sum(n)", "var(n)", "median(n)", "n_unique(n)"],
}


@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE)
def test_beside_other_aggregates_each_keeps_its_answer(beside: list[str]) -> None:
    """Also under conditions, of rows whose kind is unknown, and of a group without kinds."""
    number = pl.int_range(400)
    cell = number * 7 % 31
    kind = pl.when((cell < 30) & (number % 5 > 0)).then(number % 3)
    rows = pl.select(cell=cell.cast(pl.String), n=number.hash(seed=1) % 13, kind=kind)
    asked = ["entropy(kind)", "simpson(kind)", "n_unique(kind)", "entropy(n)"]
    few = {"op": "gini_simpson", "column": "kind", "where": "n > 6"}

    def made(aggregates: list[Any] | dict[str, Any]) -> dict[str, dict[str, Any]]:
        step = FeatureAggregationStep(by="cell", aggregates=aggregates)
        found = step.apply(EventFrame.of(rows), None).collect()
        return {row.pop("cell"): row for row in found.iter_rows(named=True)}

    named = {text: text for text in asked} | {f"beside {text}": text for text in beside}
    together = made(named | {"few": few})
    alone = [made({name: text}) for name, text in named.items()] + [made({"few": few})]
    assert together.keys() == set(rows["cell"])
    for name, found in together.items():
        _same(found, {k: v for one in alone for k, v in one[name].items()})


def test_one_among_very_many_is_seen() -> None:
    """A rare kind has the entropy that the formula gives it, to a relative 1e-9."""
    n = 1_000_000
    rows = pl.LazyFrame({"kind": pl.int_range(n, eager=True) == 0}).with_columns(cell=pl.lit("A"))
    rare = math.log(n) / n
    common = -(n - 1) / n * math.log1p(-1 / n)
    specs = [AggregateSpec(name=op, op=op, value="kind") for op in ("entropy", "gini_simpson")]
    found = EntityAggregation(by="cell", aggregates=specs).run(rows).collect().row(0, named=True)
    assert found["entropy"] == pytest.approx(rare + common, rel=1e-9, abs=0)
    assert found["gini_simpson"] == pytest.approx(2 * (n - 1) / n**2, rel=1e-9, abs=0)


@pytest.mark.parametrize("form", ["masks", "tiles"])
def test_values_that_are_all_alike_have_no_entropy(form: str) -> None:
    """Zero, without a sign that would be written to files."""
    found = _found(pl.DataFrame({"cell": ["A"] * 3, "kind": ["x"] * 3}), form)["A"]
    assert (str(found["nats"]), str(found["bits"]), found["simpson"]) == ("0.0", "0.0", 1.0)


def test_the_dictionary_tells_the_unit() -> None:
    """Nats, bits, and pure numbers."""
    frame = EventFrame.of({"cell": ["A"], "kind": ["x"]})
    told = FeatureAggregationStep(by="cell", aggregates=MEASURES).describe(frame, None)
    assert {spec.name: spec.unit for spec in told} == {
        "nats": "nat", "bits": "bit", "simpson": "1", "gini_simpson": "1", "evenness": "1",
        "richness": "1",
    }  # fmt: skip


def test_the_share_of_what_fulfils_a_condition_is_its_mean() -> None:
    """True is 1, and what is unknown does not count."""
    rows = {"cell": ["A", "A", "A", "B"], "kind": ["x", "y", None, None]}
    share = {"op": "mean", "value": "kind = 'x'"}
    step = FeatureAggregationStep(by="cell", aggregates={"share_of_x": share})
    assert dict(step.apply(EventFrame.of(rows), None).collect().iter_rows()) == {
        "A": 0.5,
        "B": None,
    }
