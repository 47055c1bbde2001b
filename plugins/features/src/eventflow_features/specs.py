"""What a user asks for: one aggregate of some values, over some rows, in one window."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import Factory, evolve, field, frozen

from eventflow.aggregate import Aggregate, Selection
from eventflow.errors import nearest
from eventflow.moments import UTC_ZONE, elapsed
from eventflow_features import aggregates as agg
from eventflow_features.aggregates.checked import CHECKED, float_sum, overflows
from eventflow_features.errors import MissingOptionError, ValueTypeError, require_columns
from eventflow_features.expressions import Expression
from eventflow_features.windows import Window

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
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
    "approx_n_unique": agg.ApproximateDistinctCount,
    "median": agg.Median,
    "quantile": agg.Quantile,
    "approx_quantile": agg.ApproximateQuantile,
    "mode": agg.MostFrequent,
    "top_k": agg.TopK,
    "entropy": agg.Entropy,
    "simpson": agg.Simpson,
    "gini_simpson": agg.GiniSimpson,
    "evenness": agg.Evenness,
    "ratio": agg.Ratio,
    "cov": agg.Covariance,
    "corr": agg.Correlation,
    "trend": agg.Trend,
    "time_since": agg.TimeSince,
    "gap_mean": agg.GapMean,
    "gap_cv": agg.GapVariation,
}

OF_ROWS = ("count", "time_since", "gap_mean", "gap_cv")
"""Aggregates that look at rows where no value is named."""


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
        value: What is aggregated: a column's name, or an expression. None only for those of
            `OF_ROWS`, which then look at rows.
        where: Condition on rows: SQL text or a Polars expression; false and null leave a row out.
        window: Window of time that counts.
        group: Rows of which group count; None: of all.
        options: Further options of the aggregate: ``ddof``, ``tie_break``, ``other``, ``q``,
            ``error``, ``k``, ``bound``, ``base``.
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
        if self._bounded or issubclass(self._class(), agg.TimeSince):
            return True
        return getattr(self._class(), "timed", False) is True

    @property
    def _bounded(self) -> bool:
        return self.window.start is not None or self.window.at is not None

    def columns(self) -> frozenset[str]:
        """Return the columns it reads, besides key and time."""
        read = [e.columns() for e in (self.value, self.where) if e is not None]
        group = () if self.group is None else self.group.columns
        return frozenset().union(*read, self._named_by_options(), group)

    def _named_by_options(self) -> tuple[str, ...]:
        other = self.options.get("other")
        return (*self.options.get("tie_break", ()), *(() if other is None else (other,)))

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
        require_columns(self._named_by_options(), found, key=key)
        if self.where is not None:
            self.where.condition(found, key=key)
        dtype = pl.Int64() if self.value is None else self.value.row_wise(found, key=key)
        unbound = self.unbound(time)
        if unbound.dtype(dtype) is None:
            text = "rows" if self.value is None else self.value.text
            raise ValueTypeError.of_aggregate(self.op_name, text, dtype, key=key)
        other = self.options.get("other")
        if other is not None and unbound.dtype(found[other]) is None:
            raise ValueTypeError.of_aggregate(self.op_name, other, found[other], key=key)
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
        since: pl.Expr | None = None
        if issubclass(self._class(), agg.TimeSince) and time is not None:
            at = as_of if self.window.at is None else self.window.at
            if at is None:
                raise MissingOptionError.as_of(self.op_name)
            since = elapsed(time, found[time], at, zone)
        return self._make(overflows(dtype), time, value, where, since), dtype

    def unbound(self, time: str | None, *, checked: bool = False) -> Aggregate:
        """Return the aggregate for merging and finishing, which need no rows.

        Args:
            time: Column of the time.
            checked: Whether the values are such that 64 bits may not hold their sum.
        """
        return self._make(checked, time)

    def is_checked(self, parts: Container[str]) -> bool:
        """Whether partial columns were made of values whose sum 64 bits may not hold."""
        return float_sum(self._label()) in parts

    def _make(
        self,
        checked: bool,  # noqa: FBT001 - private
        time: str | None,
        value: pl.Expr | None = None,
        where: pl.Expr | None = None,
        since: pl.Expr | None = None,
    ) -> Aggregate:
        value = pl.lit(1) if value is None else value
        options = dict(self.options)
        if getattr(self._class(), "timed", False):
            options |= {"time": time}
        if issubclass(self._class(), agg.Last):
            options |= {"tie_break": tuple(options.get("tie_break", ()))}
        if issubclass(self._class(), agg.TimeSince):
            options |= {"elapsed": since}
        selection = Selection(label=self._label(), value=value, where=where)
        kind = CHECKED.get(self._class(), self._class()) if checked else self._class()
        made: Aggregate = kind(name=self.name, of=selection, **options)
        return made

    def _class(self) -> type[Any]:
        if not isinstance(self.op, str):
            return self.op
        return agg.CountRows if self.op == "count" and self.value is None else operation(self.op)

    def _label(self) -> str:
        parts = ["*" if self.value is None else self.value.label()]
        if self.where is not None:
            parts.append(f"where {self.where.label()}")
        if self._bounded:
            parts.append(f"in {self.window.text}")
        if self.group is not None:
            parts.append(f"of {self.group.label()}")
        if any(e is not None and not e.written for e in (self.value, self.where)):
            parts.append(f"for {self.name}")
        return " ".join(parts)


def in_dtypes(
    specs: Sequence[AggregateSpec], found: Mapping[str, pl.DataType]
) -> list[AggregateSpec]:
    """Return specs with the values of their groups in the dtypes of these columns.

    A group is looked at once, however many specs share it.

    Raises:
        SchemaError: A category column does not exist (EF301).
        GroupValueError: It is no category column, or has no such value (EF324).
    """
    groups = dict.fromkeys(spec.group for spec in specs)
    typed = {group: group.typed(found) for group in groups if group is not None}
    others = {group for group, made in typed.items() if made.label() != group.label()}
    return [evolve(s, group=typed[s.group]) if s.group in others else s for s in specs]
