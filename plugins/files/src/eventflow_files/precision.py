"""What the sample tells of numbers: which unit counts time, and what a float cannot hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow.epochs import likelier_unit
from eventflow_files.errors import EpochUnitError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventflow_files.columns import Column

CERTAIN = 15
"""Digits that every float of 64 bits keeps: ``DBL_DIG`` of C."""

_MOST_DIGITS = 38


def check_unit(column: Column, unit: str, sample: pl.Series) -> None:
    """Check that numbers of a column count time in the unit that the options state.

    Raises:
        EpochUnitError: All sampled values are odd in that unit, and likely in another.
    """
    numbers = sample.cast(pl.Float64, strict=False)
    least, most = numbers.min(), numbers.max()
    if not isinstance(least, float) or not isinstance(most, float):
        return
    likely = likelier_unit(unit, least, most)
    if likely is not None:
        raise EpochUnitError.of_column(column.name, unit, likely, least)


def imprecise(written: Iterable[pl.Series]) -> dict[str, pl.DataType]:
    """Return the columns whose digits a float does not keep, and a dtype that keeps them.

    Numbers in scientific notation come from floats, and lose nothing. Neither do those with up to
    17 digits that a program wrote as the shortest text of a float: they come back as they were.

    Args:
        written: Numbers as text with a decimal point, a column each.
    """
    return {series.name: keeps for series in written if (keeps := _keeps(series)) is not None}


def _keeps(series: pl.Series) -> pl.DataType | None:
    number = pl.col(series.name)
    kept = number.cast(pl.Float64, strict=False).cast(pl.String)
    lost = (_digits(number).str.len_chars() > CERTAIN) & (_digits(number) != _digits(kept))
    plain = ~number.str.contains("[eE]")
    rows = series.to_frame().filter(plain)
    if not rows.select((lost & plain).any()).item():
        return None
    whole, part = number.str.extract(r"([0-9]+)"), number.str.extract(r"\.([0-9]+)")
    sizes = rows.select(whole.str.len_chars().max(), part.str.len_chars().max().alias("part"))
    before, after = (int(size or 0) for size in sizes.row(0))
    if before + after > _MOST_DIGITS:
        return pl.String()
    return pl.Decimal(_MOST_DIGITS, after)


def _digits(number: pl.Expr) -> pl.Expr:
    """Return the significant digits of a number."""
    plain = number.str.replace("[eE].*$", "").str.replace_all("[^0-9]", "")
    return plain.str.strip_chars("0")
