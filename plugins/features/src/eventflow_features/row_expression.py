"""Options of blueprints that take an SQL expression over one row, and whether it fits the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
from attrs import field, frozen
from pydantic import AfterValidator

from eventflow.blueprint import Mistyped
from eventflow.errors import nearest
from eventflow.schema import dtype_families, dtype_name
from eventflow_features.errors import ExpressionError
from eventflow_features.expressions import Expression, ExpressionOption
from eventflow_features.rowwise import is_row_wise

if TYPE_CHECKING:
    from collections.abc import Mapping

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


@frozen
class Misfit:
    """What an option's expression lacks and gets wrong, in the terms of `Compatibility`.

    Attributes:
        missing: What it names that is not there, each with the nearest column or None.
        wrong: The option, with a sentence, if the expression cannot serve.
        mistyped: The option, with the column of text that it takes for a number.
    """

    missing: dict[str, str | None]
    wrong: dict[str, str] = field(factory=dict)
    mistyped: dict[str, Mistyped] = field(factory=dict)


def misfit(
    option: str,
    expression: Expression,
    found: Mapping[str, pl.DataType],
    *,
    needs: Family | None = None,
) -> Misfit:
    """Return what an option's expression lacks and gets wrong.

    Args:
        option: Name of the option.
        expression: Its value.
        found: Columns that arrive, with their dtypes.
        needs: dtype family the expression must have; None takes any.
    """
    lacking = sorted(expression.columns() - found.keys())
    missing = {f"{option}: {name}": nearest(name, found) for name in lacking}
    problem = None if lacking else _wrong(option, expression, found, needs)
    if not problem:
        return Misfit(missing)
    texts = [c for c in sorted(expression.columns()) if found[c] == pl.String]
    if needs != "numeric" or not texts:
        return Misfit(missing, {option: problem})
    if expression.columns() != {texts[0]}:
        problem = f'{problem}: column "{texts[0]}" is text'
    return Misfit(missing, {option: problem}, {option: Mistyped(texts[0], (needs,))})


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
