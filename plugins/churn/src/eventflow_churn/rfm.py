"""Features of buyers: what is kept of each transaction, folded, and made of the folded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import polars as pl

from eventflow import moments
from eventflow_churn import names as n
from eventflow_features.specs import AggregateSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from eventflow.blueprint import Binding
    from eventflow_churn.options import BgNbd, Purchases

_DAY: Final = "__purchase_day"
_ONE: Final = "__purchase"
_SPENT: Final = "__spent"
_FIRST: Final = "__first_purchase"
_LAST: Final = "__last_purchase"
_DAYS: Final = "__purchase_days"
_RECENT: Final = "__recent_days"
_EARLIER: Final = "__earlier_days"
FOLDED: Final = (_SPENT, _FIRST, _LAST, _DAYS, _RECENT, _EARLIER)
"""Folded columns that no feature is."""


def today(binding: Binding) -> date:
    """Return the day of the moment, in the zone of the data."""
    at: datetime = binding.as_of
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return aware.astimezone(ZoneInfo(binding.zone)).date()


def kept(
    purchases: Purchases, binding: Binding, found: Mapping[str, pl.DataType], units: pl.Expr
) -> Iterator[pl.Expr]:
    """Yield what is folded of each transaction; null where it is no purchase.

    Args:
        purchases: What counts as a purchase.
        binding: Columns and moment.
        found: Columns of the transactions and their dtypes.
        units: The transaction's amount, as an integer.
    """
    is_one: pl.Expr = pl.lit(value=True)
    if purchases.where is not None:
        is_one = purchases.where.condition(found, key=f"{n.PURCHASES}.where")
    time = binding.columns[n.TIMESTAMP]
    day = moments.day(time, found[time], binding.zone)
    what = day.is_not_null() if purchases.distinct is None else purchases.distinct.expr
    for value, name in ((day, _DAY), (what, _ONE), (units, _SPENT)):
        yield pl.when(is_one).then(value).alias(name)


def aggregates(purchases: Purchases, now: date) -> Iterator[AggregateSpec]:
    """Yield what a customer's purchases are folded into; `now` is the day of the moment."""
    count = "count" if purchases.distinct is None else "n_unique"
    yield AggregateSpec(name=n.RFM_FREQUENCY, op=count, value=_ONE)
    yield AggregateSpec(name=_SPENT, op="sum", value=_SPENT)
    yield AggregateSpec(name=_FIRST, op="min", value=_DAY)
    yield AggregateSpec(name=_LAST, op="max", value=_DAY)
    yield AggregateSpec(name=_DAYS, op="n_unique", value=_DAY)
    length = timedelta(days=purchases.trend_days)
    recent, earlier = (pl.lit(now - i * length, pl.Date) for i in (1, 2))
    day = pl.col(_DAY)
    # The day of the moment itself, as far as it had come, belongs to the recent window.
    yield AggregateSpec(name=_RECENT, op="n_unique", value=_DAY, where=day >= recent)
    before = (day >= earlier) & (day < recent)
    yield AggregateSpec(name=_EARLIER, op="n_unique", value=_DAY, where=before)


def features(now: date, model: BgNbd | None, decimals: int) -> dict[str, pl.Expr]:
    """Return each feature of folded customers, by name.

    Args:
        now: The day of the moment.
        model: Parameters of the probability of being alive; None leaves it out.
        decimals: Decimals that amounts, as integers, hold.
    """
    repeats = pl.when(pl.col(_DAYS) > 0).then(pl.col(_DAYS).cast(pl.Int64) - 1)
    span = (pl.col(_LAST) - pl.col(_FIRST)).dt.total_days()
    age, recency = ((pl.lit(now, pl.Date) - pl.col(c)).dt.total_days() for c in (_FIRST, _LAST))
    gap = pl.when(repeats > 0).then(span / repeats)
    made = {
        n.RFM_RECENCY: recency,
        n.RFM_FREQUENCY: pl.col(n.RFM_FREQUENCY).cast(pl.Int64),
        # Polars multiplies by the inverse of a number, which rounding to the decimals mends.
        n.RFM_MONETARY: (pl.col(_SPENT).fill_null(0) / 10**decimals).round(decimals),
        n.BTYD_FREQUENCY: repeats,
        n.BTYD_RECENCY: span,
        n.BTYD_AGE: age,
    }
    if model is not None:
        made[n.BTYD_ALIVE] = alive(repeats, span, age, model)
    made[n.GAP] = gap
    made[n.OVERDUE] = recency / gap
    made[n.TREND] = pl.when(pl.col(_EARLIER) > 0).then(pl.col(_RECENT) / pl.col(_EARLIER))
    return made


def alive(repeats: pl.Expr, recency: pl.Expr, age: pl.Expr, model: BgNbd) -> pl.Expr:
    """Return P(alive) of the BG/NBD model; its odds are taken in logarithms, which do not overflow.

    Args:
        repeats: x, a count.
        recency: t_x, in days.
        age: T, in days.
        model: The parameters, and the unit of time they speak of.
    """
    shift = model.alpha * model.unit_days
    waited = (shift + age).log() - (shift + recency).log()
    odds = (model.a / (model.b + repeats - 1)).log() + (model.r + repeats) * waited
    return pl.when(repeats > 0).then(1 / (1 + odds.exp())).when(repeats == 0).then(1.0)
