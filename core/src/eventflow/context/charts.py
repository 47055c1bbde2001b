"""What a run shows of its context: how many events found some, and how old it was."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
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


SHARE: Final = "Events that found context"
"""Title of the chart of how many did."""

_WHOLE: Final = pl.LazyFrame({GROUPS: [0]}, schema={GROUPS: pl.Int64})
"""Facts of a chart whose marks are the whole, however many there are.

To count the marks would repeat their query: Polars shares what queries repeat, but nothing within
that, so the join would be executed once more.
"""


def found_share(joined: pl.LazyFrame, reason: str, context: str) -> Chart:
    """Return a bar with the share of events that found context.

    Args:
        joined: The joined rows.
        reason: Column that says why an event found nothing; null where it did.
        context: What the context is called.
    """
    found, without = pl.col(reason).null_count(), pl.col(reason).count()
    return _share(joined.select(found.alias(VALUE), without.alias(OTHER)), context)


def accounted_share(events: EventFrame, lost: Sequence[Account], context: str) -> Chart:
    """Return the same bar from what a join accounted for.

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
    counted = pl.concat([every, without], how="horizontal")
    return _share(counted.select(pl.col(VALUE) - pl.col(OTHER), OTHER), context)


def _share(counted: pl.LazyFrame, context: str) -> Chart:
    numbers = pl.col(VALUE, OTHER).cast(pl.Int64)
    return Chart(
        kind="bars",
        title=SHARE,
        marks=counted.select(pl.lit(context).alias(LABEL), numbers),
        facts=_WHOLE,
    )


def ages(joined: pl.LazyFrame, age: pl.Expr) -> Chart:
    """Return a bar for each range of ages of the context that was found.

    Args:
        joined: The joined rows.
        age: How long before the event its context became known, a duration; null where nothing
            was found.
    """
    names = [name for name, _ in _LIMITS]
    over = [age.count(), *((age > limit).sum() for _, limit in _LIMITS), pl.lit(0, pl.UInt32)]
    bars = [(more - less).alias(str(i)) for i, (more, less) in enumerate(pairwise(over))]
    words = [f"up to {name}" for name in names] + [f"more than {names[-1]}"]
    counted = (
        joined.select(bars)
        .unpivot(variable_name=LABEL, value_name=VALUE)
        .filter(pl.col(VALUE) > 0)
        .select(pl.col(LABEL).cast(pl.Int8), VALUE)
    )
    label = pl.col(LABEL).replace_strict(range(len(words)), words, return_dtype=pl.String)
    return Chart(
        kind="bars",
        title="Age of the context that was found",
        marks=counted.sort(LABEL).select(label, VALUE),
        facts=_WHOLE,
        y="age",
    )
