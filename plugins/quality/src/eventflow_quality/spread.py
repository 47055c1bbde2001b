"""How values are spread, lazily: bins, population stability index, Kolmogorov-Smirnov distance."""

from __future__ import annotations

import polars as pl

from eventflow.quantiles import exact_quantiles

BINS = 10
TOP = 50
_LEAST = 1e-4  # share of an empty bin
OTHERS = "\x00others"
"""The bin of all values of text that have none of their own."""

ZEROS = tuple(str(number) for number in range(BINS))
"""The bins of numbers, from below the first edge to above the last."""


def edges_of(numbers: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row with a list `edges`: the inner deciles of the column `x`."""
    deciles = exact_quantiles(pl.col("x"), [i / BINS for i in range(1, BINS)])
    return numbers.select(deciles.alias("edges"))


def number_bins(numbers: pl.LazyFrame, edges: pl.LazyFrame) -> pl.LazyFrame:
    """Return `bin` (text) and `count` of the column `x`; bins are closed on the right."""
    above = [pl.col("x") > pl.col("edges").list.get(i, null_on_oob=True) for i in range(BINS - 1)]
    return (
        numbers.join(edges, how="cross")
        .group_by(pl.sum_horizontal(above).cast(pl.String).alias("bin"))
        .agg(pl.len().cast(pl.Int64).alias("count"))
    )


def top_values(texts: pl.LazyFrame) -> pl.LazyFrame:
    """Return `bin`: the most frequent values of the column `x`, ties broken by the value."""
    counted = texts.group_by(pl.col("x").alias("bin")).agg(pl.len().alias("count"))
    return counted.sort("count", "bin", descending=[True, False]).head(TOP).select("bin")


def text_bins(texts: pl.LazyFrame, top: pl.LazyFrame) -> pl.LazyFrame:
    """Return `bin` and `count` of the column `x`: one bin a value in `top`, one of all others."""
    counted = texts.group_by(pl.col("x").alias("bin")).agg(pl.len().cast(pl.Int64).alias("count"))
    known = top.with_columns(pl.lit(value=True).alias("known"))
    named = pl.when(pl.col("known")).then("bin").otherwise(pl.lit(OTHERS))
    return (
        counted.join(known, on="bin", how="left")
        .group_by(named.alias("bin"))
        .agg(pl.col("count").sum())
    )


def psi(now: pl.LazyFrame, then: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row with `value`, the index of two tables of bins; null if either is empty."""
    both = now.join(then, on="bin", how="full", coalesce=True, suffix="_then").fill_null(0)
    p, q = (_share(column) for column in ("count", "count_then"))
    known = (pl.col("count").sum() > 0) & (pl.col("count_then").sum() > 0)
    index = ((p - q) * (p / q).log()).sum()
    return both.select(pl.when(known).then(index).alias("value"))


def _share(column: str) -> pl.Expr:
    return (pl.col(column) / pl.col(column).sum()).clip(lower_bound=_LEAST)


def ks_exact(now: pl.LazyFrame, then: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row with `value`, the distance of two columns `x`; null if either is empty."""
    weights = [
        lazy.select("x", (pl.lit(sign) / pl.len()).alias("weight"))
        for lazy, sign in ((now, 1.0), (then, -1.0))
    ]
    apart = (
        pl.concat(weights)
        .group_by("x")
        .agg(pl.col("weight").sum())
        .sort("x")
        .select(pl.col("weight").cum_sum().abs().max().alias("value"))
    )
    return _if_both(apart, now.select(pl.len().alias("now")), then.select(pl.len().alias("then")))


def ks_of_bins(now: pl.LazyFrame, then: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row with `value`, the distance at the edges of two tables of number bins."""
    both = now.join(then, on="bin", how="full", coalesce=True, suffix="_then").fill_null(0)
    p, q = (pl.col(c).cum_sum() / pl.col(c).sum() for c in ("count", "count_then"))
    apart = both.sort(pl.col("bin").cast(pl.Int64)).select((p - q).abs().max().alias("value"))
    totals = [t.select(pl.col("count").sum().alias(n)) for t, n in ((now, "now"), (then, "then"))]
    return _if_both(apart, *totals)


def _if_both(value: pl.LazyFrame, now: pl.LazyFrame, then: pl.LazyFrame) -> pl.LazyFrame:
    row = pl.concat([value, now, then], how="horizontal")
    known = (pl.col("now") > 0) & (pl.col("then") > 0)
    return row.select(pl.when(known).then("value").alias("value"))
