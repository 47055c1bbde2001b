"""SQL expressions in options, computed on each row alone."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from eventflow_features.expressions import Expression, ExpressionOption
from eventflow_features.rowwise import is_row_wise


def _of_one_row(expression: Expression) -> Expression:
    """Refuse what is no function of one row: silently, it would mix customers.

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
