"""Steps whose answer depends on what it must not depend on."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from contract_offenders import offender
from eventflow.testing.frames import sample_events
from eventflow.types import WHOLE, Locality
from honest_steps import AverageAmount, Double, Highest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Step


class TakesFirst(AverageAmount):
    """Keeps the amount that comes first."""

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        amount = pl.col("amount").drop_nulls().first()
        return rows.group_by(self.by, maintain_order=True).agg(total=amount, known=pl.lit(1))


class LatestByTime(AverageAmount):
    """Keeps the amount of the latest time, whichever of several."""

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        latest = pl.col("amount").sort_by("time", maintain_order=True).last()
        return rows.group_by(self.by, maintain_order=True).agg(
            total=latest, known=pl.lit(1, pl.UInt32), time=pl.col("time").max()
        )

    def merge(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        latest = pl.col("total", "known", "time").sort_by("time", maintain_order=True).last()
        return partials.group_by(self.by, maintain_order=True).agg(latest)


class ByBatch(Double):
    """Adds the largest amount of the batch that Polars happens to hand it."""

    @property
    def locality(self) -> Locality:
        return WHOLE

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        return None

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        def turn(rows: pl.DataFrame) -> pl.DataFrame:
            return rows.with_columns(double=pl.col("amount") + pl.col("amount").max())

        planned = {**frame.columns(), "double": pl.Float64()}
        flag = pl.col("flag").fill_null(value=False)
        parts = pl.concat([frame.lazy.filter(flag), frame.lazy.filter(~flag)])
        return frame.with_lazy(parts.map_batches(turn, schema=planned, streamable=True))


class Random(Double):
    """Adds noise without a seed."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        noise = random.random()  # noqa: S311 - the mistake is the missing seed
        return frame.pipe(lambda rows: rows.with_columns(double=pl.col("amount") + noise))


class LearnsInApply(Double):
    """Divides by the mean of whatever rows are there."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        share = pl.col("amount") / pl.col("amount").max()
        return frame.pipe(lambda rows: rows.with_columns(double=share))


class SharesOfAll(AverageAmount):
    """Tells each entity its share of all."""

    def finish(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        share = pl.col("average") / pl.col("average").max()
        return super().finish(partials).with_columns(share)


class MergesMeans(AverageAmount):
    """Averages averages."""

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.group_by(self.by).agg(average=pl.col("amount").mean())

    def merge(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        return partials.group_by(self.by).agg(pl.col("average").mean())

    def finish(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        return partials


class KnowsTheFuture(AverageAmount):
    """Takes every row, whenever it happened."""

    def at(self, as_of: datetime) -> Step:
        return self


class CountsTheMoment(AverageAmount):
    """Counts what happens at the very moment."""

    def at(self, as_of: datetime) -> Step:
        return super().at(as_of + timedelta(microseconds=1))


class LooksAhead(Highest):
    """Adds the highest amount the entity will ever have."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        highest = pl.col("amount").max().over("entity")
        return frame.pipe(lambda rows: rows.with_columns(highest=highest))


class LooksAheadByRole(Highest):
    """The same, and does not say which column is the time."""

    @property
    def locality(self) -> Locality:
        return Locality("ordered", ("entity",))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return LooksAhead().apply(frame, state)


class CentresByAll(Highest):
    """Knows the mean of rows that are yet to come."""

    locality = WHOLE

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        centred = pl.col("amount") - pl.col("amount").mean()
        return frame.pipe(lambda rows: rows.with_columns(centred=centred))


class AsOfTheLast(Highest):
    """Takes the latest time of the data for the moment of the run."""

    locality = WHOLE

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        age = (pl.col("time").max() - pl.col("time")).dt.total_days()
        return frame.pipe(lambda rows: rows.with_columns(age=age))


class SeesPeers(Highest):
    """Counts what happens at the very time of the row."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        total = pl.col("amount").sum().over("entity", "time")
        return frame.pipe(lambda rows: rows.with_columns(total=total))


class AsksTheClock(Double):
    """Takes the machine's time for a part of its answer."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        double = pl.col("amount") * datetime.now(UTC).year
        return frame.pipe(lambda rows: rows.with_columns(double=double))


class Nan(Double):
    """Divides zero by zero."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        share = pl.col("amount") / pl.col("amount")
        return frame.pipe(lambda rows: rows.with_columns(double=share))


APART = sample_events().collect().unique("time").sort("time")
"""Events without ties in time."""
PAIR = APART.filter(pl.col("amount") > 0, pl.col("flag").is_not_null()).group_by("flag").first()
"""Two events, one of each flag."""
ROLES = sample_events().schema

GOOD: list[Any] = []
BAD = [
    ("row-order", offender(TakesFirst, "split-parts", "time-ties")),
    ("time-ties", offender(LatestByTime, frame=APART, schema=ROLES)),
    ("engines", offender(ByBatch, "no-python", frame=PAIR, schema=ROLES)),
    (
        "deterministic",
        offender(
            Random,
            "row-order",
            "time-ties",
            "engines",
            "split-rows",
            "reads",
            "in-pipeline",
            "no-clock",
        ),
    ),
    ("split-rows", offender(LearnsInApply)),
    ("split-groups", offender(SharesOfAll)),
    ("split-parts", offender(MergesMeans)),
    ("no-look-ahead", offender(KnowsTheFuture)),
    ("no-look-ahead", offender(CountsTheMoment)),
    ("no-clock", offender(AsksTheClock)),
    ("no-hindsight", offender(LooksAhead, "no-peers")),
    ("no-hindsight", offender(LooksAheadByRole, "no-peers")),
    ("no-hindsight", offender(CentresByAll, "no-peers")),
    ("no-hindsight", offender(AsOfTheLast)),
    ("no-peers", offender(SeesPeers)),
    ("no-nan", offender(Nan)),
]
