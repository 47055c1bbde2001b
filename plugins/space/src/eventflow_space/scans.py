"""Small tables that are read whole, when a plan is executed and never while it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from polars.io.plugins import register_io_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl


class Read(Protocol):
    """Reads some columns of the first rows."""

    def __call__(self, columns: Sequence[str], most: int | None, /) -> pl.DataFrame:
        """Return these columns, of so many rows; None for all."""


def scanned(read: Read, schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """Return a scan that reads only the columns that are asked for.

    Args:
        read: Reads the table.
        schema: Its columns and dtypes.
    """

    def batches(
        columns: list[str] | None,
        predicate: pl.Expr | None,
        most: int | None,
        batch_size: int | None,
    ) -> Iterator[pl.DataFrame]:
        del batch_size
        wanted = list(schema) if columns is None else columns
        rows = read(wanted, most if predicate is None else None)
        yield rows if predicate is None else rows.filter(predicate)

    return register_io_source(batches, schema=schema, is_pure=True)
