"""What a user asks for: one aggregate of some values, over some rows, in one window."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import Factory, evolve, field, frozen

from eventflow.aggregate import Aggregate, Selection
from eventflow.errors import nearest
from eventflow.moments import UTC_ZONE
from eventflow_features import aggregates as agg
from eventflow_features.errors import MissingOptionError, ValueTypeError, require_columns
from eventflow_features.expressions import Expression
from eventflow_features.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from eventflow_features.groups import Group

OPERATIONS: dict[str, type[Any]] = {
    "count": agg.Count,
    "sum": agg.Sum,
    "mean": agg.Mean,
    "min": agg.Min,
    "max": agg.Max,
    "var": agg.Variance,
    "std": agg.StandardDeviation,
    "first": agg.First,
    "last": agg.Last,
    "n_unique": agg.DistinctCount,
}


def operation(name: str) -> type[Any]:
    """Return the aggregate of this name.

    Raises:
        ValueError: There is none; the message names the nearest.
    """
    if found := OPERATIONS.get(name):
        return found
    near = nearest(name, OPERATIONS)
    hint = f'did you mean "{near}"?' if near else f"known: {', '.join(OPERATIONS)}"
    msg = f'there is no aggregate "{name}"; {hint}'
    raise ValueError(msg)


def _expression(value: str | pl.Expr | Expression | None) -> Expression | None:
    return None if value is None else Expression.of(value)


def _value(value: str | pl.Expr | Expression | None) -> Expression | None:
    return Expression.column(value) if isinstance(value, str) else _expression(value)


def _window(value: str | Window) -> Window:
    return Window.parse(value)


@frozen(kw_only=True)
class AggregateSpec:
    """One column of the answer.

    Attributes:
        name: Its name.
        op: Name of the aggregate (see `OPERATIONS`), or a class that fulfils
            `eventflow.aggregate.Aggregate`.
        value: What is aggregated: a column's name, or an expression. None only for ``count``,
            which then counts rows.
        where: Condition on rows: SQL text or a Polars expression; false and null leave a row out.
        window: Window of time that counts.
        group: Rows of which group count; None: of all.
        options: Further options of the aggregate: ``ddof``, ``tie_break``.
        key: Where its text stands among a step's options, for errors.
    """

    name: str
    op: str | type[Any] = "count"
    value: Expression | None = field(default=None, converter=_value)
    where: Expression | None = field(default=None, converter=_expression)
    window: Window = field(default=Window("all"), converter=_window)
    group: Group | None = None
    options: Mapping[str, Any] = field(factory=dict)
    key: str = field(
        default=Factory(lambda self: f"aggregates.{self.name}", takes_self=True), eq=False
    )

    @property
    def op_name(self) -> str:
        """Name of the aggregate, for messages."""
        return self.op if isinstance(self.op, str) else self.op.__name__

    @property
    def reads_time(self) -> bool:
        """Whether it depends on the time column beyond being before the moment."""
        return self.window.start is not None or issubclass(self._class(), agg.Last)

    def columns(self) -> frozenset[str]:
        """Return the columns it reads, besides key and time."""
        read = [e.columns() for e in (self.value, self.where) if e is not None]
        group = () if self.group is None else self.group.columns
        return frozenset().union(*read, self.options.get("tie_break", ()), group)

    def typed(self, found: Mapping[str, pl.DataType]) -> AggregateSpec:
        """Return the same spec with the values of its group in the dtypes of their columns.

        Raises:
            SchemaError: A category column does not exist (EF301).
            GroupValueError: It is no category column, or has no such value (EF324).
        """
        return self if self.group is None else evolve(self, group=self.group.typed(found))

    def check(self, found: Mapping[str, pl.DataType], time: str | None) -> pl.DataType:
        """Check columns, condition and dtype; return the dtype of the values. Reads no data.

        Raises:
            SchemaError: A column does not exist (EF301).
            ExpressionError: An expression does not fit (EF320).
            ValueTypeError: The aggregate cannot take such values (EF321).
            MissingOptionError: It needs a time column and there is none (EF323).
        """
        key = self.key
        if self.reads_time and time is None:
            raise MissingOptionError.time(self.name)
        require_columns(self.options.get("tie_break", ()), found, key=key)
        if self.where is not None:
            self.where.condition(found, key=key)
        dtype = pl.Int64() if self.value is None else self.value.row_wise(found, key=key)
        if self.unbound(time).dtype(dtype) is None:
            text = "rows" if self.value is None else self.value.text
            raise ValueTypeError.of_aggregate(self.op_name, text, dtype, key=key)
        return dtype

    def bound(
        self,
        found: Mapping[str, pl.DataType],
        time: str | None,
        as_of: datetime | None,
        zone: str = UTC_ZONE,
    ) -> tuple[Aggregate, pl.DataType]:
        """Return the aggregate over rows with these columns, and the dtype of its values.

        Raises as `check` does, and `MissingOptionError` for a window without a moment (EF323).
        """
        dtype = self.check(found, time)
        inside = None if time is None else self.window.contains(time, found[time], as_of, zone)
        asked = None if self.where is None else self.where.condition(found, key=self.key)
        group = None if self.group is None else self.group.typed(found).condition()
        conditions = [c for c in (inside, asked, group) if c is not None]
        value = None if self.value is None else self.value.without_nan(found)
        where = reduce(and_, conditions) if conditions else None
        return self._make(time, value, where), dtype

    def unbound(self, time: str | None) -> Aggregate:
        """Return the aggregate for merging and finishing, which need no rows."""
        return self._make(time, None, None)

    def _make(self, time: str | None, value: pl.Expr | None, where: pl.Expr | None) -> Aggregate:
        value = pl.lit(1) if value is None else value
        options = dict(self.options)
        if issubclass(self._class(), agg.Last):
            options |= {"time": time, "tie_break": tuple(options.get("tie_break", ()))}
        selection = Selection(label=self._label(), value=value, where=where)
        made: Aggregate = self._class()(name=self.name, of=selection, **options)
        return made

    def _class(self) -> type[Any]:
        if not isinstance(self.op, str):
            return self.op
        return agg.CountRows if self.op == "count" and self.value is None else operation(self.op)

    def _label(self) -> str:
        parts = ["*" if self.value is None else self.value.label()]
        if self.where is not None:
            parts.append(f"where {self.where.label()}")
        if self.window.start is not None:
            parts.append(f"in {self.window.text}")
        if self.group is not None:
            parts.append(f"of {self.group.label()}")
        if any(e is not None and not e.written for e in (self.value, self.where)):
            parts.append(f"for {self.name}")
        return " ".join(parts)
