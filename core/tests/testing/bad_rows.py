"""Steps that lose rows, or that some rows break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from contract_offenders import offender
from eventflow.frame import Account, EventFrame, Rejection
from honest_steps import Double, Paid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.schema import EventSchema


class FiltersSilently(Paid):
    """Says it accounts for rows, and filters."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.pipe(lambda rows: rows.filter(pl.col("amount") >= 0))


class SaysKept(Double):
    """Says it keeps rows, and filters."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return super().apply(frame, state).pipe(lambda rows: rows.filter(pl.col("double") >= 0))


class NoReason(Paid):
    """Takes rows out without a word."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.reject(Rejection(" ", pl.col("amount").is_null()))


class OwnOutcome(Paid):
    """Has an outcome of its own."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.reject(Rejection("refund", pl.col("amount") < 0, "lost"))  # type: ignore[arg-type] # the mistake


class KeepsNothing(Paid):
    """Calls rows quarantined, and keeps none of them."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        gone = pl.col("amount").is_null()
        reason = "amount unknown"
        counts = frame.lazy.filter(gone).select(reason=pl.lit(reason), rows=pl.len())
        kept = frame.pipe(lambda rows: rows.filter(~gone))
        return kept.account(Account(counts.head(1), {reason: "quarantined"}))


class NeedsRows(Double):
    """Learns a maximum, and cannot do without one."""

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        return frame.lazy.select(pl.len())

    def fit(self, statistics: pl.DataFrame) -> Any:
        if statistics.item() == 0:
            msg = "max() of an empty sequence"
            raise ValueError(msg)


class NeedsTwo(NeedsRows):
    """Learns a spread, and cannot do without two rows."""

    def fit(self, statistics: pl.DataFrame) -> Any:
        if statistics.item() == 1:
            msg = "division by zero"
            raise ZeroDivisionError(msg)


class NeedsFlags(NeedsRows):
    """Cannot do without flags."""

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        return None

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        return frame.lazy.select(empty=(pl.col("flag").count() == 0) & (pl.len() > 1))

    def fit(self, statistics: pl.DataFrame) -> Any:
        if statistics.item():
            msg = "'NoneType' object is not iterable"
            raise TypeError(msg)


class SqlNames(Double):
    """Builds SQL from the names of columns, without quotes."""

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        return None

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        known = [pl.sql_expr(f"{name} IS NOT NULL").cast(pl.Int8) for name in frame.columns()]
        return frame.pipe(lambda rows: rows.with_columns(double=pl.sum_horizontal(known)))


GOOD: list[Any] = []
BAD = [
    ("rows-accounted", offender(FiltersSilently)),
    ("rows-accounted", offender(SaysKept)),
    ("reasons", offender(NoReason)),
    ("reasons", offender(OwnOutcome)),
    ("quarantine-kept", offender(KeepsNothing)),
    ("empty", offender(NeedsRows)),
    ("one-row", offender(NeedsTwo)),
    ("odd-columns", offender(SqlNames)),
    ("all-null", offender(NeedsFlags)),
]
