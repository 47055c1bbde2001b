"""Features of places and bins of time, of a year of flights: what SQL says, and nothing later."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import duckdb
import polars as pl
import pytest

from eventflow import ContextEnricherStep, EventFrame, ExactJoin, Pipeline
from eventflow_datasets.nyc import NycFlights, NycWeather
from eventflow_features import (
    FeatureAggregationStep,
    FeatureLagStep,
    FeatureProfileStep,
    FeatureShareStep,
)
from eventflow_time import TemporalBinStep

DATA = files("eventflow_datasets") / "data"
ZONE = "America/New_York"
DIVERSITY = """
with counted as (
    select origin, (time_hour at time zone 'America/New_York')::date as d, carrier, count(*) as n
    from flights group by all
), shared as (
    select *, n / sum(n) over (partition by origin, d) as p from counted
)
select origin, d, -sum(p * ln(p)), 1 - sum(p * p), count(*),
       case when count(*) > 1 then -sum(p * ln(p)) / ln(count(*)) end
from shared group by 1, 2
"""
BY_ORIGIN = {
    "nats": "entropy(carrier)",
    "gini_simpson": "gini_simpson(carrier)",
    "carriers": "n_unique(carrier)",
    "evenness": "evenness(carrier)",
}
CUT = datetime(2013, 7, 1, tzinfo=UTC)


def _sql(query: str) -> list[tuple[Any, ...]]:
    """Return what DuckDB says of the published files."""
    tables = duckdb.connect()
    for name in ("flights", "weather"):
        tables.read_parquet(str(DATA / f"nyc_{name}.parquet")).create_view(name)
    tables.execute("set timezone = 'UTC'")
    return tables.execute(query).fetchall()


def _flights() -> EventFrame:
    frame = NycFlights().scan()
    return frame.with_lazy(frame.lazy, schema=frame.schema.with_dimension("origin"))


def test_the_diversity_of_carriers_per_airport_and_day_is_what_sql_says() -> None:
    """By the day in New York; 365 days of three airports."""
    steps = [
        TemporalBinStep(bin_size="1d", timezone=ZONE),
        FeatureAggregationStep(aggregates=BY_ORIGIN),
    ]
    made = Pipeline(steps).run(_flights()).collect()
    names = ("nats", "gini_simpson", "carriers", "evenness")
    ours = {
        (row["origin"], row["bin_start"].date()): tuple(row[n] for n in names)
        for row in made.iter_rows(named=True)
    }
    theirs = {(o, d): tuple(rest) for o, d, *rest in _sql(DIVERSITY)}
    assert ours.keys() == theirs.keys()
    assert len(ours) == 3 * 365
    for key, values in theirs.items():
        assert ours[key] == pytest.approx(values, rel=1e-9, abs=1e-12), key


def _enriched(flights: EventFrame, weather: EventFrame | None = None) -> dict[Any, Any]:
    """Return what a pipeline makes of cells, bins and weather: (cell, bin) → features."""
    join = ExactJoin(by={"origin": "origin", "bin_start": "time_hour"}, known_at="time_hour")
    pipeline = Pipeline(
        [
            TemporalBinStep(bin_size="6h"),
            FeatureAggregationStep(),
            FeatureLagStep(columns="count"),
            FeatureShareStep(columns="count", within=[]),
            ContextEnricherStep(weather or NycWeather(), join, columns="temp"),
        ]
    )
    names = ("count", "dep_delay_sum", "count_lag_1", "count_share", "temp")
    rows = pipeline.run(flights).collect()
    return {(r["origin"], r["bin_start"]): [r[n] for n in names] for r in rows.to_dicts()}


def test_features_of_bins_meet_the_weather_that_was_known_when_the_bin_was_over() -> None:
    """A report at the bin's start is known at its end; SQL says which, and what was 6 h before."""
    query = """
    with bins as (
        select origin, time_bucket(interval 6 hours, time_hour) as bin, count(*) as n,
               coalesce(sum(dep_delay), 0) as delay
        from flights group by all
    )
    select b.origin, b.bin::timestamp, b.n,
           b.delay, before.n, b.n / sum(b.n) over (partition by b.bin), w.temp
    from bins b
    left join bins before on before.origin = b.origin and before.bin = b.bin - interval 6 hours
    left join weather w on w.origin = b.origin and w.time_hour = b.bin
    """
    theirs = {(o, b.replace(tzinfo=UTC)): rest for o, b, *rest in _sql(query)}
    ours = _enriched(_flights())
    assert ours.keys() == theirs.keys()
    assert sum(values[2] is None for values in theirs.values()) > 0
    for key, values in theirs.items():
        assert ours[key] == pytest.approx(values), key


def test_a_changed_future_changes_no_bin_that_was_over() -> None:
    """Neither flights nor weather from a moment on are seen in features known by then."""
    whole = _enriched(_flights())
    later = pl.col("time_hour") >= CUT
    strange = _flights().pipe(
        lambda rows: rows.with_columns(
            pl.when(later).then(999).otherwise("dep_delay").alias("dep_delay"),
            pl.when(later).then(pl.lit("JFK")).otherwise("origin").alias("origin"),
        )
    )
    weather = NycWeather().scan().pipe(lambda rows: rows.filter(~later))
    changed = _enriched(strange, weather)
    over = {key for key in whole if key[1] < CUT}
    assert over
    assert {key: changed[key] for key in over} == {key: whole[key] for key in over}
    assert changed != whole


def test_the_profile_of_an_airport_follows_the_clock_in_new_york() -> None:
    """168 shares for each of three airports, as SQL counts them."""
    query = """
    select origin, isodow(t) * 24 + hour(t) - 24 as slot, count(*)
    from (select origin, time_hour at time zone 'America/New_York' as t from flights) group by all
    """
    counts = _sql(query)
    step = FeatureProfileStep(timezone=ZONE)
    for origin, *shares in Pipeline([step]).run(_flights()).collect().rows():
        mine = {slot: n for o, slot, n in counts if o == origin}
        expected = [mine.get(slot, 0) / sum(mine.values()) for slot in range(168)]
        assert shares == pytest.approx(expected, rel=1e-12)
