"""Values that fill: learned statistics, constants, and the last value before."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from polars.exceptions import PolarsError

from eventflow.quantiles import exact_quantiles
from eventflow_features.prepare.choice import is_text, measured
from eventflow_features.prepare.errors import UnsuitableColumnError

if TYPE_CHECKING:
    from collections.abc import Sequence

Known = bool | int | float | str | None
"""A value as a state keeps it."""

_SKEWED: Final = 1.0
_WANTED: Final = {"mean": "numbers", "median": "numbers", "mode": "single values"}


def suits(column: str, method: str, dtype: pl.DataType) -> bool:
    """Whether a method treats a column; `auto` leaves times and nested values alone.

    Raises:
        UnsuitableColumnError: EF340, the method cannot be applied to such values.
    """
    if method in {"mean", "median"} and not dtype.is_numeric():
        raise UnsuitableColumnError.of_method(column, dtype, method=method, wanted=_WANTED[method])
    plain = dtype.is_numeric() or dtype.is_temporal() or dtype == pl.Boolean or is_text(dtype)
    if method == "mode" and not plain:
        raise UnsuitableColumnError.of_method(column, dtype, method=method, wanted=_WANTED[method])
    return method != "auto" or (plain and not dtype.is_temporal())


def statistic(column: str, method: str, dtype: pl.DataType) -> pl.Expr:
    """Return what fills a column, as one value that a state can keep; null if there is none."""
    if method == "auto":
        method = _automatic(dtype)
    if method == "mode":
        return _mode(column, dtype)
    values = measured(column, dtype)
    if method == "balanced":
        even = values.skew().abs() <= _SKEWED
        return pl.when(even).then(values.mean()).otherwise(_median(values))
    value = values.mean() if method == "mean" else _median(values)
    return value.round(mode="half_to_even") if dtype.is_integer() else value


def _median(values: pl.Expr) -> pl.Expr:
    return exact_quantiles(values, (0.5,)).list.first()


def learnable(value: Any) -> Known:
    """Return a gathered value as a state keeps it."""
    return str(value) if isinstance(value, Decimal) else value


def literal_of(value: Known, dtype: pl.DataType) -> pl.Expr:
    """Return a kept value as a literal of a dtype."""
    return pl.lit(int(value) if dtype.is_integer() and isinstance(value, float) else value).cast(
        dtype
    )


def checked_constant(value: bool | float | str, column: str, dtype: pl.DataType) -> pl.Expr:  # noqa: FBT001 - a value, not a switch
    """Return a constant as a literal of the column's dtype.

    Raises:
        UnsuitableColumnError: EF340, it is no value of that dtype.
    """
    try:
        series = pl.Series([_read(value, dtype)]).cast(dtype)
    except (PolarsError, ValueError, TypeError, OverflowError) as error:
        raise UnsuitableColumnError.of_constant(value, column, dtype) from error
    cut = dtype.is_integer() and isinstance(value, float) and not value.is_integer()
    if series.item() is None or cut:
        raise UnsuitableColumnError.of_constant(value, column, dtype)
    return pl.lit(series.item(), dtype)


def carried_forward(column: str, by: str, time: str, tie_break: Sequence[str]) -> pl.Expr:
    """Return the column, its nulls filled by the entity's last value before the row's time."""
    value = pl.col(column)
    order = [pl.col(time), value.is_not_null(), *map(pl.col, tie_break), value]
    last = value.forward_fill().over(by, pl.col(time).is_null(), order_by=order)
    placed = pl.col(by).is_not_null() & pl.col(time).is_not_null()
    return pl.when(value.is_null() & placed).then(last).otherwise(value)


def _automatic(dtype: pl.DataType) -> str:
    if dtype.is_integer():
        return "median"
    return "balanced" if dtype.is_numeric() else "mode"


def _mode(column: str, dtype: pl.DataType) -> pl.Expr:
    values = pl.col(column)
    if is_text(dtype):
        values = values.cast(pl.String)
    if dtype.is_temporal():
        values = values.to_physical()
    return values.drop_nulls().mode().min()


def _read(value: bool | float | str, dtype: pl.DataType) -> Any:  # noqa: FBT001 - a value, not a switch
    """Turn ISO text into a time where the column holds times."""
    if not isinstance(value, str):
        return value
    if isinstance(dtype, pl.Datetime):
        moment = datetime.fromisoformat(value)
        return moment if dtype.time_zone is None else _aware(moment, dtype.time_zone)
    if dtype == pl.Date:
        return date.fromisoformat(value)
    return time.fromisoformat(value) if dtype == pl.Time else value


def _aware(moment: datetime, zone: str) -> datetime:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - delayed: only for constants with a zone

    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
