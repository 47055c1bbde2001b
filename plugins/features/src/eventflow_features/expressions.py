"""Expressions that users write: SQL in configurations, Polars in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
from attrs import field, frozen
from polars.exceptions import PolarsError
from pydantic import BeforeValidator, PlainSerializer
from pydantic.json_schema import WithJsonSchema

from eventflow_features.dates_in_text import unformatted
from eventflow_features.errors import ExpressionError, require_columns
from eventflow_features.rowwise import is_row_wise
from eventflow_features.unknowns import without_nan

if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen(repr=False)
class Expression:
    """An expression together with the text a person would recognise it by.

    Attributes:
        text: SQL as written, a column's name, or Polars' rendering of a Python expression.
        expr: The expression.
        written: Whether `text` alone says what the expression means.
    """

    text: str
    expr: pl.Expr = field(eq=False)
    written: bool = True

    def __repr__(self) -> str:
        """Render as it would be written in Python."""
        return repr(self.text)

    @classmethod
    def column(cls, name: str) -> Expression:
        """Return the expression that is one column."""
        return cls(name, pl.col(name))

    @classmethod
    def of(cls, value: str | pl.Expr | Expression) -> Expression:
        """Read SQL text, or wrap a Polars expression.

        Raises:
            ExpressionError: The text is not an SQL expression (EF320).
        """
        if isinstance(value, Expression):
            return value
        if isinstance(value, pl.Expr):
            return cls(str(value), value, written=False)
        try:
            return cls(value, pl.sql_expr(value))
        except PolarsError as error:
            raise ExpressionError.unreadable(value, str(error)) from None

    def label(self) -> str:
        """Return text that no other expression shares: ``"amount"``, or ``(quantity * price)``."""
        if not self.expr.meta.is_column():
            return f"({self.text})"
        return '"' + self.expr.meta.output_name().replace('"', '""') + '"'

    def without_nan(self, found: Mapping[str, pl.DataType]) -> pl.Expr:
        """Return the expression with null for NaN (0 / 0), also where a part looks at another."""
        if self.expr.meta.is_column():
            return self.expr
        clean = without_nan(self.expr, found)
        return clean.fill_nan(None) if self.dtype(found, key="").is_float() else clean

    def columns(self) -> frozenset[str]:
        """Return the columns it reads."""
        return frozenset(self.expr.meta.root_names())

    def dtype(self, found: Mapping[str, pl.DataType], *, key: str) -> pl.DataType:
        """Return its dtype over these columns. Reads no data.

        Raises:
            SchemaError: It names a column that does not exist (EF301).
            ExpressionError: It cannot be computed from its columns, or reads dates in text without
                saying how they are written (EF320).
        """
        columns = sorted(self.columns())
        require_columns(columns, found, key=key, sql=self.text if self.written else "")
        seen = {name: found[name] for name in columns} or dict(found)
        if formatted := unformatted(self.expr, seen):
            raise ExpressionError.unformatted(self.text, formatted, key=key)
        try:
            return pl.DataFrame(schema=seen).select(self.expr.alias("value"))["value"].dtype
        except PolarsError as error:
            raise ExpressionError.unfit(self.text, str(error), key=key) from None

    def row_wise(self, found: Mapping[str, pl.DataType], *, key: str) -> pl.DataType:
        """Return its dtype, checked to be computed from each row alone.

        Raises:
            SchemaError: It names a column that does not exist (EF301).
            ExpressionError: It looks at other rows, or cannot be computed (EF320).
        """
        dtype = self.dtype(found, key=key)
        if not is_row_wise(self.expr):
            raise ExpressionError.not_row_wise(self.text, key=key)
        return dtype

    def condition(self, found: Mapping[str, pl.DataType], *, key: str) -> pl.Expr:
        """Return the expression, checked to be true or false of each row, or null: unknown.

        Unknown is what looks at null, at NaN (0 / 0), or at a cast that fails: conditions are
        computed for rows too that another condition takes out, and must not stop the run for them.

        Raises:
            SchemaError: It names a column that does not exist (EF301).
            ExpressionError: It is not Boolean, looks at other rows, or cannot be computed (EF320).
        """
        dtype = self.row_wise(found, key=key)
        if dtype != pl.Boolean:
            raise ExpressionError.not_a_condition(self.text, dtype, key=key)
        return without_nan(self.expr, found, lenient=True)


def _read(value: Any) -> Any:
    if not isinstance(value, str | pl.Expr | Expression):
        return value
    try:
        return Expression.of(value)
    except ExpressionError as error:
        problem = error.problems[0]
        msg = f"{problem.message}: {problem.detail[0]}"
        raise ValueError(msg) from None


ExpressionOption = Annotated[
    Expression,
    BeforeValidator(_read),
    PlainSerializer(lambda e: e.text, return_type=str),
    WithJsonSchema({"type": "string", "description": "SQL expression over columns"}),
]
"""Option of a component that takes SQL text or a Polars expression."""
