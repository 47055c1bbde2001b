"""Which of several rows of context counts, when several speak of one key."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.context.codes import CODE, SERIES, in_order
from eventflow.context.errors import RepeatedContextError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.context.codes import Packing
    from eventflow.context.joining import Repeats


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

    @property
    def times(self) -> Sequence[str]:
        """Columns of instants that it compares."""
        return self.holds or ()

    def settled(self, rows: pl.DataFrame, packing: Packing, kept: Sequence[str]) -> pl.DataFrame:
        """Return the rows that are used in the order of `CODE`, one for each key and time.

        Raises:
            RepeatedContextError: EF383, several rows are one, and `repeats` is ``error``.
        """
        refused, version = self.repeats == "error", (CODE, *self.times)
        order = [*self.times, *(() if refused else self.columns)]
        names = list(dict.fromkeys((*version, SERIES, *kept) if self.holds else (CODE, *kept)))
        if order:
            ordered = rows.select(names).sort(CODE, *order, nulls_last=False)
        else:
            ordered = in_order(rows, names)
        same = reduce(and_, (ordered[c] == ordered[c].shift(1) for c in version))
        if refused:
            self._check(rows, ordered.filter(same).select(version))
        elif self.repeats == "first":
            ordered = ordered.filter(~same.fill_null(value=False))
        if self.holds:
            ordered = ordered.filter(_newest(self.holds[0], packing))
        if order:
            final = ordered[CODE] != ordered[CODE].shift(-1)
            ordered = ordered.filter(final.fill_null(value=True))
        return ordered

    def _check(self, rows: pl.DataFrame, repeated: pl.DataFrame) -> None:
        if repeated.height:
            values = rows.join(repeated, on=repeated.columns, how="semi").select(self.shown)
            values = values.unique().sort(pl.all())
            example = ", ".join(str(value) for value in values.row(0))
            raise RepeatedContextError.of_keys(self.context, self.keys, values.height, example)


def _newest(holds: str, packing: Packing) -> pl.Expr:
    """Return whether, of the rows of its key in order so far, none has facts that are newer."""
    code = packing.code(holds)
    return code == code.cum_max()
