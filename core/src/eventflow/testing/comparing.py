"""Comparing rows as multisets, each column to its parity class, and saying where they differ.

Row order is never part of an answer, so rows are matched by key, or by everything exact in them.
"""

from __future__ import annotations

from collections import defaultdict
from math import isnan
from typing import TYPE_CHECKING, Any

from attrs import frozen

from eventflow.blueprint import EXACT, Parity, close

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

_CANCELS = 1e-6
"""Share of a column's largest value below which the rounding of larger numbers may show."""
_LONG = 60

Row = tuple[Any, ...]


def differences(
    found: pl.DataFrame,
    expected: pl.DataFrame,
    *,
    key: Sequence[str] = (),
    parity: Mapping[str, Parity] | None = None,
) -> str | None:
    """Say where two tables differ as multisets of rows; None when they agree.

    Args:
        found: The rows to judge.
        expected: What they should be.
        key: Columns that identify a row; every exact column if not given.
        parity: Column → how nearly its values agree; floats default to ``close(1e-9)``, everything
            else to ``exact``.

    Returns:
        One sentence: which columns, dtypes or rows are missing or surplus, or which column of
        which row has which two values.
    """
    if told := _schemas(found, expected):
        return told
    matcher = Matcher.of(expected, key=key, parity=parity or {})
    return matcher.compare(found.select(expected.columns).rows(), expected.rows())


@frozen
class Matcher:
    """Matches rows of two tables with the same columns.

    Attributes:
        columns: Names of the columns.
        key: Positions of the columns by which rows are matched.
        parity: Parity class of each column.
        scales: Largest magnitude in each float column; 0 for the others.
    """

    columns: tuple[str, ...]
    key: tuple[int, ...]
    parity: tuple[Parity, ...]
    scales: tuple[float, ...]

    @classmethod
    def of(
        cls, table: pl.DataFrame, *, key: Sequence[str], parity: Mapping[str, Parity]
    ) -> Matcher:
        """Prepare to match rows with those of a table."""
        usual = {c: close() if t.is_float() else EXACT for c, t in table.schema.items()}
        told = {**usual, **{c: p for c, p in parity.items() if c in usual}}
        chosen = key or [c for c, p in told.items() if p == EXACT]
        return cls(
            columns=tuple(table.columns),
            key=tuple(table.columns.index(c) for c in chosen),
            parity=tuple(told.values()),
            scales=tuple(_scale(table[c]) for c in table.columns),
        )

    def compare(self, found: list[Row], expected: list[Row]) -> str | None:
        """Say where the rows differ first; None when they agree."""
        ours, theirs = self._grouped(found), self._grouped(expected)
        for group in dict.fromkeys((*theirs, *ours)):
            if told := self._group(group, ours.get(group, []), theirs.get(group, [])):
                return told
        return None

    def _grouped(self, rows: Iterable[Row]) -> dict[Row, list[Row]]:
        groups: defaultdict[Row, list[Row]] = defaultdict(list)
        for row in rows:
            groups[tuple(_comparable(row[i]) for i in self.key)].append(row)
        return groups

    def _group(self, group: Row, found: list[Row], expected: list[Row]) -> str | None:
        if len(found) != len(expected):
            return f"{self._named(group)}: {_rows(len(found))}, expected {len(expected)}"
        left = list(found)
        for row in expected:
            match = next((i for i, other in enumerate(left) if self._agree(other, row)), None)
            if match is None:
                return f"{self._named(group)}: {self._apart(left[0], row)}"
            left.pop(match)
        return None

    def _agree(self, found: Row, expected: Row) -> bool:
        return all(
            self._same(i, a, b) for i, (a, b) in enumerate(zip(found, expected, strict=True))
        )

    def _apart(self, found: Row, expected: Row) -> str:
        pairs = enumerate(zip(found, expected, strict=True))
        told = [
            f"{self.columns[i]} is {_shown(a)}, expected {_shown(b)} ({self.parity[i]})"
            for i, (a, b) in pairs
            if not self._same(i, a, b)
        ]
        return "; ".join(told[:3]) or "the same values, another number of times"

    def _same(self, column: int, found: Any, expected: Any) -> bool:
        if not (isinstance(found, float) and isinstance(expected, float)):
            return bool(_comparable(found) == _comparable(expected))
        if isnan(found) or isnan(expected):
            return isnan(found) and isnan(expected)
        largest = max(abs(found), abs(expected), self.scales[column] * _CANCELS)
        return found == expected or abs(found - expected) <= self.parity[column].tolerance * largest

    def _named(self, group: Row) -> str:
        names = (self.columns[i] for i in self.key)
        told = ", ".join(f"{n}={_shown(v)}" for n, v in zip(names, group, strict=True))
        return f"row {told}" if told else "rows"


def _schemas(found: pl.DataFrame, expected: pl.DataFrame) -> str | None:
    ours, theirs = found.schema, expected.schema
    if lacking := [c for c in theirs if c not in ours]:
        return f"lacks the columns {', '.join(lacking)}"
    if surplus := [c for c in ours if c not in theirs]:
        return f"has the surplus columns {', '.join(surplus)}"
    for column, dtype in theirs.items():
        if ours[column] != dtype:
            return f"column {column} is {ours[column]}, expected {dtype}"
    return None


def _scale(column: pl.Series) -> float:
    if not column.dtype.is_float():
        return 0.0
    largest = column.fill_nan(None).abs().max()
    return largest if isinstance(largest, float) and largest != float("inf") else 0.0


def _comparable(value: Any) -> Any:
    """Return something hashable that is equal for equal values."""
    if isinstance(value, float) and isnan(value):
        return "NaN"
    if isinstance(value, dict | list):
        return repr(value)
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"
