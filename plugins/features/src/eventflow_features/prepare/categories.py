"""Expressions of categorical encoding: what is counted, and how a category becomes a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow_features.prepare.fitting import Codes

SCHEMA: Final = pl.Schema(
    {
        "column": pl.String(),
        "method": pl.String(),
        "numeric": pl.Boolean(),
        "category": pl.String(),
        "fold": pl.Int32(),
        "n": pl.Int64(),
        "mean": pl.Float64(),
        "m2": pl.Float64(),
        "until": pl.Int64(),
    }
)
"""What is gathered: for each column one row that tells its method, and one for each category."""

RARE: Final = "rare"
UNSEEN_LABEL: Final = -1


def text(column: str) -> pl.Expr:
    """Return a column's categories as text."""
    return pl.col(column).cast(pl.String)


def marker(columns: Mapping[str, tuple[str, pl.DataType]]) -> pl.LazyFrame:
    """Return one row for each column: its method, and whether its categories are numbers."""
    told = {
        "column": list(columns),
        "method": [method for method, _ in columns.values()],
        "numeric": [dtype.is_integer() for _, dtype in columns.values()],
    }
    return _shaped(pl.LazyFrame(told))


def counts(rows: pl.LazyFrame, column: str) -> pl.LazyFrame:
    """Return one row for each category: how many rows have it."""
    named = rows.group_by(text(column).alias("category")).agg(n=pl.len())
    return _shaped(named.with_columns(column=pl.lit(column)))


def target_counts(
    rows: pl.LazyFrame,
    column: str,
    target: pl.Expr,
    *,
    fold: pl.Expr | None = None,
    clock: pl.Expr | None = None,
) -> pl.LazyFrame:
    """Return one row for each category and fold: rows, mean and squared deviations of the target.

    Rows without a target, or without a time where that matters, count as rows of the category, with
    no weight in the mean.
    """
    if clock is not None:
        target = pl.when(clock.is_not_null()).then(target)
    keys = {
        "category": text(column),
        "fold": pl.lit(None, pl.Int32) if fold is None else fold,
        "known": target.is_not_null(),
    }
    until = pl.lit(None, pl.Int64) if clock is None else clock
    facts = rows.select(**keys, y=target, until=until)
    found = facts.group_by(*keys).agg(
        n=pl.len(),
        mean=pl.col("y").mean(),
        m2=pl.col("y").var(ddof=0) * pl.len(),
        until=pl.col("until").max(),
    )
    return _shaped(found.with_columns(column=pl.lit(column)))


def fold(key: Sequence[str], folds: int, seed: int) -> pl.Expr:
    """Return the fold of each row, 0 to folds - 1, by a hash of its key."""
    parts = [pl.col(name).cast(pl.String) for name in key]
    hashed = parts[0].hash(seed) if len(parts) == 1 else pl.struct(parts).hash(seed)
    return (hashed % folds).cast(pl.Int32)


def probe(seed: int) -> str:
    """Return what this version of Polars makes of a known text: other hashes, other folds."""
    return str(pl.Series(["eventflow"]).hash(seed).item())


def encoded(column: str, codes: Codes) -> dict[str, pl.Expr]:
    """Return the columns that a label, frequency or one-hot encoding makes."""
    values = text(column)
    if codes.method == "one_hot":
        return _one_hot(column, codes)
    if codes.method == "label":
        numbers, unseen, dtype = range(len(codes.categories)), UNSEEN_LABEL, pl.Int32
        made = _mapped(values, codes.categories, numbers, unseen, dtype)
    else:
        shares = [value[0] for value in codes.values]
        made = _mapped(values, codes.categories, shares, 0.0, pl.Float64)
    return {column: pl.when(values.is_not_null()).then(made)}


def target_means(column: str, codes: Codes, slot: pl.Expr | None, folds: int) -> pl.Expr:
    """Return the target encoding: from all rows, or, where `slot` tells a fold, from the others.

    Args:
        column: The column.
        codes: Its codes: for each category the encoding from all rows, then without each fold.
        slot: Fold of each row when fitting; null where its target is unknown.
        folds: Number of folds.
    """
    categories = len(codes.categories)
    number = _mapped(text(column), codes.categories, range(categories), categories, pl.Int64)
    if slot is None:
        means = [value[0] for value in (*codes.values, codes.unseen)]
        return number.replace_strict(range(categories + 1), means, return_dtype=pl.Float64)
    width = folds + 1
    place = number * width + (slot.cast(pl.Int64) + 1).fill_null(0)
    means = [value for row in (*codes.values, codes.unseen) for value in row]
    return place.replace_strict(range(len(means)), means, return_dtype=pl.Float64)


def _one_hot(column: str, codes: Codes) -> dict[str, pl.Expr]:
    values = text(column)
    made = {
        f"{column}_{category}": values.eq_missing(pl.lit(category)).cast(pl.UInt8)
        for category in codes.categories
    }
    if codes.rare:
        other = values.is_not_null() & values.is_in(list(codes.categories)).not_()
        made[f"{column}_{RARE}"] = other.fill_null(False).cast(pl.UInt8)  # noqa: FBT003 - the value
    return made


def _mapped(
    values: pl.Expr,
    old: Sequence[str | None],
    new: Sequence[float | None],
    default: float | None,
    dtype: type[pl.DataType],
) -> pl.Expr:
    categories = pl.Series(old, dtype=pl.String)
    return values.replace_strict(
        categories, pl.Series(list(new), dtype=dtype), default=default, return_dtype=dtype
    )


def _shaped(rows: pl.LazyFrame) -> pl.LazyFrame:
    found = rows.collect_schema()
    return rows.select(
        pl.col(name).cast(dtype) if name in found else pl.lit(None, dtype).alias(name)
        for name, dtype in SCHEMA.items()
    )
