"""How a column that does not serve could be read, told from the sample of one file."""

from __future__ import annotations

import json
import re
from itertools import product
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.epochs import likely_unit
from eventflow.numbers import NumberFormat
from eventflow.schema import dtype_name, typical_dtype
from eventflow.types import TextAdvice
from eventflow_files.columns import LOCAL, SHORT_YEARS, Column, Local, format_dtype

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from eventflow_files.options import TextOptions
    from eventflow_files.reading import Codec, Record

_DIGIT = re.compile(r"\d")
_SHOWN = 40
_MOST_UNFIT = 0.5
_STYLES = ("1234.50", "1,234.50", "1234,50", "1.234,50", "1 234,50", "1 234.50", "1'234.50",
           "1,23,456.50")  # fmt: skip
_MONEY = (
    r"^[-−+(]*\s*([^\d\s.,'’()+\-−]+\.?)\s*[-−+(]?[\d.,]|\d\s*([^\d\s.,'’()+\-−]+\.?)\s*[-−)]?$"
)
_CURRENCIES, _LONGEST_SIGN = 3, 4
_NOTHING = ("null", "na", "n/a", "#n/a", "nan", "none", "nil", "-", "--", "?", ".", "missing")
_COMPACT = "%Y%m%d"
_CENTURIES = (19000101, 20991231)


@frozen
class _Way:
    """A way to read a column: the options that state it, and what the values become."""

    options: str
    text: pl.Series
    values: pl.Series

    @property
    def unfit(self) -> pl.Series:
        """Which values do not fit."""
        return self.text.is_not_null() & self.values.is_null()

    @property
    def wrong(self) -> int:
        """How many values do not fit, and do not say that there is none."""
        return int((self.unfit & ~_says_nothing(self.text)).sum())

    def differs(self, other: _Way) -> bool:
        """Whether any value means something else."""
        return not self.values.equals(other.values, check_names=False)


def sampled(codec: Codec, records: Sequence[Record]) -> tuple[pl.DataFrame, list[Record]]:
    """Parse records of good form; return rows, and the record that each came from."""
    rows = codec.fast(b"".join(r.raw + b"\n" for r in records))
    if rows is not None:
        return rows, list(records)
    rows, bad = codec.convert(records)
    lost = {id(record) for record, _, _ in bad}
    return rows, [r for r in records if id(r) not in lost]


def advise(
    text: pl.Series, places: Sequence[str], families: Collection[str], options: TextOptions
) -> TextAdvice | None:
    """Return the options that read most values; None if most do not fit any.

    Args:
        text: The sampled values; its name is the column's.
        places: File and line of each.
        families: dtype families that would do.
        options: The source's options.
    """
    ways = sorted(_ways(text, families, options), key=lambda way: way.unfit.sum())
    values = text.filter(~_says_nothing(text))
    if not ways or ways[0].wrong > _MOST_UNFIT * (values.len() - values.null_count()):
        return None
    best, *others = ways
    unfit = text.filter(best.unfit).unique().sort()
    kind = best.options.split(":")[0]
    rivals = [
        w.options
        for w in others
        if w.unfit.sum() == best.unfit.sum() and w.differs(best) and w.options.startswith(kind)
    ]
    stated, alone = (
        "  or  ".join([best.options, *rivals[:1]]),
        unfit.len() == 1 and not _DIGIT.search(unfit[0]),
    )
    none = not unfit.is_empty() and _says_nothing(unfit).all()
    if (alone or none) and hasattr(options, "null_values"):
        stated += f"  and  null_values: {json.dumps(unfit.to_list(), ensure_ascii=False)}"
    if unfit.is_empty():
        return TextAdvice(stated)
    at = best.unfit.arg_true()[0]
    return TextAdvice(stated, f"{places[at]}  {text[at][:_SHOWN]!r}")


def advise_time(values: pl.Series) -> TextAdvice | None:
    """Return how a column of numbers counts time, or writes dates without signs; None if unlikely.

    Args:
        values: The sampled values; its name is the column's.
    """
    least, most = values.min(), values.max()
    if not isinstance(least, int | float) or not isinstance(most, int | float):
        return None
    first, last = _CENTURIES
    if values.dtype.is_integer() and first <= least <= most <= last:
        days = values.cast(pl.String).str.to_date(_COMPACT, strict=False)
        if days.null_count() == values.null_count():
            return TextAdvice(f'parse: {{{key(values.name)}: "{_COMPACT}"}}')
    unit = likely_unit(least, most)
    return TextAdvice(f"parse: {{{key(values.name)}: {unit}}}") if unit else None


def _ways(text: pl.Series, families: Collection[str], options: TextOptions) -> Iterator[_Way]:
    named, local = key(text.name), options.local
    for column in _stated(text.name, families, local):
        name = dtype_name(column.dtype)
        shown = f'"{name}"' if "," in name else name
        yield _Way(f"schema: {{{named}: {shown}}}", text, _values(text, column, options))
    if "temporal" in families:
        for form in (*LOCAL, *SHORT_YEARS):
            column = Column(text.name, format_dtype(form), (form,), local)
            yield _Way(f'parse: {{{named}: "{form}"}}', text, _values(text, column, options))
    if "numeric" in families:
        yield from _numbers(text)


def _stated(name: str, families: Collection[str], local: Local) -> Iterator[Column]:
    if "temporal" in families:
        for dtype in (pl.Date(), pl.Datetime("us"), pl.Datetime("us", "UTC")):
            yield Column.of(name, dtype, local)
        return
    yield Column.of(name, typical_dtype(families), local)
    if "boolean" in families:
        yield Column.of(name, pl.Boolean())


def _numbers(text: pl.Series) -> Iterator[_Way]:
    """Try the ways in which people write amounts, the plainest first of those that agree."""
    for money, style in product(_currencies(text), _STYLES):
        form = str(NumberFormat.of(style).of_currency(money))
        column = Column(text.name, pl.Float64(), number=NumberFormat.of(form))
        values = text.to_frame().select(column.thorough()).to_series()
        shown = json.dumps(form, ensure_ascii=False)
        yield _Way(f"numbers: {{{key(text.name)}: {shown}}}", text, values)


def _says_nothing(text: pl.Series) -> pl.Series:
    """Whether a text is one of those that people write for no value."""
    return text.str.strip_chars().str.to_lowercase().is_in(_NOTHING).fill_null(value=False)


def _currencies(text: pl.Series) -> list[str]:
    """Return the signs beside the numbers, the most frequent first; or nothing."""
    found = text.to_frame("t").select(
        pl.coalesce(pl.col("t").str.extract(_MONEY, 1), pl.col("t").str.extract(_MONEY, 2))
    )
    signs = found.to_series().drop_nulls()
    counted = signs.filter(signs.str.len_chars() <= _LONGEST_SIGN).value_counts(sort=True)
    return ["", *counted["t"].head(_CURRENCIES)]


def key(name: str) -> str:
    """Return a column's name as it is written as a key of YAML."""
    return name if name.isidentifier() else json.dumps(name, ensure_ascii=False)


def _values(text: pl.Series, column: Column, options: TextOptions) -> pl.Series:
    if column.made:
        return text.to_frame().select(column.thorough()).to_series()
    if column.dtype == pl.Boolean:
        truths = {"true": True, "false": False}
        return text.str.to_lowercase().replace_strict(truths, default=None, return_dtype=pl.Boolean)
    comma = getattr(options, "decimal_comma", False)
    plain = text.str.replace(",", ".", literal=True) if comma else text
    return plain.cast(column.dtype, strict=False)
