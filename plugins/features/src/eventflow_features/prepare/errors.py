"""What can be wrong with preparation, found before any row is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError
from eventflow.schema import dtype_name

if TYPE_CHECKING:
    import polars as pl

OWNER = "eventflow-features"


class UnsuitableColumnError(EventflowError):
    """A column's dtype does not fit what is asked of it."""

    code = "EF340"

    @classmethod
    def of_method(cls, column: str, dtype: pl.DataType, *, method: str, wanted: str) -> Self:
        """Name the method, the column, its dtype and what would fit."""
        return cls.of(
            f'cannot apply {method} to "{column}", which is {dtype_name(dtype)}',
            owner=OWNER,
            key=f"columns.{column}",
            detail=(f"{method} needs {wanted}",),
            fix=f'cast "{column}" first, leave it out with exclude, or choose another method',
        )

    @classmethod
    def of_constant(cls, value: object, column: str, dtype: pl.DataType) -> Self:
        """A constant is no value of the column's dtype."""
        return cls.of(
            f'the constant "{value}" is no value of "{column}", which is {dtype_name(dtype)}',
            owner=OWNER,
            key=f"values.{column}",
            fix=f'write a value that "{column}" can hold, or cast the column first',
        )


class UnreadableFoldsError(EventflowError):
    """Rows of the fitting data can no longer be told from one another."""

    code = "EF341"

    @classmethod
    def by_hash(cls, column: str) -> Self:
        """The hash that dealt out the folds has changed with the version of Polars."""
        return cls.of(
            f'the folds of "{column}" were dealt by another version of Polars, whose hash differs',
            owner=OWNER,
            fix="fit again with this version, or leave the target out of the data",
        )
