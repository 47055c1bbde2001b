"""From parsed JSON to rows with declared dtypes."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import jmespath
import polars as pl

from eventflow.schema import dtype_name
from eventflow_http.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from jmespath.parser import ParsedResult

    from eventflow_http.source_options import HttpJsonOptions, JsonColumn
    from eventflow_http.walk import Page

_FIRST = re.compile(r"[A-Za-z_]\w*")
_MICROSECONDS = {
    "d": Decimal(86_400 * 10**6), "s": Decimal(10**6), "ms": Decimal(1000), "us": Decimal(1),
    "ns": Decimal("0.001"),
}  # fmt: skip
_MOST_F32 = 3.4028234663852886e38
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def records_of(request: str, data: Any, options: HttpJsonOptions) -> list[Any]:
    """Return the rows of an answer, as they came.

    Raises:
        RecordsError: EF657, there are none where `records` says.
    """
    path = options.records or "@"
    found = searched(jmespath.compile(path), data, request, "records")
    if isinstance(found, list) and all(isinstance(row, (dict, list)) for row in found):
        return found
    if isinstance(found, dict) and found:
        return _columnar(found, options.columns)
    raise RecordsError.nowhere(request, path, data)


def searched(path: ParsedResult, data: Any, request: str, key: str) -> Any:
    """Return what JMESPath finds in data.

    Raises:
        RecordsError: EF657, one of its functions does not take what is there.
    """
    try:
        return path.search(data)
    except jmespath.exceptions.JMESPathError as error:
        raise RecordsError.unsearchable(request, key, path.expression, str(error)) from None


def _columnar(found: dict[str, Any], columns: Mapping[str, JsonColumn]) -> list[Any]:
    """Return an object as its one row, or as rows where columns are lists of one length."""
    lists = {name: found[name] for name in columns if isinstance(found.get(name), list)}
    if not lists or len({len(values) for values in lists.values()}) > 1:
        return [found]
    rows = zip(*lists.values(), strict=True)
    return [{**found, **dict(zip(lists, row, strict=True))} for row in rows]


def table(page: Page, options: HttpJsonOptions) -> pl.DataFrame:
    """Return the rows of a page with the declared columns and dtypes.

    Raises:
        RecordsError: EF657, a value is not what its column declares, or a key is not declared.
    """
    request, columns = page.answer.request, options.columns
    if options.unknown == "error":
        _check_known(page, columns)
    zone = ZoneInfo(options.timezone) if options.timezone else UTC
    made = []
    for name, column in columns.items():
        pick = _picker(name, column, page)
        convert = _converter(column, zone)
        values = []
        for row in page.records:
            value = pick(row)
            try:
                values.append(None if value is None else convert(value))
            except (ValueError, TypeError, ArithmeticError):
                raise RecordsError.unfit(request, name, dtype_name(column.dtype), value) from None
        made.append(_series(request, name, column, values))
    return pl.DataFrame(made)


def _series(request: str, name: str, column: JsonColumn, values: list[Any]) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=column.dtype, strict=True)
    except (pl.exceptions.PolarsError, TypeError, OverflowError, ValueError):
        wrong = next((v for v in values if not _holds(column.dtype, v)), None)
        raise RecordsError.unfit(request, name, dtype_name(column.dtype), wrong) from None


def _holds(dtype: pl.DataType, value: Any) -> bool:
    try:
        pl.Series([value], dtype=dtype, strict=True)
    except (pl.exceptions.PolarsError, TypeError, OverflowError, ValueError):
        return False
    return True


def _picker(name: str, column: JsonColumn, page: Page) -> Callable[[Any], Any]:
    """Return what takes a column's value from a record."""
    if column.at is not None:
        path, key = jmespath.compile(column.at), f"columns.{name}.at"
        return lambda row: searched(path, row, page.answer.request, key)
    asked = page.each.get(name)
    return lambda row: row.get(name, asked) if isinstance(row, dict) else asked


def _check_known(page: Page, columns: Mapping[str, JsonColumn]) -> None:
    used = {name for name, column in columns.items() if column.at is None}
    used |= {f[0] for c in columns.values() if c.at and (f := _FIRST.match(c.at))}
    found = {key for row in page.records if isinstance(row, dict) for key in row}
    if unknown := found - used:
        raise RecordsError.unknown(page.answer.request, unknown, columns)


def _converter(column: JsonColumn, zone: tzinfo) -> Callable[[Any], Any]:
    """Return what turns a JSON value into one of a column's dtype."""
    dtype = column.dtype
    if isinstance(dtype, pl.Datetime):
        return partial(_datetime, form=column.format, zone=zone, aware=dtype.time_zone is not None)
    if dtype == pl.Date:
        return partial(_date, form=column.format, zone=zone)
    if dtype == pl.Time:
        return partial(_time, form=column.format)
    if isinstance(dtype, pl.Decimal):
        unit = Decimal(1).scaleb(-dtype.scale)
        return partial(_decimal, context=Context(prec=dtype.precision), unit=unit)
    kinds: dict[bool, Callable[[Any], Any]] = {
        dtype == pl.Boolean: _truth,
        dtype.is_integer(): _whole,
        dtype == pl.Float32: partial(_number, most=_MOST_F32),
        dtype == pl.Float64: _number,
    }
    return kinds.get(True, _words)


def _words(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise TypeError
    return str(value)


def _truth(value: Any) -> bool:
    found = {True: True, False: False, "true": True, "false": False}.get(value)
    if found is None:
        raise ValueError
    return found


def _whole(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError
    return int(value)


def _decimal(value: Any, context: Context, unit: Decimal) -> Decimal:
    """Return a number in a column's unit; one with more digits than its context has is no such."""
    found = Decimal(str(value)).quantize(unit, context=context)
    if found.is_nan():
        raise ValueError
    return found


def _number(value: Any, most: float = inf) -> float:
    if isinstance(value, bool):
        raise TypeError
    found = float(value)
    if most < abs(found) < inf:
        raise ValueError
    return found


def _moment(value: Any, form: str | None) -> datetime:
    """Return a moment, in UTC where it is counted; without a zone where it names none."""
    if form in _MICROSECONDS:
        return _EPOCH + timedelta(microseconds=int(Decimal(str(value)) * _MICROSECONDS[form]))
    if form is not None:
        return datetime.strptime(value, form)  # noqa: DTZ007 - the caller adds the zone
    return datetime.fromisoformat(value)


def _datetime(value: Any, *, form: str | None, zone: tzinfo, aware: bool) -> datetime:
    moment = _moment(value, form)
    if aware:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment


def _date(value: Any, *, form: str | None, zone: tzinfo) -> date:
    if form is None and len(value) == len("2026-01-31"):
        return date.fromisoformat(value)
    moment = _moment(value, form)
    return (moment.astimezone(zone) if moment.tzinfo else moment).date()


def _time(value: Any, *, form: str | None) -> time:
    if form in _MICROSECONDS:
        return _moment(value, form).time()
    found = time.fromisoformat(value) if form is None else _moment(value, form).timetz()
    if found.tzinfo is not None:
        raise ValueError  # what it is by another clock depends on the day, which it does not say
    return found
