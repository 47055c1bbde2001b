"""Steps that learn badly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import polars as pl

from contract_offenders import offender
from honest_steps import Double, Scale, Top

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema


@attrs.define
class Loose:
    """The largest amount, for now."""

    largest: float | None


@attrs.frozen
class Kept:
    """The largest amount, as a series, which no file holds."""

    largest: Any


@attrs.frozen
class Categories:
    """The categories seen."""

    names: tuple[str, ...]


class LearnsADict(Scale):
    """Learns a dict."""

    def fit(self, statistics: pl.DataFrame) -> Any:
        return {"largest": statistics.item()}

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return super().apply(frame, Top(state["largest"]))


class LearnsLoosely(Scale):
    """Learns what can be changed."""

    def fit(self, statistics: pl.DataFrame) -> Any:
        return Loose(statistics.item())


class LearnsWhatNoFileHolds(Scale):
    """Learns a series."""

    def fit(self, statistics: pl.DataFrame) -> Any:
        return Kept(frozenset(statistics.to_series().to_list()))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        if not isinstance(state.largest, frozenset):
            state = Kept([None])
        return super().apply(frame, Top(next(iter(state.largest))))


class LearnsTheFirst(Scale):
    """Learns the amount that comes first."""

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        return frame.lazy.select(pl.col("amount").drop_nulls().first())

    def fit(self, statistics: pl.DataFrame) -> Any:
        return Kept(statistics.item())

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame


class KnowsItsCategories(Scale):
    """Maps the categories it has seen, and fails at any other."""

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        return frame.lazy.select(pl.col("category").drop_nulls().unique().sort().implode())

    def fit(self, statistics: pl.DataFrame) -> Any:
        return Categories(tuple(statistics.item()))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        numbers = {name: n for n, name in enumerate(state.names)}
        number = pl.col("category").replace_strict(numbers, return_dtype=pl.Int64)
        return frame.pipe(
            lambda rows: rows.with_columns(number=number if numbers else pl.lit(None, pl.Int64))
        )


class NamedByValues(KnowsItsCategories):
    """Makes a column for each category it has seen."""

    fixed_schema = True

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        known = {f"is_{name}": pl.col("category") == name for name in state.names}
        return frame.pipe(lambda rows: rows.with_columns(**known))


class OneZone(Double):
    """Compares with a moment in UTC, whatever the times are."""

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        return None

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        limit = pl.lit("2020-03-01 00:00:00+00:00").str.to_datetime(time_zone="UTC")
        return frame.pipe(lambda rows: rows.with_columns(double=pl.col("time") < limit))


GOOD: list[Any] = []
BAD = [
    ("state-value", offender(LearnsADict, "state-saved")),
    ("state-value", offender(LearnsLoosely)),
    ("state-saved", offender(LearnsWhatNoFileHolds)),
    ("fit-order", offender(LearnsTheFirst)),
    ("fixed-schema", offender(NamedByValues, "all-null", "empty", "one-row")),
    ("new-data", offender(KnowsItsCategories)),
    ("times", offender(OneZone)),
]
