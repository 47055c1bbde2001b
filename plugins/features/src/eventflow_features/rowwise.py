"""Whether an expression computes each row alone.

This wraps the only part of Polars marked unstable that this package uses,
``Expr.meta.is_row_separable``; it also misses aggregates inside ``CASE`` (Polars 2.1), hence the
walk over the parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from polars.exceptions import PolarsError

if TYPE_CHECKING:
    import polars as pl


def is_row_wise(expr: pl.Expr) -> bool:
    """Whether `expr` and every part of it yields one value per row, from that row alone."""
    if expr.meta.is_literal():
        return True
    try:
        constant = not expr.meta.root_names()
        alone = expr.meta.is_row_separable() and (constant or expr.meta.is_length_preserving())
    except PolarsError:  # it needs a schema for some nodes; their parts are still looked at
        alone = True
    return alone and all(is_row_wise(part) for part in expr.meta.pop())
