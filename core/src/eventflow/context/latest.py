"""The last row known before an event: as-of joins, in one place.

`join_asof` with `by` is silently wrong on rows that are not sorted, slow, and leaves Polars'
streaming engine; this is the only module that calls it, on one integer for key and time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import polars as pl

from eventflow.context.codes import CODE, LOWEST, coded, in_order, same_key

if TYPE_CHECKING:
    from collections.abc import Sequence

LATER = "__eventflow_later"
"""Hidden column: true where an event found nothing, and its key has context that comes later."""

_THEIRS, _NEXT = "__eventflow_their_code", "__eventflow_next_code"


class Settles(Protocol):
    """A rule that says which of several rows of context counts."""

    def settled(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return the rows that do, in the order of `CODE`."""
        ...


def latest(  # noqa: PLR0913 - all but the sides are keyword-only
    events: pl.LazyFrame,
    context: pl.LazyFrame,
    *,
    by: Sequence[str],
    on: tuple[str, str],
    inclusive: bool = False,
    versions: Settles | None = None,
) -> pl.LazyFrame:
    """Add to each event the last row of its key that was known before it.

    Either side is sorted if it is not in the order of key and time.

    Args:
        events: Rows with a key and a time; null in either finds nothing.
        context: Rows with the same columns of the key, and a time.
        by: Columns of the key, under the same names and of the same dtypes on both sides; none: one
            series.
        on: Column of the events' time, and that of the context's, which is kept; both
            instants in one unit, as `times` gives them.
        inclusive: Whether a row known at the very time of the event counts.
        versions: Which of several rows counts; not given: each key and time has one row.

    Returns:
        The events, each once, with the context's other columns, null where nothing was known, and
        `LATER`.
    """
    names = [name for name in context.collect_schema() if name not in by]
    ours, theirs = coded(events, context, by=by, on=on)
    rows = in_order(theirs) if versions is None else versions.settled(theirs)
    rows = _from_none(rows.select(*names, pl.col(CODE).alias(_THEIRS)))
    joined = in_order(ours).join_asof(
        rows.with_columns(pl.col(_THEIRS).shift(-1).alias(_NEXT)),
        left_on=CODE,
        right_on=_THEIRS,
        strategy="backward",
        allow_exact_matches=inclusive,
        check_sortedness=False,
        coalesce=False,
    )
    found = same_key(CODE, _THEIRS)
    return joined.select(
        *events.collect_schema(),
        *(pl.when(found).then(pl.col(name)).alias(name) for name in names),
        (~found & same_key(CODE, _NEXT)).alias(LATER),
    )


def _from_none(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return rows in order after one of no key, so that every event has a row before it."""
    empty = pl.DataFrame(schema=rows.collect_schema()).clear(1)
    return pl.concat([empty.with_columns(LOWEST.alias(_THEIRS)).lazy(), rows])
