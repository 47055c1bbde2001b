"""What a run shows of its context: how many events found some, and how old it was."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from eventflow.charts.chart import GROUPS, LABEL, OTHER, VALUE, Chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import Account, EventFrame

_LIMITS: Final = (
    ("1 s", timedelta(seconds=1)),
    ("10 s", timedelta(seconds=10)),
    ("1 min", timedelta(minutes=1)),
    ("5 min", timedelta(minutes=5)),
    ("15 min", timedelta(minutes=15)),
    ("30 min", timedelta(minutes=30)),
    ("1 h", timedelta(hours=1)),
    ("2 h", timedelta(hours=2)),
    ("6 h", timedelta(hours=6)),
    ("1 d", timedelta(days=1)),
    ("2 d", timedelta(days=2)),
    ("7 d", timedelta(days=7)),
    ("30 d", timedelta(days=30)),
    ("90 d", timedelta(days=90)),
    ("1 y", timedelta(days=365)),
)
"""Ages up to which context falls into one bar."""


def found_share(events: EventFrame, lost: Sequence[Account], context: str) -> Chart:
    """Return a bar with the share of events that found context.

    Args:
        events: The events as they came to the join.
        lost: What the join accounted for.
        context: What the context is called.
    """
    queries = [account.counts.filter(pl.col("reason").is_not_null()) for account in lost]
    nothing = [q.select(pl.col("rows").sum().cast(pl.Int64)) for q in queries]
    zero = pl.LazyFrame({"rows": [0]}, schema={"rows": pl.Int64})
    without = pl.concat([zero, *nothing]).select(pl.col("rows").sum().alias(OTHER))
    every = events.lazy.select(pl.len().cast(pl.Int64).alias(VALUE))
    return Chart(
        kind="bars",
        title="Events that found context",
        marks=pl.concat([every, without], how="horizontal").select(
            pl.lit(context).alias(LABEL), pl.col(VALUE) - pl.col(OTHER), OTHER
        ),
    )


def ages(joined: pl.LazyFrame, age: pl.Expr) -> Chart:
    """Return a bar for each range of ages of the context that was found.

    Args:
        joined: The joined rows.
        age: How long before the event its context became known, a duration; null where nothing
            was found.
    """
    limits = [limit for _, limit in _LIMITS]
    names = [name for name, _ in _LIMITS]
    last = len(limits)
    place: pl.Expr = pl.when(age.is_not_null()).then(pl.lit(last, pl.Int8))
    for i, limit in reversed(list(enumerate(limits))):
        place = pl.when(age <= limit).then(pl.lit(i, pl.Int8)).otherwise(place)
    counted = (
        joined.group_by(place.alias("place"))
        .agg(pl.len().alias(VALUE))
        .filter(pl.col("place").is_not_null())
    )
    words = [f"up to {name}" for name in names] + [f"more than {names[-1]}"]
    label = pl.col("place").replace_strict(range(last + 1), words, return_dtype=pl.String)
    return Chart(
        kind="bars",
        title="Age of the context that was found",
        marks=counted.sort("place").select(label.alias(LABEL), VALUE),
        facts=counted.select(pl.len().cast(pl.Int64).alias(GROUPS)),
        y="age",
    )
