"""The same written by hand in Polars: fold into days, then each product once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl
from polars import col
from timing import timed

if TYPE_CHECKING:
    from collections.abc import Iterator

AS_OF = date(1998, 12, 2)
TREND, REFERENCE, COMPARED = 28, 90, 28
PRICE, SOLD, N = col("price"), col("quantity"), col("n")
X, Y = (pl.when(SOLD > 0).then(amount.log()) for amount in (PRICE, SOLD))


def job(sales: str, parquet: str) -> None:
    """Run it."""
    days = fold(sales)
    products = (
        days.with_columns(x=X, y=Y)
        .group_by("product")
        .agg(
            col("category", "price").sort_by("date").last(),
            col("date").min().alias("first"),
            col("revenue").sum(),
            PRICE.mean().alias("past"),
            PRICE.filter(within(REFERENCE)).max().alias("reference"),
            SOLD.filter(within(TREND)).sum().alias("recent"),
            SOLD.filter(within(TREND, before=TREND)).sum().alias("earlier"),
            PRICE.filter(within(COMPARED)).sum().alias("own_total"),
            within(COMPARED).sum().alias("own_days"),
            pl.when(SOLD > 0).then(PRICE).drop_nulls().n_unique().alias("prices"),
            *sums(),
        )
    )
    previous = PRICE.sort_by("date").get(-2, null_on_oob=True).alias("previous")
    before = days.select("product", "date", "price").group_by("product").agg(previous)
    products.join(before, on="product").with_columns(others()).select(
        col("product").alias("product_id"), "category", "price", *features()
    ).sink_parquet(parquet, compression_level=1)


def fold(sales: str) -> pl.LazyFrame:
    """One row per product and day; prices are rounded, so they are added as integers."""
    units = (PRICE * 10_000).round().cast(pl.Int64)
    days = (
        pl.scan_parquet(sales)
        .filter(col("date") < AS_OF, PRICE > 0, SOLD >= 0)
        .group_by("product", "date")
        .agg(
            col("category").max(),
            units.mean(),
            SOLD.sum().cast(pl.Float64),
            (units * SOLD).sum().alias("revenue"),
        )
    )
    paid = pl.when(SOLD > 0).then(col("revenue") / SOLD).otherwise(PRICE)
    return days.with_columns(price=paid.round() / 1e4, revenue=col("revenue") / 1e4)


def within(days: int, *, before: int = 0) -> pl.Expr:
    """Whether a day lies in a window before the moment."""
    end = AS_OF - timedelta(days=before)
    return col("date").is_between(end - timedelta(days=days), end, closed="left")


def sums() -> Iterator[pl.Expr]:
    """What a regression of ln quantity on ln price is made of."""
    yield (SOLD > 0).sum().cast(pl.Float64).alias("n")
    x, y = col("x"), col("y")
    yield from (x.sum(), y.sum())
    yield from ((a * b).sum().alias(n) for n, a, b in (("xx", x, x), ("xy", x, y), ("yy", y, y)))


def others() -> pl.Expr:
    """What the other products of the category cost."""
    total, days = col("own_total"), col("own_days").cast(pl.Int64)
    left = days.sum().over("category") - days
    mean = (total.sum().over("category") - total) / left
    return pl.when(left > 0).then(mean).alias("others")


def features() -> Iterator[pl.Expr]:
    """All of them."""
    yield col("revenue")
    yield (PRICE / col("previous") - 1).alias("price_change")
    yield (1 - PRICE / col("reference")).clip(0).alias("discount_depth")
    yield (PRICE / col("past")).alias("price_position_history")
    yield (PRICE / col("others")).alias("price_position_category")
    old = col("first") <= AS_OF - timedelta(days=2 * TREND)
    trend = pl.when(old & (col("earlier") > 0)).then(col("recent") / col("earlier"))
    yield trend.alias("demand_trend")
    xx, xy, yy = (col(a + b) - col(a) * col(b) / N for a, b in (("x", "x"), ("x", "y"), ("y", "y")))
    known = (N >= 8) & (col("prices") >= 3) & (xx >= 0.01**2 * (N - 1))
    residual = (yy - xy * xy / xx).clip(0)
    yield pl.when(known).then(xy / xx).alias("price_elasticity")
    yield N.cast(pl.Int64).alias("price_elasticity_n")
    yield pl.when(known & (yy > 0)).then(1 - residual / yy).alias("price_elasticity_r2")
    yield pl.when(known).then((residual / (N - 2) / xx).sqrt()).alias("price_elasticity_se")
    yield (
        pl.when(N < 8).then(pl.lit("too few days with sales"))
        .when(col("prices") < 3).then(pl.lit("too few different prices"))
        .when(~known).then(pl.lit("price hardly varies"))
        .alias("price_elasticity_reason")
    )  # fmt: skip


if __name__ == "__main__":
    timed(job)
