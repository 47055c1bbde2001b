"""Events with place and time become enriched features: the pipeline of the founding document."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import polars as pl
import pytest

from eventflow import BaseContextSource, ContextEnricherStep, EventFrame, Pipeline
from eventflow_datasets.nyc import NycAirports, NycFlights, NycWeather
from eventflow_features import FeatureAggregationStep
from eventflow_space import SpatialGridStep
from eventflow_time import AsOfJoin, TemporalBinStep


class Weather(BaseContextSource):
    """The weather at Newark, hour by hour."""

    def scan(self) -> EventFrame:
        rows = NycWeather().scan().lazy.filter(pl.col("origin") == "EWR")
        return EventFrame.of(rows.select("time_hour", "temp"), timestamp="time_hour")


@pytest.fixture(scope="module")
def event_frame() -> EventFrame:
    """Return the flights of January, at the place of their airport."""
    places = NycAirports().scan().lazy.select(origin="faa", lat="lat", lon="lon")
    january = NycFlights().scan().lazy.filter(pl.col("month") == 1)
    flights = january.join(places, on="origin").select("time_hour", "dep_delay", "lat", "lon")
    return EventFrame.of(
        flights, timestamp="time_hour", value="dep_delay",
        latitude="lat", longitude="lon", crs="EPSG:4326",
    )  # fmt: skip


@pytest.fixture(scope="module")
def result(event_frame: EventFrame) -> pl.DataFrame:
    """Run the pipeline as it is written there."""
    weather_source, temporal_join = Weather(), AsOfJoin(by=[])
    pipeline = Pipeline([
        SpatialGridStep(size_m=300),
        TemporalBinStep(bin_size="6h"),
        FeatureAggregationStep(),
        ContextEnricherStep(weather_source, temporal_join),
    ])  # fmt: skip
    return pipeline.run(event_frame).collect()


def test_each_cell_and_bin_is_counted_as_sql_counts_it(
    event_frame: EventFrame, result: pl.DataFrame
) -> None:
    """Three airports are three cells; count and mean per six hours are DuckDB's."""
    flights = event_frame.collect()
    counted = duckdb.connect().sql("""
        SELECT lat, time_bucket(INTERVAL 6 HOUR, time_hour) AS bin_start, count(*) AS n,
               avg(dep_delay) AS mean
        FROM flights GROUP BY ALL
    """)
    assert counted is not None
    assert flights.height > 20_000
    assert result["cell"].n_unique() == 3
    ours = result.select("bin_start", n=pl.col("count"), mean=pl.col("dep_delay_mean").round(6))
    theirs = counted.pl().select(
        pl.col("bin_start").dt.convert_time_zone("UTC"), "n", pl.col("mean").round(6)
    )
    keys = ["bin_start", "n", "mean"]
    assert ours.sort(keys).rows() == theirs.sort(keys).rows()


def test_the_weather_is_the_last_known_when_the_bin_was_complete(result: pl.DataFrame) -> None:
    """Not that of the bin's start, nor of its end, but of the hour before its end."""
    weather = NycWeather().scan().lazy.filter(pl.col("origin") == "EWR").collect()
    known = dict(weather.select("time_hour", "temp").iter_rows())
    checked = 0
    for end, temp in result.select("bin_end", "temp").iter_rows():
        if (hour := end - timedelta(hours=1)) in known:
            assert temp == known[hour]
            checked += 1
    assert checked > 300
