"""Shares and rates: against naive loops, with zeros, nulls and days of 23 hours."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow.schema import ColumnSchema, EventSchema
from eventflow_features import FeatureAggregationStep, FeatureRateStep, FeatureShareStep

_row = st.tuples(
    st.sampled_from(["A", "B", None]), st.sampled_from([1, 2]), st.none() | st.integers(-3, 9)
)


@settings(deadline=None, max_examples=30)
@given(st.lists(_row, max_size=12))
def test_a_share_is_the_value_over_the_sum_of_its_parent(rows: list[tuple[Any, ...]]) -> None:
    """Of exact fractions, by a loop; parents that are unknown or add up to 0 have no shares."""
    schema = {"cell": pl.String, "day": pl.Int64, "n": pl.Int64}
    frame = EventFrame.of(pl.DataFrame(rows, schema=schema, orient="row"))
    made = FeatureShareStep(columns="n", within=["cell", "day"]).apply(frame, None).collect()
    assert made.height == len(rows)
    for cell, day, n, share in made.rows():
        total = sum(v for c, d, v in rows if (c, d) == (cell, day) and v is not None)
        if cell is None or n is None or total == 0:
            assert share is None
        else:
            assert share == pytest.approx(float(Fraction(n, total)), rel=1e-12)


def test_shares_of_categories_in_cells_after_aggregation() -> None:
    """What the whole is follows from the dimensions: the categories of a cell add up to 1."""
    schema = EventSchema().with_dimension("cell")
    rows = {"cell": [1, 1, 1, 2], "kind": ["a", "a", "b", "a"]}
    frame = EventFrame(pl.LazyFrame(rows), schema)
    counted = FeatureAggregationStep(by=["cell", "kind"]).apply(frame, None)
    made = FeatureShareStep(columns="count").apply(counted, None).collect()
    assert {row[:2]: row[-1] for row in made.rows()} == {
        (1, "a"): pytest.approx(2 / 3), (1, "b"): pytest.approx(1 / 3), (2, "a"): 1.0,
    }  # fmt: skip


def test_a_share_knows_nothing_of_later_rows() -> None:
    """Rows of one parent have one timestamp, whatever the options say."""
    days = [datetime(2024, 3, d, tzinfo=UTC) for d in (1, 1, 2)]
    frame = EventFrame.of({"at": days, "cell": [1, 1, 1], "n": [1, 3, 96]}, timestamp="at")
    for within in (["cell"], []):
        made = FeatureShareStep(columns="n", within=within).apply(frame, None).collect()
        assert sorted(made["n_share"]) == [0.25, 0.75, 1.0]


def test_infinity_has_no_share_and_is_no_rate_of_infinity() -> None:
    """Null, since NaN in a column would spoil whatever is made of it."""
    frame = EventFrame.of({"cell": [1, 1, 2], "n": [math.inf, 1.0, 3.0], "per": [math.inf] * 3})
    shares = FeatureShareStep(columns="n", within="cell").apply(frame, None).collect()
    assert sorted(shares["n_share"], key=str) == [1.0, None, None]
    rates = FeatureRateStep(columns="n", per="per").apply(frame, None).collect()
    assert sorted(rates["n_per_per"], key=str) == [0.0, 0.0, None]


def test_rates_per_inhabitant() -> None:
    """Nobody, fewer, and an unknown number give no rate, and are counted."""
    rows = {"count": [5, 5, 5, 5, None], "population": [2000, 0, -1, None, 10]}
    made = FeatureRateStep(columns="count", per="population", times=1000).apply(
        EventFrame.of(rows), None
    )
    assert made.collect()["count_per_1000_population"].to_list() == [2.5, None, None, None, None]
    [account] = made.accounts
    assert dict(account.counts.collect().rows()) == {
        "no population": 1,
        "population not above 0": 2,
    }


def test_densities_per_area() -> None:
    """A cell of 300 m has 0.09 km²; areas may be a column too."""
    frame = EventFrame.of({"count": [9, 18], "area": [1.0, 4.0]})
    cells = FeatureRateStep(columns=["count"], per=0.09, unit="km2").apply(frame, None).collect()
    assert cells["count_per_km2"].to_list() == pytest.approx([100.0, 200.0])
    zones = FeatureRateStep(columns=["count"], per="area", unit="km2").apply(frame, None).collect()
    assert zones["count_per_km2"].to_list() == [9.0, 4.5]


def test_rates_over_time_know_how_long_a_day_is() -> None:
    """23 hours where clocks go forward, and area and time together."""
    berlin = pl.Series(["2024-03-30", "2024-03-31", "2024-04-01"]).str.to_datetime(
        time_zone="Europe/Berlin"
    )
    rows = pl.LazyFrame({"bin_start": berlin[:2], "bin_end": berlin[1:], "count": [48, 46]})
    schema = EventSchema(columns={"count": ColumnSchema(unit="rides")}).with_dimension(
        "bin_start", end="bin_end", every="1d"
    )
    frame = EventFrame(rows, schema)
    step = FeatureRateStep(columns="count", time="h")
    assert step.apply(frame, None).collect()["count_per_h"].to_list() == [2.0, 2.0]
    both = FeatureRateStep(columns="count", per=0.5, unit="km2", time="h")
    assert both.apply(frame, None).collect()["count_per_km2_h"].to_list() == [4.0, 4.0]
    [told] = both.describe(frame, None)
    assert told.unit == "rides/km2 h"


@pytest.mark.parametrize(
    ("options", "message"),
    [({}, "per what?"), ({"per": 0.09}, "add unit"), ({"per": 0.0, "unit": "km2"}, "greater than")],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, Any], message: str) -> None:
    """The message says what to write."""
    with pytest.raises(ValidationError, match=message):
        FeatureRateStep(columns="count", **options)


def test_a_rate_over_time_needs_bins_and_numbers() -> None:
    """EF345 and EF321, before data is read."""
    frame = EventFrame.of({"count": [1], "name": ["x"]})
    with pytest.raises(EventflowError, match="needs bins with a start and an end"):
        FeatureRateStep(columns="count", time="h").apply(frame, None)
    with pytest.raises(EventflowError, match='cannot take rate of "name"'):
        FeatureRateStep(columns="count", per="name").apply(frame, None)
    with pytest.raises(EventflowError, match='cannot take share of "name"'):
        FeatureShareStep(columns="name").apply(frame, None)
