"""What a valid value is, as an expression: range, pattern, allowed values."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import frozen

from eventflow.moments import UTC_ZONE
from eventflow_quality.errors import RuleTypeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow_quality.rules import Rules

_TEXT = (pl.String, pl.Categorical, pl.Enum)


@frozen(kw_only=True)
class Condition:
    """One thing that must hold for each value of a column.

    Attributes:
        check: ``range``, ``pattern`` or ``allowed``.
        holds: Boolean expression; null where the value is missing.
        wanted: What is wanted, in words: ``between 0 and 254``.
    """

    check: str
    holds: pl.Expr
    wanted: str


def value_of(column: str, dtype: pl.DataType) -> pl.Expr:
    """Return the column's values: NaN is missing, categories are text."""
    if dtype.is_float():
        return pl.col(column).fill_nan(None)
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return pl.col(column).cast(pl.String)
    return pl.col(column)


def conditions(rules: Rules, dtype: pl.DataType, zone: str = UTC_ZONE) -> Iterator[Condition]:
    """Yield the conditions that the rules set on a column of this dtype.

    A moment with an offset is compared with a column that has none in `zone`, the frame's.

    Raises:
        RuleTypeError: A bound, an allowed value or a pattern does not fit the dtype.
    """
    value = value_of(rules.column, dtype)
    if rules.minimum is not None or rules.maximum is not None:
        yield _range(rules, dtype, value, zone)
    if rules.pattern is not None:
        _check_pattern(rules.column, rules.pattern, dtype)
        wanted = f"matching {rules.pattern}"
        yield Condition(check="pattern", holds=value.str.contains(rules.pattern), wanted=wanted)
    if rules.allowed is not None:
        known = _series(rules.column, rules.allowed, dtype, zone)
        wanted = f"among {len(rules.allowed)} allowed values"
        yield Condition(check="allowed", holds=value.is_in(known.implode()), wanted=wanted)


def _range(rules: Rules, dtype: pl.DataType, value: pl.Expr, zone: str) -> Condition:
    low, high = rules.minimum, rules.maximum
    if high is None:
        holds = value >= _bound(rules.column, "minimum", low, dtype, zone)
        return Condition(check="range", holds=holds, wanted=f"at least {low}")
    if low is None:
        holds = value <= _bound(rules.column, "maximum", high, dtype, zone)
        return Condition(check="range", holds=holds, wanted=f"at most {high}")
    holds = value.is_between(
        _bound(rules.column, "minimum", low, dtype, zone),
        _bound(rules.column, "maximum", high, dtype, zone),
    )
    return Condition(check="range", holds=holds, wanted=f"between {low} and {high}")


def _bound(column: str, rule: str, value: Any, dtype: pl.DataType, zone: str) -> pl.Expr:
    """Return a bound as a literal comparable with the column."""
    if isinstance(dtype, pl.Datetime):
        return _moment(column, rule, value, dtype, zone)
    if dtype == pl.Date:
        return pl.lit(_date(column, rule, value, dtype))
    if dtype.is_numeric() and _is_number(value):
        return pl.lit(Decimal(str(value)) if dtype.is_decimal() else value)
    if isinstance(dtype, _TEXT) and isinstance(value, str):
        return pl.lit(value)
    raise RuleTypeError.for_value(column, rule, value, dtype, "a value of the column's type")


def _date(column: str, rule: str, value: Any, dtype: pl.DataType) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        wanted = "a day such as 2011-12-09"
        raise RuleTypeError.for_value(column, rule, value, dtype, wanted) from None


def _moment(column: str, rule: str, value: Any, dtype: pl.Datetime, zone: str) -> pl.Expr:
    """Read a moment in the column's zone, unless it states its own.

    A column without a zone is compared with the wall clock of the moment in the frame's.
    """
    wanted = "a moment such as 2011-12-09T12:50:00"
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise RuleTypeError.for_value(column, rule, value, dtype, wanted) from None
    literal = pl.lit(moment)
    if dtype.time_zone is None:
        here = literal.dt.convert_time_zone(zone).dt.replace_time_zone(None)
        return literal if moment.tzinfo is None else here
    if moment.tzinfo is None:
        return literal.dt.replace_time_zone(dtype.time_zone)
    return literal.dt.convert_time_zone(dtype.time_zone)


def _series(column: str, values: tuple[Any, ...], dtype: pl.DataType, zone: str) -> pl.Series:
    """Return the allowed values in the column's dtype; a value that cannot occur is an error."""
    target = pl.String() if isinstance(dtype, pl.Categorical | pl.Enum) else dtype
    if isinstance(target, pl.Datetime | pl.Date):
        parts = [_bound(column, "allowed", value, target, zone).cast(target) for value in values]
        return pl.select(pl.concat(parts)).to_series()
    try:
        series = pl.Series(values, dtype=target, strict=True)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        wanted = "values of the column's type"
        raise RuleTypeError.for_value(column, "allowed", list(values), dtype, wanted) from None
    return series


def _check_pattern(column: str, pattern: str, dtype: pl.DataType) -> None:
    if not isinstance(dtype, _TEXT):
        raise RuleTypeError.for_pattern(column, pattern, "the column is not text")
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as error:
        why = str(error).strip().splitlines()[-1]
        raise RuleTypeError.for_pattern(column, pattern, why) from None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
