"""What keeps a pipeline from being a transformer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError

if TYPE_CHECKING:
    from collections.abc import Mapping

OWNER = "eventflow-sklearn"


class RowsChangedError(EventflowError):
    """A pipeline does not give one row for each row it is given."""

    code = "EF360"

    @classmethod
    def by_reasons(cls, came: int, left: int, reasons: Mapping[str, int]) -> Self:
        """Rows are missing from the result, or are there twice."""
        return cls.of(
            f"{came:,} rows became {left:,}: a transformer gives one row for each",
            owner=OWNER,
            detail=[f"{rows:,} rows: {reason}" for reason, rows in reasons.items()],
            fix="cap, fill or mark instead of dropping, filter before the transformer, "
            "or name the column that tells rows apart: key=…",
        )

    @classmethod
    def unmarked(cls, columns: list[str]) -> Self:
        """The column that marks rows did not survive, so nobody knows which row is which."""
        return cls.of(
            "the pipeline folds rows, or selects columns by name: "
            "which row of the result belongs to which row of X is lost",
            owner=OWNER,
            detail=(f"columns of the result: {', '.join(columns[:12])}",),
            fix="name the column that tells rows apart, key=…, or write "
            "{use: select, drop: […]} instead of columns",
        )

    @classmethod
    def ambiguous(cls, key: str) -> Self:
        """The result holds a key twice, or not at all."""
        return cls.of(
            f'the result does not have one row for each "{key}"',
            owner=OWNER,
            key="key",
            fix=f'let the pipeline fold rows by "{key}", or name another key',
        )


class UnusableTableError(EventflowError, TypeError):
    """X holds what no column can hold."""

    code = "EF361"

    @classmethod
    def of_cause(cls, column: str, cause: BaseException) -> Self:
        """A column mixes things; each must be a string or a number."""
        return cls.of(
            f'column "{column}" of X cannot be read: each argument must be a string or a number',
            owner=OWNER,
            detail=(str(cause).splitlines()[0],),
            fix="give the column one dtype",
        )
