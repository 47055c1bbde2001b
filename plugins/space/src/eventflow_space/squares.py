"""Ids of square cells: two indexes in one integer.

The cell of index ``x`` eastwards and ``y`` northwards holds ``[x·size, (x+1)·size)`` and ``[y·size,
(y+1)·size)`` of a projected coordinate system. Its id is ``x·2³² + y + 2³¹``, one Int64 for indexes
from -2³¹ to 2³¹-1: it joins, groups and sorts as fast as a number, eastwards first.
"""

from __future__ import annotations

import polars as pl

_WIDTH = 2**32
_HALF = 2**31


def packed(x: pl.Expr, y: pl.Expr) -> pl.Expr:
    """Return the ids of cells, Int64; null where an index is null."""
    return x.cast(pl.Int64) * _WIDTH + (y.cast(pl.Int64) + _HALF)


def x_of(cell: pl.Expr) -> pl.Expr:
    """Return the index eastwards of a cell, Int64."""
    return cell.floordiv(_WIDTH)


def y_of(cell: pl.Expr) -> pl.Expr:
    """Return the index northwards of a cell, Int64."""
    return cell.mod(_WIDTH) - _HALF
