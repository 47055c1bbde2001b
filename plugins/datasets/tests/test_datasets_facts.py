"""The shipped files hold what was published: every number the documentation names is asserted."""

from __future__ import annotations

import math
from datetime import datetime

import polars as pl
import pytest

from eventflow_datasets.earthquakes import Earthquakes
from eventflow_datasets.games import GameRevenue
from eventflow_datasets.nyc import NycAirports, NycFlights, NycPlanes, NycWeather
from eventflow_datasets.prices import Avocado
from eventflow_datasets.retail import OnlineRetail


@pytest.fixture(scope="module")
def retail() -> pl.DataFrame:
    """Return the retail rows, read once."""
    return OnlineRetail().scan().collect()


@pytest.fixture(scope="module")
def flights() -> pl.DataFrame:
    """Return the flights, read once."""
    return NycFlights().scan().collect()


@pytest.fixture(scope="module")
def weather() -> pl.DataFrame:
    """Return the weather, read once."""
    return NycWeather().scan().collect()


def test_retail_keeps_every_row_and_column_as_published(retail: pl.DataFrame) -> None:
    """1,067,371 lines of 8 columns, nothing cleaned away."""
    assert retail.shape == (1_067_371, 8)
    assert retail.schema == {
        "invoice": pl.String,
        "stock_code": pl.String,
        "description": pl.String,
        "quantity": pl.Int64,
        "invoice_date": pl.Datetime("us"),
        "price": pl.Float64,
        "customer_id": pl.String,
        "country": pl.String,
    }


def test_retail_has_the_published_numbers_of_things(retail: pl.DataFrame) -> None:
    """Customers, invoices, stock codes and countries are counted without nulls."""
    counted = {c: retail[c].drop_nulls().n_unique() for c in retail.columns}
    assert counted["customer_id"] == 5_942
    assert counted["invoice"] == 53_628
    assert counted["stock_code"] == 5_305
    assert counted["country"] == 43


def test_retail_money_adds_up_to_the_published_sum(retail: pl.DataFrame) -> None:
    """The sum of quantity times price is right to a millionth, summed without rounding error."""
    total = math.fsum((retail["quantity"] * retail["price"]).to_list())
    assert total == pytest.approx(19_287_250.568, abs=1e-6)


def test_retail_keeps_its_blemishes(retail: pl.DataFrame) -> None:
    """Missing customers, copies, returns, cancellations and adjustments are all still there."""
    assert retail["customer_id"].null_count() == 243_007
    assert retail.height - retail.unique().height == 34_335
    assert retail.filter(pl.col("quantity") < 0).height == 22_950
    assert retail.filter(pl.col("invoice").str.starts_with("C")).height == 19_494
    assert retail.filter(pl.col("invoice").str.starts_with("A")).height == 6
    assert retail.filter(pl.col("price") < 0).height == 5
    assert retail["description"].null_count() == 4_382


def test_retail_times_are_read_month_first(retail: pl.DataFrame) -> None:
    """``12/1/2009 7:45`` is the first of December: the first and last invoice say so."""
    assert retail["invoice_date"].min() == datetime(2009, 12, 1, 7, 45)  # noqa: DTZ001 - naive data
    assert retail["invoice_date"].max() == datetime(2011, 12, 9, 12, 50)  # noqa: DTZ001 - naive data


def test_retail_customers_are_ids_and_not_numbers(retail: pl.DataFrame) -> None:
    """``13085.0`` in the raw file is customer ``13085``: five digits, no more."""
    customers = retail["customer_id"].drop_nulls()
    assert customers.str.contains("^[0-9]{5}$").all()
    assert "13085" in customers.unique()


def test_flights_keep_every_row_and_both_clocks(flights: pl.DataFrame) -> None:
    """336,776 flights; the UTC hour is the local hour moved by New York's offset, all year."""
    assert flights.shape == (336_776, 19)
    local = pl.col("time_hour").dt.convert_time_zone("America/New_York").dt
    same = (local.hour() == pl.col("hour")) & (local.month() == pl.col("month"))
    assert flights.select((same & (local.day() == pl.col("day"))).all()).item()


def test_flights_keep_midnight_written_as_2400(flights: pl.DataFrame) -> None:
    """29 departures at 2400 are kept raw."""
    assert flights.filter(pl.col("dep_time") == 2400).height == 29
    assert flights["dep_time"].null_count() == 8_255
    assert flights["tailnum"].null_count() == 2_512


def test_1573_flights_have_no_weather(flights: pl.DataFrame, weather: pl.DataFrame) -> None:
    """A left join keeps the number of flights; 1,573 get no temperature.

    1,556 find no row at (origin, time_hour), and 17 find the row whose temperature is missing.
    """
    marked = weather.select("origin", "time_hour", "temp", found=pl.lit(value=True))
    joined = flights.join(marked, on=["origin", "time_hour"], how="left")
    assert joined.height == 336_776
    assert joined["temp"].null_count() == 1_573
    assert joined["found"].null_count() == 1_556


def test_flights_without_plane_are_52606(flights: pl.DataFrame) -> None:
    """Flights whose tail number is unknown to the register, or missing."""
    planes = NycPlanes().scan().collect()
    assert planes.shape == (3_322, 9)
    assert flights.join(planes, on="tailnum", how="anti").height == 52_606


def test_four_destinations_are_no_known_airport(flights: pl.DataFrame) -> None:
    """Four destinations are missing from the airports."""
    airports = NycAirports().scan().collect()
    assert airports.shape == (1_458, 8)
    missing = (
        flights.select("dest").unique().join(airports, left_on="dest", right_on="faa", how="anti")
    )
    assert missing.height == 4


def test_weather_keeps_its_impossible_wind(weather: pl.DataFrame) -> None:
    """One wind speed is 1048.36 mph, as published; (origin, hour) is a key."""
    assert weather.shape == (26_115, 15)
    assert weather.filter(pl.col("wind_speed") > 254)["wind_speed"].round(2).to_list() == [1048.36]
    assert weather.select("origin", "time_hour").n_unique() == weather.height


def test_game_has_76_players_and_618_sessions() -> None:
    """2,000 complete events."""
    game = GameRevenue().scan().collect()
    assert game.shape == (2_000, 11)
    assert game["player_id"].n_unique() == 76
    assert game["session_id"].n_unique() == 618
    assert sum(game.null_count().row(0)) == 0


def test_earthquakes_lie_where_and_when_they_should() -> None:
    """596 quakes from April to July 2024, complete."""
    quakes = Earthquakes().scan().collect()
    assert quakes.shape == (596, 8)
    assert sum(quakes.null_count().row(0)) == 0
    months = quakes["time"].dt.strftime("%Y-%m").unique().sort().to_list()
    assert months == ["2024-04", "2024-05", "2024-06", "2024-07"]


def test_avocado_demand_has_the_published_elasticity() -> None:
    """Least squares of log volume on log price, by the normal equations written out."""
    rows = Avocado().scan().collect()
    assert rows.shape == (169, 3)
    x = [math.log(p) for p in rows["average_price"]]
    y = [math.log(v) for v in rows["total_volume"]]
    mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
    covariance = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    slope = covariance / math.fsum((a - mean_x) ** 2 for a in x)
    assert slope == pytest.approx(-0.6814, abs=5e-5)
    assert mean_y - slope * mean_x == pytest.approx(15.634, abs=5e-4)
