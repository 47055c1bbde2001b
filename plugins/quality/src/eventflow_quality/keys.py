"""Counting keys: how many there are, how many differ, and which are repeated."""

from __future__ import annotations

from typing import Any

import polars as pl
from attrs import field, frozen

from eventflow_quality.checks import EXAMPLES, text


@frozen(kw_only=True)
class Key:
    """Columns whose combinations are counted. As in SQL, one with a missing part is not compared.

    Keys that differ are told by their 64-bit hashes, since unequal hashes mean unequal keys; only
    keys whose hash is repeated are compared themselves. The counts are exact, and where all keys
    differ they take a quarter of the time of grouping and memory for the hashes alone.

    Attributes:
        columns: What the columns are called.
        parts: Name of each column's value, in the same order.
        dtype: Dtype of the value, where there is one column.
    """

    columns: tuple[str, ...]
    parts: tuple[str, ...]
    dtype: pl.DataType = field(factory=pl.String)

    def counted(self, *, distinct: str, compared: str, repeated: str) -> pl.Expr:
        """Return a struct with two counts and a list of the smallest repeated keys, so named."""
        shown = self.dtype if len(self.columns) == 1 else pl.String()
        names = {distinct: pl.Int64(), compared: pl.Int64(), repeated: pl.List(shown)}
        struct = pl.Struct(names)

        def count(values: pl.Series) -> pl.Series:
            found = dict(zip(names, self._count(values), strict=True))
            return pl.Series([found], dtype=struct)

        whole = pl.col(self.parts[0]) if len(self.parts) == 1 else pl.struct(self.parts)
        return whole.map_batches(count, return_dtype=struct, returns_scalar=True).alias("key")

    def _count(self, values: pl.Series) -> tuple[int, int, list[Any]]:
        keys = values.struct.unnest() if len(self.parts) > 1 else values.to_frame(self.parts[0])
        keys = keys.drop_nulls()
        hashes = keys.hash_rows() if keys.width > 1 else keys.to_series().hash()
        if hashes.n_unique() == keys.height:
            return keys.height, keys.height, []
        suspects = keys.filter(hashes.is_duplicated())
        groups = suspects.group_by(self.parts).len("__times")
        distinct = keys.height - suspects.height + groups.height
        return distinct, keys.height, self._smallest(groups.filter(pl.col("__times") > 1))

    def _smallest(self, repeated: pl.DataFrame) -> list[Any]:
        one = len(self.columns) == 1
        shown = repeated.select(x=self.parts[0] if one else text(self.columns, self.parts))
        return shown.bottom_k(EXAMPLES, by="x").get_column("x").to_list()
