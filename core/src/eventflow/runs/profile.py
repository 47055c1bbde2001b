"""Describing the result's columns: missing, distinct, quantiles, a histogram."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from eventflow.runs.record import FeatureRecord
from eventflow.runs.spread import Spread, spreads
from eventflow.schema import dtype_name

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from eventflow.blueprint import FeatureSpec

TOP = 10
SMALL = 200_000
"""Results up to this many rows are described exactly."""

SAMPLE = 50_000
"""Larger results are described from about this many rows, evenly spread."""


_STRIDES = (1, 16, 256, 4096)
"""Where nobody knows how many rows come: every n-th row, up to `SMALL` of them, is kept aside."""


def samples(lazy: pl.LazyFrame, known: int | None) -> list[pl.LazyFrame]:
    """Return samples of a result that streams; `best` chooses among them.

    Args:
        lazy: The result.
        known: Its number of rows as far as it is known; None where only the pass will tell.
    """
    if known is not None:
        every = 1 if known <= SMALL else known // SAMPLE
        return [lazy.gather_every(every).head(2 * SMALL)]
    return [lazy.gather_every(every).head(SMALL) for every in _STRIDES]


def best(found: Sequence[pl.DataFrame], rows: int) -> pl.DataFrame:
    """Return the largest sample that reaches to the last row; it is spread over all of them.

    Args:
        found: What became of `samples`.
        rows: The exact number of rows.
    """
    if len(found) == 1:
        return found[0]
    reaching = (s for s, n in zip(found, _STRIDES, strict=True) if rows <= n * SMALL)
    return next(reaching, found[-1])


def describe(
    rows: pl.DataFrame, declared: Mapping[str, FeatureSpec], *, whole: bool = True
) -> tuple[FeatureRecord, ...]:
    """Describe every column of a frame that is in memory.

    Args:
        rows: The result, or a sample of it.
        declared: Feature name → what its blueprint or step says of it.
        whole: Whether these are all rows; a sample does not tell how many values are distinct.
    """
    if not rows.width:
        return ()
    said, missing = _spread(rows), rows.null_count().row(0)
    distinct = _distinct(rows) if whole else {}
    return tuple(
        FeatureRecord(
            name=column.name,
            dtype=dtype_name(column.dtype),
            missing=nulls / rows.height if rows.height else None,
            distinct=distinct.get(column.name),
            **_declared(declared.get(column.name)),
            **said[column.name],
        )
        for column, nulls in zip(rows, missing, strict=True)
    )


def _distinct(rows: pl.DataFrame) -> dict[str, int]:
    """Return the number of distinct values of each column that is not nested, without nulls."""
    flat = [column for column in rows if not column.dtype.is_nested()]
    numbered = pl.DataFrame([column.alias(str(i)) for i, column in enumerate(flat)])
    counts = numbered.select(pl.all().drop_nulls().n_unique()).row(0) if flat else ()
    return {column.name: count for column, count in zip(flat, counts, strict=True)}


def exact_facts(columns: pl.Schema, declared: Container[str]) -> list[pl.Expr]:
    """Expressions for what must be exact even when the rest comes from a sample.

    Args:
        columns: The result's columns and their dtypes.
        declared: Features a blueprint promises, of which it must be known that they are finite.
    """
    ranged = [name for name, dtype in columns.items() if dtype.is_numeric() or _dated(dtype)]
    floats = [name for name in ranged if columns[name].is_float() and name in declared]
    return [
        pl.len().alias("rows"),
        *(pl.col(name).null_count().alias(f"missing:{name}") for name in columns),
        *(_told(pl.col(n).min(), columns[n]).alias(f"min:{n}") for n in ranged),
        *(_told(pl.col(n).max(), columns[n]).alias(f"max:{n}") for n in ranged),
        *(pl.col(name).is_finite().not_().sum().alias(f"infinite:{name}") for name in floats),
    ]


def with_exact(
    features: Sequence[FeatureRecord], facts: Mapping[str, Any]
) -> tuple[FeatureRecord, ...]:
    """Put exact facts in place of those of a sample."""
    from attrs import evolve  # noqa: PLC0415 - only for large results

    rows = facts["rows"] or 1
    return tuple(
        evolve(
            f,
            missing=facts[f"missing:{f.name}"] / rows,
            **_range(facts.get(f"min:{f.name}"), facts.get(f"max:{f.name}")),
        )
        for f in features
    )


def _spread(rows: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Return what a record says of the values of each column."""
    numeric = [column for column in rows if column.dtype.is_numeric()]
    dated = [column for column in rows if _dated(column.dtype)]
    moments = [column.to_physical() for column in dated]
    said = {column.name: _words(column.drop_nulls()) for column in rows}
    for column, found in zip(numeric + dated, spreads(numeric + moments), strict=True):
        if found is not None:
            said[column.name] = _dates(column, found) if _dated(column.dtype) else _numbers(found)
    return said


def _declared(spec: FeatureSpec | None) -> dict[str, Any]:
    if spec is None:
        return {}
    return {
        "unit": spec.unit,
        "formula": spec.formula,
        "parity": str(spec.parity),
        "nulls": spec.nulls,
        "source": spec.source,
    }


def _dated(dtype: pl.DataType) -> bool:
    return dtype == pl.Date or dtype == pl.Datetime  # noqa: PLR1714 - a datetime has parameters


def _told(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return a value that Python can hold: no time outside the years 1 to 9999."""
    if not _dated(dtype):
        return value
    return pl.when(value.dt.year().is_between(1, 9999)).then(value)


def _numbers(found: Spread) -> dict[str, Any]:
    return {
        "minimum": found.low,
        "maximum": found.high,
        "mean": found.mean,
        "median": found.median,
        "quantiles": found.quantiles,
        "histogram": found.histogram,
    }


def _dates(column: pl.Series, found: Spread) -> dict[str, Any]:
    ends = pl.col("at").min(), pl.col("at").max().alias("latest")
    told = column.alias("at").to_frame().select(_told(end, column.dtype) for end in ends)
    return {**_range(*told.row(0)), "histogram": found.histogram}


def _words(present: pl.Series) -> dict[str, Any]:
    if present.is_empty() or present.dtype not in (pl.String, pl.Categorical, pl.Enum, pl.Boolean):
        return {}
    if present.n_unique() == len(present):
        return {}
    counts = present.cast(pl.String).alias("value").value_counts()
    top = counts.sort("count", "value", descending=[True, False]).head(TOP)
    return {"top": tuple(top.iter_rows()), "histogram": tuple(top["count"])}


def _range(low: Any, high: Any) -> dict[str, Any]:
    """Return the ends of a column as a record holds them: numbers, or dates and times as text."""
    if isinstance(low, date) or isinstance(high, date):
        ends = {"earliest": low, "latest": high}
        return {end: "" if at is None else at.isoformat() for end, at in ends.items()}
    return {
        "minimum": None if low is None else float(low),
        "maximum": None if high is None else float(high),
    }
