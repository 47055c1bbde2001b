"""The flights of New York and the weather at their origin: what UTC and local hours find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from eventflow import ContextEnricherStep, ExactJoin, Pipeline
from eventflow.context.errors import RepeatedContextError
from eventflow_datasets.nyc import NycFlights, NycWeather
from eventflow_time import AsOfJoin

if TYPE_CHECKING:
    from eventflow import EventFrame

FLIGHTS = 336_776
LOCAL = ["origin", "year", "month", "day", "hour"]


@pytest.fixture(scope="module")
def flights() -> EventFrame:
    """Return the flights, numbered, with the columns that joins look at."""
    frame = NycFlights().scan()
    rows = frame.lazy.select("time_hour", *LOCAL).with_row_index("row").collect()
    return frame.with_lazy(rows.lazy())


def enriched(flights: EventFrame, join: Any) -> EventFrame:
    """Return the flights with the temperature and the hour of UTC it was taken in."""
    step = ContextEnricherStep(NycWeather(), join, columns=["temp", "time_hour"], prefix="at_")
    return Pipeline([step]).run(flights)


def asked(
    flights: EventFrame, condition: str, kind: str = "", *, weather: str = "weather"
) -> pl.DataFrame:
    """Return the same from DuckDB."""
    con = duckdb.connect()
    con.register("events", flights.collect())
    con.register("weather", NycWeather().scan().collect())
    made: Any = con.sql(
        "select e.row, w.temp, w.time_hour is not null as found"  # noqa: S608 - names of this test
        f" from events e {kind} left join {weather} w on {condition}"
    )
    found: pl.DataFrame = made.pl()
    return found.sort("row")


def told(frame: EventFrame) -> pl.DataFrame:
    """Return row, temperature, and whether there was a row of weather."""
    found = pl.col("at_time_hour").is_not_null().alias("found")
    return frame.lazy.select("row", pl.col("at_temp").alias("temp"), found).sort("row").collect()


def test_hours_of_utc_and_of_the_wall_differ_exactly_where_clocks_go_back(
    flights: EventFrame,
) -> None:
    """336,776 flights stay; 1,556 find no weather by UTC, by wall clock the same and no others.

    Clocks went forward on 10 March 2013 and back on 3 November, at two in the night. The hour that
    was skipped has neither flights nor weather. The one that was repeated has two rows of weather
    for each airport under one wall clock, which EF383 refuses, and no flight leaves in it.
    """
    utc = enriched(flights, ExactJoin(by=["origin", "time_hour"]))
    by_utc = told(utc)
    assert by_utc.equals(asked(flights, "e.origin = w.origin and e.time_hour = w.time_hour"))
    assert by_utc.height == FLIGHTS
    assert by_utc["found"].sum() == FLIGHTS - 1_556
    assert by_utc["temp"].null_count() == 1_573
    local = ExactJoin(by=LOCAL, timeless=True)
    with pytest.raises(RepeatedContextError, match=r"values? of origin, year, .*2013, 11, 3, 1"):
        told(enriched(flights, local))
    first = told(enriched(flights, ExactJoin(by=LOCAL, timeless=True, repeats="first")))
    same = " and ".join(f"e.{name} = w.{name}" for name in LOCAL)
    twice = "(select * from weather where not (month = 11 and day = 3 and hour = 1))"
    assert first.equals(by_utc)
    assert first.equals(asked(flights, same, weather=twice))


def test_duckdb_finds_the_same_weather_of_the_hour_before(flights: EventFrame) -> None:
    """`ASOF` with ``>``: every flight has the last weather known before its hour, within a day."""
    frame = enriched(flights, AsOfJoin(by="origin", tolerance="24h", age="age"))
    expected = asked(flights, "e.origin = w.origin and e.time_hour > w.time_hour", "asof")
    made = told(frame)
    kept = frame.lazy.select("row", "age").sort("row").collect()["age"]
    reasons = dict(frame.accounts[-1].counts.collect().iter_rows())
    assert kept.drop_nulls().is_between(3600, 24 * 3600).all()
    assert sum(reasons.values()) == kept.null_count() == FLIGHTS - made["found"].sum()
    assert set(reasons) <= {"no nyc_weather known yet", "nyc_weather older than 24h"}
    near = pl.col("found") & pl.lit(kept.is_not_null())
    theirs = expected.with_columns(pl.when(near).then("temp").alias("temp"), found=near)
    assert made.equals(theirs)
