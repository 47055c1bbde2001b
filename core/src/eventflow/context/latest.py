"""The last row known before an event: as-of joins, in one place.

`join_asof` with `by` is silently wrong on rows that are not sorted, slow, and holds all of both
sides. Here the context is sorted, by one integer for key and time, and events are searched in it as
they stream by.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

import polars as pl
from attrs import frozen

from eventflow.context.codes import CODE, SERIES, Packing, in_order, numbered
from eventflow.context.lookup import looked_up

if TYPE_CHECKING:
    from collections.abc import Sequence

LATER = "__eventflow_later"
"""Hidden column: true where an event found nothing, and its key has context that comes later."""

_TIME, _PLACE = "__eventflow_time", "__eventflow_place"


class Settles(Protocol):
    """A rule that says which of several rows of context counts."""

    @property
    def times(self) -> Sequence[str]:
        """Columns of instants that it compares."""
        ...

    def settled(self, rows: pl.DataFrame, packing: Packing, kept: Sequence[str]) -> pl.DataFrame:
        """Return `CODE` and the kept columns of the rows that count, in the order of `CODE`."""
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

    The context is held, and sorted if it is not in the order of key and time; events stream.

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
    time, since = on
    ours, theirs = numbered(events, context.filter(pl.col(since).is_not_null()), by=by)
    schema = context.collect_schema()
    columns = {name: dtype for name, dtype in schema.items() if name not in by}
    build = partial(_index, time=since, columns=columns, inclusive=inclusive, versions=versions)
    found = looked_up(
        ours,
        theirs,
        build,
        adds={**columns, LATER: pl.Boolean()},
        asks={SERIES: pl.col(SERIES), _TIME: pl.col(time).to_physical()},
    )
    return found.drop(SERIES)


def _index(
    rows: pl.DataFrame,
    *,
    time: str,
    columns: dict[str, pl.DataType],
    inclusive: bool,
    versions: Settles | None,
) -> _Series:
    """Index rows of context."""
    packing = Packing.of(rows, [time, *(versions.times if versions else ())])
    coded = rows.with_columns(packing.code(time).alias(CODE))
    kept = [name for name in columns if name != time]
    if versions is None:
        held = in_order(coded, [CODE, *kept])
    else:
        held = versions.settled(coded, packing, kept).select(CODE, *kept)
    held = held.rechunk()
    return _Series(held, packing, columns, time, inclusive=inclusive)


@frozen(eq=False)
class _Series:
    """Rows of context, which events are searched in.

    Attributes:
        rows: The rows in the order of `CODE`.
        packing: How that was made.
        columns: Columns to return with their dtypes.
        time: The one that `CODE` tells.
        inclusive: Whether a row counts for events of its very time.
    """

    rows: pl.DataFrame
    packing: Packing
    columns: dict[str, pl.DataType]
    time: str
    inclusive: bool

    def ask(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Return the columns for a batch with `SERIES` and times, and `LATER`."""
        codes = batch.select(self.packing.code(_TIME).alias(CODE)).to_series()
        if codes.is_sorted():
            return self._searched(codes)
        order = codes.arg_sort()
        found = self._searched(codes.gather(order))
        back = pl.zeros(len(order), dtype=order.dtype, eager=True)
        back = back.scatter(order, back.cum_count() - 1)
        return found.select(pl.all().gather(back))

    def _searched(self, codes: pl.Series) -> pl.DataFrame:
        """Return the columns for codes in order: neighbours find neighbouring rows."""
        known, packing = self.rows[CODE], self.packing
        after = known.search_sorted(codes, side="right" if self.inclusive else "left")
        before = after - 1  # of the first row: the greatest there is, which is out of bounds
        code, last, following = pl.col("code"), pl.col("last"), pl.col("following")
        found = packing.same_series(last, code).fill_null(value=False)
        later = ~found & packing.same_series(following, code).fill_null(value=False)
        seen = pl.DataFrame(
            {
                "code": codes,
                "before": before,
                "last": known.gather(before, null_on_oob=True),
                "following": known.gather(after, null_on_oob=True),
            }
        ).select(
            pl.when(found).then("before").alias(_PLACE),
            pl.when(found).then(packing.instant(last, self.columns[self.time])).alias(self.time),
            later.alias(LATER),
        )
        others = self.rows.drop(CODE)
        made = [column.gather(seen[_PLACE]) for column in others]
        return seen.hstack(made).select(*self.columns, LATER)
