"""Which dtype a column of text has, told from a bounded sample.

The rules, in order; a dtype is taken only if every sampled value fits it, so that a guess never
costs a value:

1. no values: text
2. the name says it is an identifier (its last word is ``id``, ``code``, ``zip``, …): text, so that
   leading zeros stay
3. any value is a number with a leading zero (``00123``): text
4. ``true`` and ``false``: boolean
5. whole numbers that fit 64 bits: i64; longer ones: text
6. numbers: f64 (thousands separators and currency signs stay text)
7. ISO 8601 dates, then datetimes, with offsets as UTC
8. a common local date format, if only one of them fits; ``03/04/2024`` alone is text, because it
   could be March or April
9. text
"""

from __future__ import annotations

import re

import polars as pl

from eventflow_files.columns import (
    ISO_AWARE,
    ISO_DATES,
    ISO_NAIVE,
    Column,
    format_dtype,
)

_IDENTIFIERS = frozenset({
    "id", "ids", "code", "key", "sku", "zip", "zipcode", "postcode", "plz", "phone",
    "mobile", "fax", "iban", "bic", "ean", "upc", "gtin", "isbn", "issn", "ssn", "uuid",
    "guid", "account", "msisdn", "imei", "vin", "barcode",
})  # fmt: skip
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LEADING_ZERO = r"^\s*[+-]?0[0-9]"
_WHOLE = r"^[+-]?[0-9]+$"
_LOCAL_DATES = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d-%b-%Y", "%d %b %Y",
    "%b %d, %Y",
)  # fmt: skip
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_LOCAL = tuple(date + clock for clock in _CLOCKS for date in _LOCAL_DATES)
_DATE_LIKE = r"^\s*(\d{1,4}[-/. ](\d{1,2}|[A-Za-z]{3})[-/. ]\d{1,4}|[A-Za-z]{3} \d{1,2}, \d{4})"


def is_identifier(name: str) -> bool:
    """Whether a column's name says that it holds identifiers: its last word decides."""
    words = _WORDS.findall(name)
    return bool(words) and words[-1].lower() in _IDENTIFIERS


def infer(  # noqa: PLR0911 - one return per rule, in the order of the module's list
    sample: pl.Series, *, decimal_comma: bool = False, zone: str | None = None
) -> Column:
    """Return the column that a sample of its text suggests.

    Args:
        sample: Text; its name is the column's.
        decimal_comma: Whether numbers are written ``1,5``.
        zone: Zone of timestamps without an offset in a column where others have one.
    """
    name, text = sample.name, sample.drop_nulls()
    if text.is_empty() or is_identifier(name) or text.str.contains(_LEADING_ZERO).any():
        # "0.5" has no leading zero in this sense; "00123" and "01/02/2024" do, and dates go on
        if text.is_empty() or not text.str.contains(_DATE_LIKE).all():
            return Column(name, pl.String())
        return _date_or_time(name, text, zone)
    if text.str.to_lowercase().is_in(["true", "false"]).all():
        return Column(name, pl.Boolean())
    if text.str.contains(_WHOLE).all():
        fits = text.cast(pl.Int64, strict=False).null_count() == 0
        return Column(name, pl.Int64() if fits else pl.String())
    if _numeric(text, decimal_comma=decimal_comma):
        return Column(name, pl.Float64())
    if text.str.contains(_DATE_LIKE).any():
        return _date_or_time(name, text, zone)
    return Column(name, pl.String())


def _numeric(text: pl.Series, *, decimal_comma: bool) -> bool:
    if decimal_comma:
        if text.str.contains(".", literal=True).any():
            return False
        text = text.str.replace(",", ".", literal=True)
    return text.cast(pl.Float64, strict=False).null_count() == 0


def _date_or_time(name: str, text: pl.Series, zone: str | None) -> Column:
    if _fits(text, (ISO_DATES[0],), pl.Date()):
        return Column(name, pl.Date(), ISO_DATES, iso=True)
    aware = _share(text, ISO_AWARE, pl.Datetime("us", "UTC"))
    naive = _share(text, ISO_NAIVE, pl.Datetime("us"))
    if aware + naive == 1.0 and aware > 0 and (zone is not None or aware >= naive):
        formats = _likeliest(text, ISO_AWARE, pl.Datetime("us", "UTC"))
        return Column(name, pl.Datetime("us", "UTC"), formats, zone, iso=True)
    if aware + naive == 1.0:
        formats = _likeliest(text, ISO_NAIVE, pl.Datetime("us"))
        return Column(name, pl.Datetime("us"), formats, iso=True)
    fitting = [f for f in _LOCAL if _fits(text, (f,), format_dtype(f))]
    if len(fitting) == 1:
        return Column(name, format_dtype(fitting[0]), (fitting[0],))
    return Column(name, pl.String())


def _likeliest(text: pl.Series, formats: tuple[str, ...], dtype: pl.DataType) -> tuple[str, ...]:
    shares = {f: _share(text, (f,), dtype) for f in formats}
    return tuple(sorted(formats, key=lambda f: -shares[f]))


def _share(text: pl.Series, formats: tuple[str, ...], dtype: pl.DataType) -> float:
    column = Column(text.name, dtype, formats, iso=True)
    values = text.to_frame().select(column.thorough()).to_series()
    return 1.0 - values.null_count() / max(values.len(), 1)


def _fits(text: pl.Series, formats: tuple[str, ...], dtype: pl.DataType) -> bool:
    column = Column(text.name, dtype, formats, iso="%Y" in formats[0])
    return bool(text.to_frame().select(column.thorough()).to_series().is_not_null().all())
