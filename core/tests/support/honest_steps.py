"""Small honest steps, from which the steps that break one law each are made by one change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import polars as pl

from eventflow.base import BaseAggregateStep, BaseStep
from eventflow.frame import EventFrame, Rejection
from eventflow.quality import Verdict
from eventflow.types import Locality, Rows, ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.schema import EventSchema


class Double(BaseStep):
    """Doubles the amount."""

    rows: ClassVar[Rows] = "kept"

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        return frozenset({"amount"})

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.pipe(lambda rows: rows.with_columns(double=pl.col("amount") * 2))


class Paid(BaseStep):
    """Keeps what was paid."""

    rows: ClassVar[Rows] = "accounted"

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.reject(
            Rejection("amount unknown", pl.col("amount").is_null(), "quarantined"),
            Rejection("refund", pl.col("amount") < 0),
        )


class AverageAmount(BaseAggregateStep):
    """Averages the amounts of each entity."""

    by = ("entity",)

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        amount = pl.col("amount")
        return rows.group_by(self.by).agg(total=amount.sum(), known=amount.count())

    def merge(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        return partials.group_by(self.by).agg(pl.col("total", "known").sum())

    def finish(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        mean = pl.when(pl.col("known") > 0).then(pl.col("total") / pl.col("known"))
        return partials.select(*self.by, mean.alias("average"))


class Highest(BaseStep):
    """Adds the highest amount of the entity before."""

    rows: ClassVar[Rows] = "kept"

    @property
    def locality(self) -> Locality:
        return ordered("entity", time="time")

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        before = pl.col("amount").cum_max().shift().over("entity", order_by=["time", "amount"])
        highest = before.first().over("entity", "time", order_by="amount")
        return frame.pipe(lambda rows: rows.with_columns(highest=highest))


class Gate(BaseStep):
    """Wants an amount in most rows."""

    rows: ClassVar[Rows] = "kept"

    def measure(self, frame: EventFrame) -> pl.LazyFrame | None:
        return frame.lazy.select(known=pl.col("amount").count(), rows=pl.len())

    def judge(self, metrics: pl.DataFrame) -> Verdict | None:
        known, rows = metrics.row(0)
        reasons = () if known * 2 >= rows else ("most amounts are missing",)
        return Verdict(score=None, minimum=None, reasons=reasons)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame


@attrs.frozen
class Top:
    """The largest amount."""

    largest: float | None


class Scale(BaseStep):
    """Divides amounts by the largest one learned; larger ones count as the largest."""

    rows: ClassVar[Rows] = "kept"

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        return frame.lazy.select(pl.col("amount").max())

    def fit(self, statistics: pl.DataFrame) -> Any:
        return Top(statistics.item())

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        share = pl.col("amount") / state.largest if state.largest else pl.lit(None, pl.Float64)
        return frame.pipe(lambda rows: rows.with_columns(share=share.clip(upper_bound=1)))
