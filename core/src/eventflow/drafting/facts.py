"""What is found in the columns of a data set, in two passes over the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import evolve, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.frame import EventFrame

FEW = 20
"""Values that differ, up to which a column of text is taken for one of categories."""

_OFTEN = 10  # rows a category has on average, at least
_PLAIN = r"^[0Aa\-_/.: ]{4,40}$"  # shorter forms are chance


@frozen(kw_only=True)
class Facts:
    """What was found in one column.

    Attributes:
        dtype: Its dtype.
        rows: Rows.
        values: Rows with a value.
        distinct: Values that differ, of whole numbers and text; 0 for other dtypes.
        least: Smallest number.
        shape: Form that every text has: digits as ``0``, letters as ``A`` and ``a``.
        categories: The values that occur, if they are few and occur often.
    """

    dtype: pl.DataType
    rows: int
    values: int
    distinct: int = 0
    least: Any = None
    shape: str | None = None
    categories: tuple[str, ...] | None = None

    @property
    def present(self) -> float:
        """Share of rows with a value."""
        return self.values / self.rows if self.rows else 0.0

    @property
    def distinct_all(self) -> bool:
        """Whether no value occurs twice and none is missing, among two or more."""
        return self.rows > 1 and self.distinct == self.rows


def facts_of(frame: EventFrame) -> dict[str, Facts]:
    """Look at every row and return column → what was found.

    Args:
        frame: The rows; NaN counts as missing.
    """
    columns = frame.columns()
    clean = frame.without_nan().lazy
    asked = {f"{i} {what}": e for i, c in enumerate(columns) for what, e in _asked(c, columns[c])}
    told = clean.select(pl.len().alias("rows"), **asked).collect(engine="streaming")
    row = told.row(0, named=True)
    found = {}
    for i, (name, dtype) in enumerate(columns.items()):
        found[name] = Facts(
            dtype=dtype,
            rows=row["rows"],
            values=row[f"{i} values"],
            distinct=row.get(f"{i} distinct") or 0,
            least=row.get(f"{i} least"),
            shape=row[f"{i} shape"] if row.get(f"{i} shapes") == 1 else None,
        )
    return _with_categories(clean, found)


def _asked(name: str, dtype: pl.DataType) -> Iterator[tuple[str, pl.Expr]]:
    column = pl.col(name)
    yield "values", column.count()
    if dtype.is_numeric():
        yield "least", column.min()
    if dtype.is_integer() or dtype == pl.String:
        yield "distinct", column.drop_nulls().n_unique()
    if dtype == pl.String:
        shape = (
            column.str.replace_all(r"[0-9]", "0")
            .str.replace_all(r"[A-Z]", "A")
            .str.replace_all(r"[b-z]", "a")
        )
        plain = pl.when(shape.str.contains(_PLAIN)).then(shape).otherwise(pl.lit(""))
        seen = pl.when(column.is_not_null()).then(plain)
        yield "shapes", seen.drop_nulls().n_unique()
        yield "shape", seen.max()


def _with_categories(clean: pl.LazyFrame, found: dict[str, Facts]) -> dict[str, Facts]:
    few = [
        name
        for name, facts in found.items()
        if facts.dtype == pl.String
        and 0 < facts.distinct <= FEW
        and facts.distinct * _OFTEN <= facts.values
    ]
    if not few:
        return found
    asked = {str(i): pl.col(n).drop_nulls().unique().sort().implode() for i, n in enumerate(few)}
    row = clean.select(**asked).collect(engine="streaming").row(0, named=True)
    known = {n: evolve(found[n], categories=tuple(row[str(i)])) for i, n in enumerate(few)}
    return found | known
