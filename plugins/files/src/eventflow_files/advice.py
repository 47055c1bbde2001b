"""How a column that was taken for text could be read, told from the sample of one file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.schema import dtype_name, typical_dtype
from eventflow.types import TextAdvice
from eventflow_files.columns import LOCAL, Column, format_dtype

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from eventflow_files.options import TextOptions
    from eventflow_files.reading import Codec, Record

_DIGIT = re.compile(r"\d")
_SHOWN = 40
_MOST_UNFIT = 0.5


@frozen
class _Way:
    """A way to read a column: the options that state it, and which values do not fit."""

    options: str
    unfit: pl.Series


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
    if not ways or ways[0].unfit.sum() > _MOST_UNFIT * (text.len() - text.null_count()):
        return None
    best, *others = ways
    unfit = text.filter(best.unfit).unique()
    stated = best.options
    if unfit.len() == 1 and hasattr(options, "null_values") and not _DIGIT.search(unfit[0]):
        stated += f"  and  null_values: [{json.dumps(unfit[0], ensure_ascii=False)}]"
    elif unfit.is_empty() and stated.startswith("parse"):
        same = [w.options for w in others if not w.unfit.any() and w.options.startswith("parse")]
        stated = "  or  ".join([stated, *same[:1]])
    if unfit.is_empty():
        return TextAdvice(stated)
    at = best.unfit.arg_true()[0]
    return TextAdvice(stated, f"{places[at]}  {text[at][:_SHOWN]!r}")


def _ways(text: pl.Series, families: Collection[str], options: TextOptions) -> Iterator[_Way]:
    key = json.dumps(text.name, ensure_ascii=False) if " " in text.name else text.name
    for column in _stated(text.name, families, options.timezone):
        name = dtype_name(column.dtype)
        shown = f'"{name}"' if "," in name else name
        yield _Way(f"schema: {{{key}: {shown}}}", _unfit(text, column, options))
    if "temporal" in families and hasattr(options, "parse"):
        for form in LOCAL:
            column = Column(text.name, format_dtype(form), (form,), options.timezone)
            yield _Way(f'parse: {{{key}: "{form}"}}', _unfit(text, column, options))


def _stated(name: str, families: Collection[str], zone: str | None) -> Iterator[Column]:
    if "temporal" in families:
        for dtype in (pl.Date(), pl.Datetime("us"), pl.Datetime("us", "UTC")):
            yield Column.of(name, dtype, zone)
    else:
        yield Column.of(name, typical_dtype(families), zone)


def _unfit(text: pl.Series, column: Column, options: TextOptions) -> pl.Series:
    if column.formats:
        values = text.to_frame().select(column.thorough()).to_series()
    elif column.dtype == pl.Boolean:
        truths = {"true": True, "false": False}
        values = text.str.to_lowercase().replace_strict(
            truths, default=None, return_dtype=pl.Boolean()
        )
    else:
        comma = getattr(options, "decimal_comma", False)
        plain = text.str.replace(",", ".", literal=True) if comma else text
        values = plain.cast(column.dtype, strict=False)
    return text.is_not_null() & values.is_null()
