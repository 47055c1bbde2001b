"""Own-price elasticity by least squares on logarithms, from sums that are exact.

Logarithms are rounded to integers of `GRAIN` and their products added in 128 bits. The centred
sums are then integers too, so that neither order, split nor engine shows in the slope, and nothing
is lost where a price hardly moves. With a promotion flag d, sums of ln price x and ln quantity y
are cleared of it first (Frisch and Waugh 1933): S_xy.d = S_xy - S_xd S_dy / S_dd.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from eventflow_price import names as n

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow_price.options import PriceConfig

GRAIN: Final = 10**11
"""Logarithms are told to eleven decimals."""

FEW_POINTS: Final = "too few days with sales"
FEW_PRICES: Final = "too few different prices"
FLAT: Final = "price hardly varies"
CONFOUNDED: Final = "price follows promotion"

PRICES: Final = "__e_prices"
"""Number of different prices on days with sales."""

NEW_PRICE: Final = "__e_new_price"
SUMS: Final = tuple(f"__e_{s}" for s in ("n", "x", "y", "d", "xx", "xy", "yy", "xd", "yd"))


def terms(*, promoted: bool) -> dict[str, pl.Expr]:
    """Return what each day adds to each sum; 0 on days without sales.

    Args:
        promoted: Whether there is a promotion flag to be held constant.
    """
    sold = pl.col(n.QUANTITY) > 0
    x, y = _log(n.PRICE), _log(n.QUANTITY)
    d = pl.col(n.PROMOTION).cast(pl.Int128) if promoted else pl.lit(0, pl.Int128)
    products = (pl.lit(1, pl.Int128), x, y, d, x * x, x * y, y * y, x * d, y * d)
    nothing = pl.lit(0, pl.Int128)
    return {
        name: pl.when(sold).then(e).otherwise(nothing)
        for name, e in zip(SUMS, products, strict=True)
    }


def new_price() -> pl.Expr:
    """Return 1 on the first day on which the product sold at this price, else 0."""
    sold = pl.col(n.QUANTITY) > 0
    day = pl.when(sold).then(pl.col(n.DATE))
    first = day.min().over(n.PRODUCT, n.PRICE)
    return (day == first).fill_null(value=False).cast(pl.Int64)


def elasticity(options: PriceConfig) -> Iterator[pl.Expr]:
    """Yield the elasticity and what stands beside it, from `SUMS` and `PRICES`."""
    count = pl.col(SUMS[0])
    xx, xy, yy, dd = (_centred(s) for s in (("x", "x"), ("x", "y"), ("y", "y"), ("d", "d")))
    xd, yd = _centred(("x", "d")), _centred(("y", "d"))
    varies = dd > 0
    cleared_xx = pl.when(varies).then(xx - xd * xd / dd).otherwise(xx).clip(0)
    cleared_xy = pl.when(varies).then(xy - xd * yd / dd).otherwise(xy)
    cleared_yy = pl.when(varies).then(yy - yd * yd / dd).otherwise(yy)
    reason = _reason(options, xx, cleared_xx)
    slope = cleared_xy / cleared_xx
    residual = (cleared_yy - cleared_xy * slope).clip(0)
    freedom = count.cast(pl.Float64) - 2 - varies.cast(pl.Float64)
    known = reason.is_null()
    yield pl.when(known).then(slope).alias(n.ELASTICITY)
    yield count.cast(pl.Int64).alias(n.POINTS)
    yield pl.when(known & (yy > 0)).then(1 - residual / yy).alias(n.FIT)
    yield pl.when(known).then((residual / freedom / cleared_xx).sqrt()).alias(n.ERROR)
    yield reason.alias(n.REASON)


def _log(column: str) -> pl.Expr:
    """Return the logarithm of a positive amount in ten-thousandths, as an integer of `GRAIN`.

    The unit shifts it by a constant, which centring takes out.
    """
    amount = pl.col(column).clip(1).cast(pl.Float64)
    return (amount.log() * GRAIN).round().cast(pl.Int64).cast(pl.Int128)


def _centred(pair: tuple[str, str]) -> pl.Expr:
    """Return the centred sum of products: (n * sum of products - product of sums) / n."""
    a, b = pair
    count, together = pl.col("__e_n"), pl.col(f"__e_{a}{b}" if pair != ("d", "d") else "__e_d")
    exact = count * together - pl.col(f"__e_{a}") * pl.col(f"__e_{b}")
    scale = float(GRAIN) ** ((a != "d") + (b != "d"))
    return exact.cast(pl.Float64) / count.cast(pl.Float64) / scale


def _reason(options: PriceConfig, xx: pl.Expr, cleared: pl.Expr) -> pl.Expr:
    """Return the first gate that is not passed, or null."""
    count = pl.col("__e_n")
    floor = options.minimum_log_price_sd**2 * (count.cast(pl.Float64) - 1)
    return (
        pl.when(count < options.minimum_points)
        .then(pl.lit(FEW_POINTS))
        .when(pl.col(PRICES) < options.minimum_prices)
        .then(pl.lit(FEW_PRICES))
        .when(xx < floor)
        .then(pl.lit(FLAT))
        .when(cleared < floor)
        .then(pl.lit(CONFOUNDED))
    )
