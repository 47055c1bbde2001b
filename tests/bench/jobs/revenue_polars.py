"""The same written by hand in Polars: fold into days, complete the calendar, describe each day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
from polars import col
from timing import timed

if TYPE_CHECKING:
    from collections.abc import Iterator

AS_OF, LAST = date(1998, 12, 2), date(1998, 12, 1)
DAY, REVENUE, FIRST = col("date"), col("revenue"), col("first")
ISO_YEAR = DAY - pl.duration(days=DAY.dt.week().cast(pl.Int64) * 7 - 8 + DAY.dt.weekday())
SEASONS = {
    "day_of_week": (DAY.dt.weekday(), DAY.dt.truncate("1w")),
    "week_of_year": (DAY.dt.week(), ISO_YEAR),
    "month": (DAY.dt.month(), DAY.dt.truncate("1y")),
    "quarter": (DAY.dt.quarter(), DAY.dt.truncate("1y")),
}


def job(sales: str, parquet: str) -> None:
    """Run it."""
    days = (
        pl.scan_parquet(sales)
        .filter(DAY < AS_OF)
        .group_by(series="nation", date="date")
        .agg(REVENUE.sum(), customer_count=col("customer").n_unique().cast(pl.Int64))
        .collect(engine="streaming")
    )
    placed = completed(days).with_columns(
        *(part.alias(f"{s} part") for s, (part, _) in SEASONS.items()),
        *(cycle.alias(f"{s} cycle") for s, (_, cycle) in SEASONS.items()),
    )
    placed.select(
        "series",
        "date",
        "revenue",
        "customer_count",
        pl.lit(value=False).alias("period_incomplete"),
        *trailing(),
        *(seasonal(s).alias(f"seasonal_{s}") for s in SEASONS),
        pl.when(col("customer_count") > 0)
        .then(REVENUE / col("customer_count"))
        .alias("revenue_per_customer"),
    ).write_parquet(parquet, compression_level=1)


def completed(days: pl.DataFrame) -> pl.DataFrame:
    """Return every day of each nation, in order; 0 where nothing was sold."""
    first = days.group_by("series").agg(first=DAY.min())
    every = first.with_columns(date=pl.date_ranges("first", LAST)).explode("date")
    joined = every.join(days, on=["series", "date"], how="left")
    return joined.with_columns(col("revenue", "customer_count").fill_null(0)).sort("series", "date")


def trailing() -> Iterator[pl.Expr]:
    """Averages, deviations and growth."""
    for days in (7, 30, 90):
        yield REVENUE.rolling_mean(days).over("series").alias(f"revenue_ma_{days}")
        yield REVENUE.rolling_std(days).over("series").alias(f"revenue_volatility_{days}")
    for days in (1, 7, 30):
        base = REVENUE.shift(days).over("series")
        growth = pl.when(base != 0).then((REVENUE - base) / base.abs())
        yield growth.alias(f"revenue_growth_{days}d")


def seasonal(season: str) -> pl.Expr:
    """The mean of this part of the cycle over that of all days, in complete earlier cycles."""
    part, cycle = f"{season} part", f"{season} cycle"
    days = (col(cycle) >= FIRST).cast(pl.Int64)
    revenue = days * REVENUE

    def before(value: pl.Expr, *by: str) -> pl.Expr:
        return value.cum_sum().over("series", *by) - value.cum_sum().over("series", *by, cycle)

    known = (before(days, part) > 0) & (before(revenue) > 0)
    mean_of_part = before(revenue, part) / before(days, part)
    return pl.when(known).then(mean_of_part / (before(revenue) / before(days)))


if __name__ == "__main__":
    timed(job)
