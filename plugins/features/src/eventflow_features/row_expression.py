"""Options of blueprints that take an SQL expression over one row, and whether it fits the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

from eventflow.errors import nearest
from eventflow.schema import dtype_families, dtype_name
from eventflow_features.errors import ExpressionError
from eventflow_features.expressions import Expression, ExpressionOption
from eventflow_features.rowwise import is_row_wise

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from eventflow.blueprint import Family


def _of_one_row(expression: Expression) -> Expression:
    """Refuse what is no function of one row: silently, it would mix entities.

    Raises:
        ValueError: The expression reads no column, or looks at other rows.
    """
    if not expression.columns():
        msg = f'"{expression.text}" reads no column'
        raise ValueError(msg)
    if not is_row_wise(expression.expr):
        msg = f'"{expression.text}" looks at more than one row'
        raise ValueError(msg)
    return expression


RowExpression = Annotated[ExpressionOption, AfterValidator(_of_one_row)]
"""Option that takes an SQL expression over the columns of one row."""


def misfit(
    option: str,
    expression: Expression,
    found: Mapping[str, pl.DataType],
    *,
    needs: Family | None = None,
) -> tuple[dict[str, str | None], dict[str, str]]:
    """Return what an option's expression lacks and gets wrong, as `Compatibility` tells it.

    Args:
        option: Name of the option.
        expression: Its value.
        found: Columns that arrive, with their dtypes.
        needs: dtype family the expression must have; None takes any.
    """
    lacking = sorted(expression.columns() - found.keys())
    missing = {f"{option}: {name}": nearest(name, found) for name in lacking}
    problem = None if lacking else _wrong(option, expression, found, needs)
    return missing, {option: problem} if problem else {}


def _wrong(
    option: str, expression: Expression, found: Mapping[str, pl.DataType], needs: Family | None
) -> str | None:
    try:
        dtype = expression.dtype(found, key=option)
    except ExpressionError as error:
        return error.problems[0].message
    if needs is None or needs in dtype_families(dtype):
        return None
    return f'"{expression.text}" gives {dtype_name(dtype)}, needs {needs}'
