"""The shipped pipeline of flights, weather and places says what SQL says of the same data."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

if TYPE_CHECKING:
    from command_line import CommandLine

DATA = files("eventflow_datasets") / "data"
BINS = """
select make_timestamp(f.year, f.month, f.day, f.hour // 6 * 6, 0, 0) as local_start,
       count(*) as flights, max(w.wind_speed) as windiest, min(w.visib) as dimmest
from flights f
join airports a on f.dest = a.faa
left join weather w on f.origin = w.origin and f.time_hour = w.time_hour
group by 1 order by 1
"""


@pytest.fixture
def ran(eventflow: CommandLine) -> dict[str, Any]:
    """Run the example; return its record, and its rows as `made`."""
    ended = eventflow("run", "docs/examples/flights.yaml", "--json")
    assert ended.code == 0, ended.stderr
    made = pl.read_parquet(eventflow.folder / "out" / "flights.parquet")
    return {**ended.document, "made": made}


def test_each_six_hours_of_new_york_have_their_flights_and_weather(ran: dict[str, Any]) -> None:
    """Counts, the strongest wind and the worst sight of every bin, over all cells."""
    tables = duckdb.connect()
    for name in ("flights", "airports", "weather"):
        tables.read_parquet(str(DATA / f"nyc_{name}.parquet")).create_view(name)
    expected = tables.sql(BINS).fetchall()
    local = pl.col("bin_start").dt.convert_time_zone("America/New_York").dt.replace_time_zone(None)
    ours = (
        ran["made"]
        .group_by(local.alias("local_start"))
        .agg(pl.col("count").sum(), pl.col("wind_speed_max").max(), pl.col("visib_min").min())
        .sort("local_start")
    )
    assert ours.rows() == expected
    assert sum(row[1] for row in expected) == 336_776 - 7_602


def test_no_flight_is_lost_and_the_report_has_its_pictures(ran: dict[str, Any]) -> None:
    """The ledger adds up; a map of cells and a heatmap of weeks are among the charts."""
    ledger = ran["ledger"]
    left = sum(e["rows"] for e in ledger["entries"] if e["kind"] in {"dropped", "folded"})
    assert (ledger["read"], ledger["result"] + left) == (336_776, 336_776)
    told = {e["reason"]: e["rows"] for e in ledger["entries"] if e["kind"] == "flagged"}
    assert told["no nyc_weather"] == 1_556
    charts = {chart["title"]: chart for chart in ran["charts"]}
    cells = charts["Mean departure delay by destination"]["map"]
    assert len(cells["outlines"]) == ran["made"]["cell"].n_unique() == 100
    weeks = charts["Mean departure delay by week and airport"]["heatmap"]
    assert weeks["rows"] == ["EWR", "JFK", "LGA"]
    assert len(weeks["columns"]) == 53


def test_the_recipe_of_its_steps_takes_another_size_of_cells(
    eventflow: CommandLine, ran: dict[str, Any]
) -> None:
    """Cells of 5 km and days add up to the cells of 50 km that hold them."""
    sizes = ("--set", "size_m=5000", "--set", "bin_size=1d", "--set", "features=[count]")
    ended = eventflow("recipes", "run", "flight_delays", *sizes, "--sink", "fine.parquet")
    assert ended.code == 0, ended.stderr
    fine = pl.read_parquet(eventflow.folder / "fine.parquet")
    assert fine.height != ran["made"].height
    column, row = pl.col("cell") // 2**32, pl.col("cell") % 2**32 - 2**31
    coarse = (column // 10) * 2**32 + row // 10 + 2**31
    sums = [
        frame.group_by("cell").agg(pl.col("count").sum()).sort("cell")
        for frame in (fine.with_columns(cell=coarse), ran["made"])
    ]
    assert sums[0].rows() == sums[1].rows()
