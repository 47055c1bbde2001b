"""What can be wrong with features of cells, found before any data is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError
from eventflow.schema import dtype_name
from eventflow_features.errors import OWNER

if TYPE_CHECKING:
    import polars as pl


class UnfitBinError(EventflowError):
    """The column of a bin, or of a time, is none that can be counted on a calendar."""

    code = "EF345"

    @classmethod
    def of_dtype(cls, column: str, dtype: pl.DataType, *, key: str = "bin") -> Self:
        """It holds no times."""
        return cls.of(
            f'the {key} "{column}" is {dtype_name(dtype)}, not a date or datetime',
            owner=OWNER,
            key=key,
            fix="add the step time.bin before, or name a column of times",
        )

    @classmethod
    def of_hours(cls, column: str) -> Self:
        """A date has no hours."""
        return cls.of(
            f'the time "{column}" is a date, which has no hours',
            owner=OWNER,
            key="parts",
            fix="write parts: weekday, or take a column with the time of day",
        )

    @classmethod
    def without_length(cls) -> Self:
        """A rate over time needs to know how long each bin is."""
        return cls.of(
            "a rate over time needs bins with a start and an end",
            owner=OWNER,
            key="time",
            fix="add the step time.bin before features.aggregate, and keep both its columns",
        )
