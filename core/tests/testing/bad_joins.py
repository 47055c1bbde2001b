"""Context joins that break one law each, and two honest ones: by key, and as of a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import polars as pl

from contract_offenders import offender
from eventflow.base import BaseContextJoin
from eventflow.context.charts import ages
from eventflow.errors import EventflowError
from eventflow.frame import Account, EventFrame
from eventflow.testing.frames import sample_events, sample_history

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = "entity"
FOUND = "__found"
NOTHING = "no context"


class ClashError(EventflowError):
    """Both sides have a column of one name."""

    code = "EF999"

    @classmethod
    def of_columns(cls, columns: Sequence[str]) -> Self:
        """Name the columns."""
        return cls.of(f"both have {', '.join(columns)}")


class Exact(BaseContextJoin):
    """Adds the context of the same key; of several rows, the one that became known last."""

    def join(self, events: EventFrame, context: EventFrame) -> EventFrame:
        columns = self.columns(events, context)
        chosen = self.chosen(context.lazy, columns)
        return self.told(events, self.matched(events.lazy, chosen), columns)

    def columns(self, events: EventFrame, context: EventFrame) -> list[str]:
        ours, theirs = events.columns().names(), context.columns().names()
        added = [c for c in theirs if c not in {KEY, "known_at"}]
        if clash := sorted(set(added) & set(ours)):
            raise ClashError.of_columns(clash)
        return added

    def chosen(self, context: pl.LazyFrame, columns: Sequence[str]) -> pl.LazyFrame:
        latest = pl.struct(columns).sort_by("known_at", *columns).last()
        known = context.filter(pl.col(KEY).is_not_null()).group_by(KEY).agg(latest.alias(FOUND))
        return known.unnest(FOUND).with_columns(pl.lit(value=True).alias(FOUND))

    def matched(self, events: pl.LazyFrame, chosen: pl.LazyFrame) -> pl.LazyFrame:
        return events.join(chosen, on=KEY, how="left")

    def told(self, events: EventFrame, rows: pl.LazyFrame, columns: list[str]) -> EventFrame:
        missed = rows.select(reason=pl.lit(NOTHING), rows=pl.col(FOUND).is_null().sum())
        names = [*events.columns().names(), *columns]
        return events.with_lazy(rows.select(names)).account(
            Account(missed.select(pl.col("reason").first(), "rows"), {NOTHING: self.outcome()})
        )

    def outcome(self) -> Any:
        return "flagged"


class AsOf(Exact):
    """Adds what was known of the key at the event's time."""

    def join(self, events: EventFrame, context: EventFrame) -> EventFrame:
        columns = self.columns(events, context)
        known = context.lazy.filter(pl.col(KEY).is_not_null(), pl.col("known_at").is_not_null())
        values = pl.struct(columns).sort_by(columns).last().alias(FOUND)
        once = known.group_by(KEY, "known_at").agg(values).unnest(FOUND)
        chosen = once.with_columns(pl.lit(value=True).alias(FOUND)).sort("known_at")
        timed = events.lazy.filter(pl.col("time").is_not_null()).sort("time")
        found = timed.join_asof(
            chosen,
            left_on="time",
            right_on="known_at",
            by=KEY,
            strategy=self.strategy(),
            check_sortedness=False,
        ).drop("known_at", strict=False)
        lost = events.lazy.filter(pl.col("time").is_null())
        rows = pl.concat([found, lost], how="diagonal")
        return self.told(events, rows, columns)

    def strategy(self) -> Any:
        return "backward"


class Nearest(AsOf):
    """Takes the nearest in time, future or past."""

    def strategy(self) -> Any:
        return "nearest"


class JoinsEagerly(Exact):
    """Collects the context."""

    def chosen(self, context: pl.LazyFrame, columns: Sequence[str]) -> pl.LazyFrame:
        return super().chosen(context, columns).collect().lazy()


class Inner(Exact):
    """Keeps only what it finds."""

    def matched(self, events: pl.LazyFrame, chosen: pl.LazyFrame) -> pl.LazyFrame:
        return events.join(chosen, on=KEY, how="inner")


class MatchesNothing(Exact):
    """Compares keys that never match."""

    def chosen(self, context: pl.LazyFrame, columns: Sequence[str]) -> pl.LazyFrame:
        return (
            super().chosen(context, columns).with_columns(pl.lit("x").add(pl.col(KEY)).alias(KEY))
        )


class CallsThemGone(Exact):
    """Counts events that stay as rows that left."""

    def outcome(self) -> Any:
        return "unmatched"


class TellsNothing(Exact):
    """Counts nothing."""

    def told(self, events: EventFrame, rows: pl.LazyFrame, columns: list[str]) -> EventFrame:
        return events.with_lazy(rows.select(*events.columns().names(), *columns))


class MakesRows(Exact):
    """Adds a row where there is none."""

    def told(self, events: EventFrame, rows: pl.LazyFrame, columns: list[str]) -> EventFrame:
        made = super().told(events, rows, columns)
        none = made.lazy.select(pl.all().first()).filter(pl.lit(value=True))
        total = made.lazy.select(pl.len().alias(FOUND))
        first = none.join(total, how="cross").filter(pl.col(FOUND) == 0).drop(FOUND)
        return made.with_lazy(pl.concat([made.lazy, first]))


class Multiplies(Exact):
    """Takes every row of context."""

    def chosen(self, context: pl.LazyFrame, columns: Sequence[str]) -> pl.LazyFrame:
        rows = context.filter(pl.col(KEY).is_not_null()).select(KEY, *columns)
        return rows.with_columns(pl.lit(value=True).alias(FOUND))


class TakesTheFirst(Exact):
    """Takes the row of context that comes first."""

    def chosen(self, context: pl.LazyFrame, columns: Sequence[str]) -> pl.LazyFrame:
        rows = context.filter(pl.col(KEY).is_not_null())
        first = rows.unique(KEY, keep="first", maintain_order=True).select(KEY, *columns)
        return first.with_columns(pl.lit(value=True).alias(FOUND))


class LooksAround(Exact):
    """Ranks an event's rating among the others."""

    def told(self, events: EventFrame, rows: pl.LazyFrame, columns: list[str]) -> EventFrame:
        top = pl.col(columns[-1]) / pl.col(columns[-1]).sum()
        return super().told(events, rows.with_columns(top), columns)


class ByBatch(Exact):
    """Adds the number of rows of the batch that Polars happens to hand it."""

    def matched(self, events: pl.LazyFrame, chosen: pl.LazyFrame) -> pl.LazyFrame:
        def turn(rows: pl.DataFrame) -> pl.DataFrame:
            return rows.with_columns(batch=pl.lit(rows.height, pl.Float64))

        each = pl.concat([events.filter(pl.col("flag")), events.filter(~pl.col("flag"))])
        planned = {**each.collect_schema(), "batch": pl.Float64()}
        rows = each.map_batches(turn, schema=planned, streamable=True)
        return rows.join(chosen, on=KEY, how="left").with_columns(
            pl.col("rating") + pl.col("batch")
        )


class NullsMatch(Exact):
    """Takes two unknown customers for one."""

    def chosen(self, context: pl.LazyFrame, columns: Sequence[str]) -> pl.LazyFrame:
        latest = pl.struct(columns).sort_by("known_at", *columns).last()
        known = context.group_by(KEY).agg(latest.alias(FOUND)).unnest(FOUND)
        return known.with_columns(pl.lit(value=True).alias(FOUND))

    def matched(self, events: pl.LazyFrame, chosen: pl.LazyFrame) -> pl.LazyFrame:
        return events.join(chosen, on=KEY, how="left", nulls_equal=True)


class Overwrites(Exact):
    """Lets the context's column win."""

    def columns(self, events: EventFrame, context: EventFrame) -> list[str]:
        theirs = context.columns().names()
        return [c for c in theirs if c not in {KEY, "known_at"}]

    def matched(self, events: pl.LazyFrame, chosen: pl.LazyFrame) -> pl.LazyFrame:
        theirs = [c for c in chosen.collect_schema().names() if c != KEY]
        return events.drop(theirs, strict=False).join(chosen, on=KEY, how="left")

    def told(self, events: EventFrame, rows: pl.LazyFrame, columns: list[str]) -> EventFrame:
        made = super().told(events, rows, [c for c in columns if c not in events.columns()])
        return made.with_lazy(rows.drop(FOUND))


class DrawsAge(Exact):
    """Asks for a picture of how old its context is, by a column that no row has."""

    def told(self, events: EventFrame, rows: pl.LazyFrame, columns: list[str]) -> EventFrame:
        return super().told(events, rows, columns).charted(ages(rows, pl.col("age")))


EVENTS = sample_events()
ROLES = EVENTS.schema
PAIR = EVENTS.collect().filter(pl.col("entity") == "ada", pl.col("flag").is_not_null())
PAIR = PAIR.sort("time").group_by("flag").first()
"""Two events of one customer, one of each flag."""

GOOD = [offender(Exact), offender(AsOf, capabilities=["timed"])]
BAD = [
    ("join-lazy", offender(JoinsEagerly)),
    (
        "join-keeps-events",
        offender(Inner, "join-unmatched", "join-repeats"),
    ),
    ("join-adds", offender(MatchesNothing)),
    ("join-unmatched", offender(CallsThemGone)),
    ("join-unmatched", offender(TellsNothing)),
    ("join-empty-events", offender(MakesRows, "join-split")),
    ("join-repeats", offender(Multiplies)),
    ("join-row-order", offender(TakesTheFirst, "join-repeats", context=sample_history())),
    ("join-split", offender(LooksAround)),
    ("join-engines", offender(ByBatch, frame=PAIR, schema=ROLES)),
    ("join-null-keys", offender(NullsMatch)),
    ("join-name-clash", offender(Overwrites)),
    ("charts", offender(DrawsAge)),
    ("join-no-look-ahead", offender(Nearest, capabilities=["timed"])),
]
