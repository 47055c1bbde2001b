"""The contract of an aggregate: the same answer for any split of the rows, in any order.

An aggregate is given as three sets of expressions, after the scheme of Gray et al., "Data Cube"
(1997, distributive and algebraic functions), as used for parallel aggregation everywhere:

- ``partial`` folds raw rows into a few named columns per group,
- ``merge`` folds several partials of one group into one partial of the same shape,
- ``finish`` turns a partial into the answer.

``finish(partial(rows))`` and ``finish(merge(partial(part) for part in split(rows)))`` agree to the
aggregate's parity class. Partial columns are named by what they hold, so that aggregates that need
the same sum share one column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import polars as pl
from attrs import field, frozen

if TYPE_CHECKING:
    from eventflow.blueprint import Parity


@frozen(kw_only=True)
class Selection:
    """The values an aggregate looks at: an expression, on the rows that match a condition.

    Attributes:
        label: Text that stands for `value` and `where` together. Two selections with one label
            must mean the same; their partial columns are shared.
        value: Expression of one value per row. Nulls are ignored by every aggregate.
        where: Boolean expression; only rows where it is true count. None: all rows.
    """

    label: str
    value: pl.Expr = field(eq=False)
    where: pl.Expr | None = field(default=None, eq=False)

    def values(self) -> pl.Expr:
        """Return the values, null on rows that do not match.

        Masking instead of ``filter`` keeps every window of a query in one streaming group-by.
        """
        return self.value if self.where is None else pl.when(self.where).then(self.value)

    def rows(self) -> pl.Expr:
        """Return the number of matching rows, whatever their values."""
        return pl.len() if self.where is None else self.where.sum()


@runtime_checkable
class Aggregate(Protocol):
    """Folds the rows of a group into one value.

    Its docstring states what it answers when no value is left (0 or null), and the source of its
    formula.

    Attributes:
        name: Column of the answer.
        of: The values it looks at.
    """

    @property
    def name(self) -> str:
        """Column of the answer."""
        ...

    @property
    def of(self) -> Selection:
        """The values it looks at."""
        ...

    def parity(self, dtype: pl.DataType) -> Parity:
        """Return how nearly two ways of splitting the rows agree, for values of this dtype."""
        ...

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Return partial column → aggregation over raw rows whose values have this dtype."""
        ...

    def merge(self) -> dict[str, pl.Expr]:
        """Return partial column → aggregation over partial columns; the same names as `partial`."""
        ...

    def finish(self) -> pl.Expr:
        """Return the answer, named `name`, as an expression over one partial row."""
        ...

    def direct(self, dtype: pl.DataType) -> pl.Expr | None:
        """Return the answer as one aggregation over raw rows, if that is cheaper; else None.

        It must equal ``finish`` of ``partial``. Used when the rows are not split.
        """
        ...

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Return the answer's dtype for values of this dtype; None if it cannot take them."""
        ...
