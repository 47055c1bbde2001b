"""The last row known before an event: as-of joins, in one place.

`join_asof` with `by` is silently wrong on rows that are not sorted, and leaves Polars' streaming
engine unless the plan sorts both sides; this is the only module that calls it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence


def latest(
    events: pl.LazyFrame,
    context: pl.LazyFrame,
    *,
    by: Sequence[str],
    on: tuple[str, str],
    inclusive: bool = False,
) -> pl.LazyFrame:
    """Add to each event the last row of its key that was known before it.

    Args:
        events: Rows with a key and a time; null in either finds nothing.
        context: Rows with the same columns of the key and one row for each key and time.
        by: Columns of the key, under the same names on both sides; none: one series.
        on: Column of the events' time, and that of the context's, which is kept; of one dtype.
        inclusive: Whether a row known at the very time of the event counts.

    Returns:
        The events, each once, with the context's other columns; null where nothing was known.
    """
    event_time, known = on
    ours = events.sort(*by, event_time, nulls_last=False)
    theirs = context.filter(pl.col(known).is_not_null()).sort(*by, known)
    return ours.join_asof(
        theirs,
        left_on=event_time,
        right_on=known,
        by=list(by) or None,
        strategy="backward",
        allow_exact_matches=inclusive,
        coalesce=False,
        check_sortedness=False,
    )
