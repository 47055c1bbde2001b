"""Describing the result's columns: missing, distinct, quantiles, a histogram."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from eventflow.quantiles import of_sorted
from eventflow.runs.record import FeatureRecord
from eventflow.schema import dtype_name

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from eventflow.blueprint import FeatureSpec

BINS = 20
TOP = 10
QUANTILES = (0.05, 0.25, 0.75, 0.95)
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
    return tuple(_describe(column, declared.get(column.name), whole=whole) for column in rows)


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


def _describe(column: pl.Series, spec: FeatureSpec | None, *, whole: bool) -> FeatureRecord:
    said: dict[str, Any] = (
        {
            "unit": spec.unit,
            "formula": spec.formula,
            "parity": str(spec.parity),
            "nulls": spec.nulls,
            "source": spec.source,
        }
        if spec
        else {}
    )
    present = column.drop_nulls()
    return FeatureRecord(
        name=column.name,
        dtype=dtype_name(column.dtype),
        missing=column.null_count() / len(column) if len(column) else None,
        distinct=present.n_unique() if whole and not column.dtype.is_nested() else None,
        **said,
        **_spread(present),
    )


def _spread(present: pl.Series) -> dict[str, Any]:
    if present.dtype.is_numeric():
        return _numbers(present)
    return _dates(present) if _dated(present.dtype) else _words(present)


def _dated(dtype: pl.DataType) -> bool:
    return dtype == pl.Date or dtype == pl.Datetime  # noqa: PLR1714 - a datetime has parameters


def _told(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return a value that Python can hold: no time outside the years 1 to 9999."""
    if not _dated(dtype):
        return value
    return pl.when(value.dt.year().is_between(1, 9999)).then(value)


def _numbers(present: pl.Series) -> dict[str, Any]:
    finite = present.cast(pl.Float64)
    if present.dtype.is_float():
        finite = finite.filter(finite.is_finite())
    if finite.is_empty():
        return {}
    ordered = finite.sort()  # once, so that everything else is a look-up
    low, *quantiles, high = of_sorted(ordered, (0.0, *QUANTILES, 0.5, 1.0))
    return {
        "minimum": low,
        "maximum": high,
        "mean": float(finite.mean()),  # type: ignore[arg-type] # not empty
        "median": quantiles.pop(),
        "quantiles": tuple(quantiles),
        "histogram": _histogram(ordered),
    }


def _dates(present: pl.Series) -> dict[str, Any]:
    if present.is_empty():
        return {}
    ends = pl.col("at").min(), pl.col("at").max().alias("latest")
    told = present.alias("at").to_frame().select(_told(end, present.dtype) for end in ends)
    moments = present.to_physical().cast(pl.Float64)
    return {**_range(*told.row(0)), "histogram": _histogram(moments.sort())}


def _histogram(ordered: pl.Series) -> tuple[int, ...]:
    """Count sorted values in `BINS` bins of equal width, the last one closed on both sides."""
    low, high = ordered[0], ordered[-1]
    width = (high - low) / BINS
    if width == 0:
        return (len(ordered),)
    edges = pl.Series([low + i * width for i in range(1, BINS)], dtype=pl.Float64)
    below = ordered.search_sorted(edges, side="left").to_list()
    ends = zip([0, *below], [*below, len(ordered)], strict=True)
    return tuple(end - start for start, end in ends)


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
