"""Which dtype a column of text has, told from a bounded sample.

The rules, in order; a dtype is taken only if every sampled value fits it, so that a guess never
costs a value:

1. no values: undetermined, and text unless something needs another dtype
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
from attrs import frozen

from eventflow_files.columns import (
    ISO_AWARE,
    ISO_DATES,
    ISO_NAIVE,
    LOCAL,
    Column,
    Local,
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
_DATE_LIKE = r"^\s*(\d{1,4}[-/. ](\d{1,2}|[A-Za-z]{3})[-/. ]\d{1,4}|[A-Za-z]{3} \d{1,2}, \d{4})"


def is_identifier(name: str) -> bool:
    """Whether a column's name says that it holds identifiers: its last word decides."""
    words = _WORDS.findall(name)
    return bool(words) and words[-1].lower() in _IDENTIFIERS


@frozen
class _Shape:
    """What is true of the sampled values of a column.

    Attributes:
        leading_zero: Any is a number with a leading zero.
        some_dates: Any looks like a date.
        all_dates: All look like dates.
        booleans: All are ``true`` or ``false``.
        whole: All are whole numbers.
        fits: All fit 64 bits.
        numbers: All are numbers.
    """

    leading_zero: bool
    some_dates: bool
    all_dates: bool
    booleans: bool
    whole: bool
    fits: bool
    numbers: bool


def infer(
    sample: pl.DataFrame, *, decimal_comma: bool = False, local: Local | None = None
) -> dict[str, Column]:
    """Return the columns that samples of their text suggest; none for a column without a value.

    Args:
        sample: Text, a column each.
        decimal_comma: Whether numbers are written ``1,5``.
        local: How timestamps without an offset are read in a column where others have one.
    """
    return {
        name: _column(sample[name], shape, local or Local())
        for name, shape in _shapes(sample, decimal_comma=decimal_comma).items()
    }


def _shapes(sample: pl.DataFrame, *, decimal_comma: bool) -> dict[str, _Shape]:
    """Look at the values of all columns at once: a query a column is slow for wide files."""
    if not sample.width:
        return {}
    value = pl.col("value")
    number = value.cast(pl.Float64, strict=False).is_not_null()
    if decimal_comma:
        plain = value.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        number = plain.is_not_null() & ~value.str.contains(".", literal=True)
    dates = value.str.contains(_DATE_LIKE)
    names = dict(enumerate(sample.columns))  # any name may occur, "value" too
    numbered = sample.rename({name: str(i) for i, name in names.items()})
    seen = (
        numbered.unpivot()
        .lazy()
        .filter(value.is_not_null())
        .group_by("variable")
        .agg(
            value.str.contains(_LEADING_ZERO).any().alias("leading_zero"),
            dates.any().alias("some_dates"),
            dates.all().alias("all_dates"),
            value.str.to_lowercase().is_in(["true", "false"]).all().alias("booleans"),
            value.str.contains(_WHOLE).all().alias("whole"),
            value.cast(pl.Int64, strict=False).is_not_null().all().alias("fits"),
            number.all().alias("numbers"),
        )
        .collect()
    )
    return {names[int(number)]: _Shape(*facts) for number, *facts in seen.iter_rows()}


def _column(sample: pl.Series, shape: _Shape, local: Local) -> Column:
    name, dtype = sample.name, pl.String()
    if is_identifier(name) or shape.leading_zero:
        # "0.5" has no leading zero in this sense; "00123" and "01/02/2024" do, and dates go on
        dated = shape.all_dates
    elif shape.booleans:
        return Column(name, pl.Boolean())
    elif shape.whole:
        return Column(name, pl.Int64() if shape.fits else dtype)
    elif shape.numbers:
        return Column(name, pl.Float64())
    else:
        dated = shape.some_dates
    return _date_or_time(name, sample.drop_nulls(), local) if dated else Column(name, dtype)


def _date_or_time(name: str, text: pl.Series, local: Local) -> Column:
    if _fits(text, (ISO_DATES[0],), pl.Date()):
        return Column(name, pl.Date(), ISO_DATES, iso=True)
    aware = _share(text, ISO_AWARE, pl.Datetime("us", "UTC"))
    naive = _share(text, ISO_NAIVE, pl.Datetime("us"))
    if aware + naive == 1.0 and aware > 0 and (local.zone is not None or aware >= naive):
        formats = _likeliest(text, ISO_AWARE, pl.Datetime("us", "UTC"))
        return Column(name, pl.Datetime("us", "UTC"), formats, local, iso=True)
    if aware + naive == 1.0:
        formats = _likeliest(text, ISO_NAIVE, pl.Datetime("us"))
        return Column(name, pl.Datetime("us"), formats, iso=True)
    fitting = [f for f in LOCAL if _fits(text, (f,), format_dtype(f))]
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
    column = Column(text.name, dtype, formats)
    return bool(text.to_frame().select(column.thorough()).to_series().is_not_null().all())
