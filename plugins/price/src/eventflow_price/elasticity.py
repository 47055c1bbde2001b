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

_TOLD_FROM_SUMS: Final = 3

PRICES: Final = "__e_prices"
"""Number of different prices on days with sales."""

LOGS: Final = ("__e_log_price", "__e_log_quantity")
PAID: Final = "__e_paid"
SUMS: Final = tuple(f"__e_{s}" for s in ("n", "x", "y", "xx", "xy", "yy"))
PROMOTED: Final = tuple(f"__e_{s}" for s in ("d", "xd", "yd"))
"""What is summed as well where promotion is held constant."""


def sales() -> dict[str, pl.Expr]:
    """Return what `terms` and `prices` read of each day.

    That is both logarithms, 0 on days without sales, and the price, null on those.
    """
    sold = pl.col(n.QUANTITY) > 0
    x, y = (pl.when(sold).then(_log(column)).otherwise(0) for column in (n.PRICE, n.QUANTITY))
    return {LOGS[0]: x, LOGS[1]: y, PAID: pl.when(sold).then(pl.col(n.PRICE))}


def terms(*, promoted: bool) -> dict[str, pl.Expr]:
    """Return what each day adds to each sum; 0 on days without sales.

    Args:
        promoted: Whether there is a promotion flag to be held constant.
    """
    sold = pl.col(n.QUANTITY) > 0
    x, y = (pl.col(name) for name in LOGS)
    wide_x, wide_y = x.cast(pl.Int128), y.cast(pl.Int128)
    products = (sold.cast(pl.Int64), x, y, wide_x * x, wide_x * y, wide_y * y)
    made = dict(zip(SUMS, products, strict=True))
    if promoted:
        d = (pl.col(n.PROMOTION) & sold).cast(pl.Int64)
        made |= zip(PROMOTED, (d, x * d, y * d), strict=True)
    return made


def prices(minimum: int) -> pl.Expr:
    """Return the number of different prices on days with sales; told up to three where they do.

    All prices are the lowest a or the highest b if and only if the sum of (p - a)(b - p) is 0,
    which is three times as fast to know as all different ones.

    Args:
        minimum: The number that is enough.
    """
    price = pl.col(PAID)
    if minimum > _TOLD_FROM_SUMS:
        return price.n_unique().cast(pl.Int64) - (price.null_count() > 0)
    wide = price.cast(pl.Int128)
    low, high, count = (e.cast(pl.Int128) for e in (price.min(), price.max(), price.count()))
    between = (low + high) * wide.sum() - (wide * wide).sum() - count * low * high
    more = (high > low).cast(pl.Int64) + (between > 0).cast(pl.Int64)
    return (1 + more).fill_null(0)


def new_price() -> pl.Expr:
    """Return 1 on the first day on which the product sold at this price, else 0."""
    sold = pl.col(n.QUANTITY) > 0
    day = pl.when(sold).then(pl.col(n.DATE))
    first = day.min().over(n.PRODUCT, n.PRICE)
    return (day == first).fill_null(value=False).cast(pl.Int64)


def elasticity(options: PriceConfig, *, promoted: bool) -> Iterator[pl.Expr]:
    """Yield the elasticity and what stands beside it, from `SUMS`, `PRICES`, perhaps `PROMOTED`."""
    count = pl.col(SUMS[0])
    raw = _centred("x", "x"), _centred("x", "y"), _centred("y", "y")
    (xx, xy, yy), control = _cleared(*raw) if promoted else (raw, pl.lit(0.0))
    reason = _reason(options, raw[0], xx)
    slope = xy / xx
    residual = (yy - xy * slope).clip(0)
    freedom = count.cast(pl.Float64) - 2 - control
    known = reason.is_null()
    yield pl.when(known).then(slope).alias(n.ELASTICITY)
    yield count.cast(pl.Int64).alias(n.POINTS)
    yield pl.when(known & (raw[2] > 0)).then(1 - residual / raw[2]).alias(n.FIT)
    yield pl.when(known).then((residual / freedom / xx).sqrt()).alias(n.ERROR)
    yield reason.alias(n.REASON)


def _cleared(xx: pl.Expr, xy: pl.Expr, yy: pl.Expr) -> tuple[tuple[pl.Expr, ...], pl.Expr]:
    """Return the centred sums without what promotion explains, and 1 where it varies."""
    xd, yd, dd = _centred("x", "d"), _centred("y", "d"), _centred("d", "d")
    varies = dd > 0
    sums = ((xx, xd * xd), (xy, xd * yd), (yy, yd * yd))
    x, xy, y = (pl.when(varies).then(sum_ - part / dd).otherwise(sum_) for sum_, part in sums)
    return (x.clip(0), xy, y), varies.cast(pl.Float64)


def _log(column: str) -> pl.Expr:
    """Return the logarithm of a positive amount in ten-thousandths, as an integer of `GRAIN`.

    The unit shifts it by a constant, which centring takes out.
    """
    amount = pl.col(column).clip(1).cast(pl.Float64)
    return (amount.log() * GRAIN).round().cast(pl.Int64)


def _centred(a: str, b: str) -> pl.Expr:
    """Return the centred sum of products: (n * sum of products - product of sums) / n."""
    count = pl.col("__e_n").cast(pl.Int128)
    together = pl.col(f"__e_{a}{b}" if b != "d" or a != "d" else "__e_d").cast(pl.Int128)
    exact = count * together - pl.col(f"__e_{a}").cast(pl.Int128) * pl.col(f"__e_{b}")
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
