"""SQL expressions in options: parsed once, computed on each row alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDS = re.compile(
    r"\b(sum|avg|mean|min|max|median|count|len|std|stddev|var|variance|first|last|corr|covar"
    r"|quantile_cont|quantile_disc|array_agg|string_agg|over|lag|lead|rank|row_number)\w*\s*\(",
    re.IGNORECASE,
)


def checked(text: str) -> str:
    """Return the text if it is one SQL expression that looks at one row at a time.

    Raises:
        ValueError: It is no SQL, reads no column, or folds or orders rows.
    """
    try:
        roots = columns(text)
    except pl.exceptions.PolarsError as error:
        msg = f'"{text}" is no SQL expression: {str(error).splitlines()[0]}'
        raise ValueError(msg) from error
    if not roots:
        msg = f'"{text}" reads no column'
        raise ValueError(msg)
    if found := _FOLDS.search(_without_strings(text)):
        msg = f'"{text}" uses {found[1]}, which looks at several rows; write it for one row'
        raise ValueError(msg)
    return text


def parse(text: str) -> pl.Expr:
    """Return the expression that a checked text stands for."""
    return pl.sql_expr(text)


def columns(text: str) -> frozenset[str]:
    """Return the columns an expression reads."""
    return frozenset(parse(text).meta.root_names())


def dtype(text: str, found: Mapping[str, pl.DataType]) -> pl.DataType | str:
    """Return the expression's dtype over these columns, or why it has none. Reads no data."""
    frame = pl.LazyFrame(schema=dict(found))
    try:
        return frame.select(parse(text).alias("value")).collect_schema()["value"]
    except pl.exceptions.PolarsError as error:
        return str(error).splitlines()[0]


def _without_strings(text: str) -> str:
    return re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"", "''", text)
