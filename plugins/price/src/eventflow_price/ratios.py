"""The features that are ratios, the same at both levels once their parts are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow_price import names as n

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow_price.options import PriceConfig


def ratios(options: PriceConfig) -> Iterator[pl.Expr]:
    """Yield change, discount, position in history and demand trend.

    They read the price in ten-thousandths, `PREVIOUS` and `REFERENCE` likewise, `PAST` (the mean of
    earlier prices), `RECENT` and `EARLIER` (quantities of the two windows) and `AGE` (days since
    the product's first).
    """
    price = pl.col(n.PRICE)
    yield (price / pl.col(n.PREVIOUS) - 1).alias(n.CHANGE)
    yield (1 - price / pl.col(n.REFERENCE)).clip(0).alias(n.DISCOUNT)
    yield (price / pl.col(n.PAST)).alias(n.IN_HISTORY)
    known = (pl.col(n.AGE) >= 2 * options.trend_days) & (pl.col(n.EARLIER) > 0)
    trend = pl.when(known).then(pl.col(n.RECENT) / pl.col(n.EARLIER))
    yield trend.alias(n.TREND)


def in_category() -> pl.Expr:
    """Return the position in the category, from the mean price of others (`OTHERS`)."""
    return (pl.col(n.PRICE) / pl.col(n.OTHERS)).alias(n.IN_CATEGORY)
