# ruff: noqa: INP001 - a script, not part of a package
"""Convert the raw files, as published, to the Parquet files this package ships.

Usage: ``python plugins/datasets/scripts/convert.py RAW_DIR``. `RAW_DIR` holds
``online_retail_ii.csv.xz``, ``flights.csv.zip``, ``weather.csv``, ``airports.csv``,
``planes.csv``, ``game_revenue.csv``, ``earthquakes.csv`` and ``avocado.csv``; where each comes from
is written in ``src/eventflow_datasets/data/LICENSE-DATA.md``.

What it does to the data, and nothing else: columns get snake_case names, texts that are dates and
numbers become dates and numbers, missing values (``NA`` or empty) become null, ids stay text, and
rows are sorted (stably, by keys chosen for compression). No row is left out and no value mended.
Integers are 64 bit in memory so that products of them cannot overflow; Parquet packs them tightly
all the same. The same input and Polars version give the same bytes.
"""

from __future__ import annotations

import io
import lzma
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

OUT = Path(__file__).parents[1] / "src" / "eventflow_datasets" / "data"
UTC_TEXT = "%Y-%m-%dT%H:%M:%SZ"


def read(raw: bytes | Path, **dtypes: type[pl.DataType]) -> pl.DataFrame:
    """Read a CSV in which everything not named in `dtypes` is text."""
    source = io.BytesIO(raw) if isinstance(raw, bytes) else raw
    return pl.read_csv(source, null_values=["NA"], infer_schema=False).with_columns(
        pl.col(name).cast(dtype) for name, dtype in dtypes.items()
    )


def utc(column: str, text: str) -> pl.Expr:
    """Parse a column of texts that speak of UTC."""
    return pl.col(column).str.to_datetime(text, time_unit="us", time_zone="UTC")


def integers(*columns: str) -> dict[str, type[pl.DataType]]:
    """Name columns of whole numbers."""
    return dict.fromkeys(columns, pl.Int64)


def floats(*columns: str) -> dict[str, type[pl.DataType]]:
    """Name columns of decimal numbers."""
    return dict.fromkeys(columns, pl.Float64)


def online_retail(raw: Path) -> pl.DataFrame:
    """UCI Online Retail II; customer ``13085.0`` becomes ``13085``."""
    packed = (raw / "online_retail_ii.csv.xz").read_bytes()
    frame = read(lzma.decompress(packed), **integers("Quantity"), **floats("Price"))
    return frame.select(
        invoice="Invoice",
        stock_code="StockCode",
        description="Description",
        quantity="Quantity",
        invoice_date=pl.col("InvoiceDate").str.to_datetime("%m/%d/%Y %H:%M", time_unit="us"),
        price="Price",
        customer_id=pl.col("Customer ID").str.strip_suffix(".0"),
        country="Country",
    ).sort("invoice_date", "invoice", "stock_code", maintain_order=True)


def nyc_flights(raw: Path) -> pl.DataFrame:
    """Flights that left New York City in 2013; the flight number is a number, the plane an id."""
    with zipfile.ZipFile(raw / "flights.csv.zip") as archive:
        text = archive.read("flights.csv")
    clock = integers("dep_time", "sched_dep_time", "arr_time", "sched_arr_time", "air_time")
    rest = integers("year", "month", "day", "flight", "distance", "hour", "minute")
    return (
        read(text, **clock, **rest, **integers("dep_delay", "arr_delay"))
        .with_columns(utc("time_hour", UTC_TEXT))
        .sort("time_hour", "carrier", "flight", "origin", maintain_order=True)
    )


def nyc_weather(raw: Path) -> pl.DataFrame:
    """Hourly weather at the three airports of departure."""
    when = integers("year", "month", "day", "hour", "wind_dir")
    air = floats("temp", "dewp", "humid", "pressure", "precip", "visib")
    wind = floats("wind_speed", "wind_gust")
    return (
        read(raw / "weather.csv", **when, **air, **wind)
        .with_columns(utc("time_hour", UTC_TEXT))
        .sort("origin", "time_hour", maintain_order=True)
    )


def nyc_airports(raw: Path) -> pl.DataFrame:
    """Airports of the United States."""
    frame = read(raw / "airports.csv", **floats("lat", "lon"), **integers("alt", "tz"))
    return frame.sort("faa", maintain_order=True)


def nyc_planes(raw: Path) -> pl.DataFrame:
    """Planes by tail number."""
    frame = read(raw / "planes.csv", **integers("year", "engines", "seats", "speed"))
    return frame.sort("tailnum", maintain_order=True)


def game_revenue(raw: Path) -> pl.DataFrame:
    """Purchases and advertisements in a mobile game."""
    frame = read(raw / "game_revenue.csv", **floats("item_revenue", "session_duration"))
    return frame.with_columns(
        utc("session_start", UTC_TEXT), utc("time", UTC_TEXT), pl.col("start_day").str.to_date()
    ).sort("player_id", "time", "session_id", maintain_order=True)


def earthquakes(raw: Path) -> pl.DataFrame:
    """Earthquakes around Indonesia and the Philippines; the USGS gives time in UTC."""
    frame = read(raw / "earthquakes.csv", **floats("lat", "lon", "depth", "mag"))
    return frame.with_columns(utc("time", "%Y-%m-%d %H:%M:%S%.3f")).sort("time")


def avocado(raw: Path) -> pl.DataFrame:
    """Weekly price and volume of Hass avocados."""
    frame = read(raw / "avocado.csv", **floats("AveragePrice", "TotalVolume"))
    return frame.select(
        date=pl.col("Date").str.to_date(), average_price="AveragePrice", total_volume="TotalVolume"
    ).sort("date")


CONVERTERS: tuple[Callable[[Path], pl.DataFrame], ...] = (
    online_retail, nyc_flights, nyc_weather, nyc_airports, nyc_planes, game_revenue, earthquakes,
    avocado,
)  # fmt: skip


def main(raw: Path) -> None:
    """Convert every file and say what was written."""
    OUT.mkdir(parents=True, exist_ok=True)
    for convert in CONVERTERS:
        frame = convert(raw)
        path = OUT / f"{convert.__name__}.parquet"
        frame.write_parquet(
            path, compression="zstd", compression_level=22, row_group_size=2**18, statistics=True
        )
        size, memory = path.stat().st_size, frame.estimated_size()
        sys.stdout.write(f"{path.name}: {frame.height:,} rows, {size:,} B, {memory:,} B parsed\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its one argument
        sys.exit(f"usage: python {sys.argv[0]} RAW_DIR")
    main(Path(sys.argv[1]))
