"""Which of several rows of context counts, when several speak of one key."""

from __future__ import annotations

from functools import partial, reduce
from operator import and_
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.context.codes import CODE, in_order, packed
from eventflow.context.errors import RepeatedContextError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.context.joining import Repeats

_SAME = "__eventflow_same"


@frozen(kw_only=True)
class Versions:
    """Rows of context in the order in which they can be used, and which of them are.

    Where `holds` is given, rows say since when their facts hold, and became known at other times:
    a row is of use once both have come, and never hides one whose facts are newer.

    Attributes:
        repeats: What rows of one key and the same times are: an error, or the first or the last in
            the order of all their values.
        columns: Columns whose values make that order.
        shown: Columns of key and times, to name an example.
        keys: What they are called.
        context: What the context is called.
        holds: Columns of instants since when facts hold and since when they are known, where they
            are two.
    """

    repeats: Repeats
    columns: Sequence[str]
    shown: Sequence[str]
    keys: Sequence[str]
    context: str
    holds: tuple[str, str] | None = None

    def settled(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return rows with `CODE` in its order: those that are used, one for each key and time.

        Raises:
            RepeatedContextError: EF383, when rows are read and `repeats` is ``error``.
        """
        times, refused = self.holds or (), self.repeats == "error"
        order = [*times, *(() if refused else self.columns)]
        ordered = rows.sort(CODE, *order, nulls_last=False) if order else in_order(rows)
        same = reduce(and_, (pl.col(c) == pl.col(c).shift(1) for c in (CODE, *times)))
        ordered = ordered.with_columns(same.fill_null(value=False).alias(_SAME))
        if refused:
            ordered = self._checked(ordered)
        elif self.repeats == "first":
            ordered = ordered.filter(~pl.col(_SAME))
        if self.holds:
            ordered = ordered.filter(_newest(self.holds[0]))
        if order:
            final = pl.col(CODE) != pl.col(CODE).shift(-1)
            ordered = ordered.filter(final.fill_null(value=True))
        return ordered.drop(_SAME)

    def _checked(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.map_batches(
            partial(_unique, shown=self.shown, keys=self.keys, context=self.context),
            streamable=True,
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
        )


def _newest(holds: str) -> pl.Expr:
    """Return whether, of the rows of its key in order so far, none has facts that are newer."""
    code = packed(pl.col(holds))
    return code == code.cum_max()


def _unique(
    rows: pl.DataFrame, *, shown: Sequence[str], keys: Sequence[str], context: str
) -> pl.DataFrame:
    """Return the rows as they are.

    Raises:
        RepeatedContextError: EF383, one has the key and the times of the one before.
    """
    if rows[_SAME].any():
        repeated = rows.filter(_SAME).select(shown).unique()
        example = ", ".join(str(value) for value in repeated.sort(pl.all()).row(0))
        raise RepeatedContextError.of_keys(context, keys, repeated.height, example)
    return rows
