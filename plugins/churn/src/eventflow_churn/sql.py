"""SQL expressions in options, computed on each row alone."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from eventflow_features.expressions import Expression, ExpressionOption

_FOLDS = re.compile(
    r"\b((?:sum|avg|mean|min|max|median|count|std|stddev|var|variance|first|last|corr|covar"
    r"|quantile_cont|quantile_disc|array_agg|string_agg|over|lag|lead|rank|dense_rank|row_number"
    r"|first_value|last_value)(?:_samp|_pop)?)\s*\(",
    re.IGNORECASE,
)
_TEXT = re.compile(r"""'(?:[^']|'')*'|"[^"]*\"""")


def _of_one_row(expression: Expression) -> Expression:
    """Refuse what is no function of one row: silently, it would mix customers.

    Raises:
        ValueError: The expression reads no column, or folds or orders rows.
    """
    if not expression.columns():
        msg = f'"{expression.text}" reads no column'
        raise ValueError(msg)
    if found := _FOLDS.search(_TEXT.sub("''", expression.text)):
        msg = f'"{expression.text}" uses {found[1]}, which looks at several rows'
        raise ValueError(msg)
    return expression


RowExpression = Annotated[ExpressionOption, AfterValidator(_of_one_row)]
"""Option that takes an SQL expression over the columns of one row."""
