"""Checks of one row at a time: conditions over columns, foreign keys, late and future events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import evolve, frozen

from eventflow.config.types import format_duration
from eventflow.moments import instant, moment
from eventflow_quality.checks import Beside, Check, Measured, counted, name, text
from eventflow_quality.clock import as_instant, bound, time_of
from eventflow_quality.conditions import value_of
from eventflow_quality.errors import ReferenceTypeError, UnknownRuleColumnError
from eventflow_quality.rules import sensitive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from eventflow.frame import EventFrame
    from eventflow.quality import Dimension
    from eventflow_quality.config import GateConfig
    from eventflow_quality.table_options import (
        CrossColumnRule,
        FutureRule,
        LateRule,
        ReferenceRule,
        RowRule,
    )


@frozen(kw_only=True)
class RowChecks:
    """What the checks of one gate share.

    Attributes:
        config: Options of the gate.
        frame: What is checked.
        at: The moment of the run, if the gate is bound to one.
    """

    config: GateConfig
    frame: EventFrame
    at: datetime | None

    def all(self) -> Iterator[Measured]:
        """Yield every check that judges each row by itself.

        Raises:
            ExpressionError: A condition looks at other rows, or cannot be computed (EF320).
            ReferenceTypeError: A foreign key cannot be compared with its context (EF412).
            NoMomentError: A rule depends on the moment of the run, and there is none (EF413).
            NoTimestampError: A rule needs a timestamp, and the schema names none (EF414).
        """
        for title, rule in self.config.rules.items():
            yield self._condition(title, rule)
        for number, reference in enumerate(self.config.references):
            yield self._reference(number, reference)
        if self.config.late is not None:
            yield self._late(self.config.late)
        if self.config.future is not None:
            yield self._future(self.config.future)

    def _condition(self, title: str, rule: CrossColumnRule) -> Measured:
        holds = rule.that.condition(self.frame.columns(), key=f"quality.rules.{title}")
        columns = tuple(sorted(rule.that.columns()))
        return self._made(
            title, columns, holds, rule, wanted=rule.that.text, dimension=rule.dimension
        )

    def _reference(self, number: int, rule: ReferenceRule) -> Measured:
        known: EventFrame = self.config.contexts[rule.context].scan().without_nan()
        key = rule.key or rule.columns
        _check_key(rule, key, self.frame, known)
        mark = name(f"known {number}", *key)
        right = [name(f"key {number}", column) for column in key]
        there = known.columns()
        keys = known.lazy.select(
            value_of(c, there[c]).alias(n) for c, n in zip(key, right, strict=True)
        )
        here = self.frame.columns()
        left = [name(f"ours {number}", column) for column in rule.columns]
        ours = {n: value_of(c, here[c]) for c, n in zip(rule.columns, left, strict=True)}
        table = keys.drop_nulls().unique().with_columns(pl.lit(value=True).alias(mark))
        whole = pl.all_horizontal(pl.col(c).is_not_null() for c in ours)
        made = self._made(
            f"reference to {rule.context}",
            rule.columns,
            pl.when(whole).then(pl.col(mark).is_not_null()),
            rule,
            wanted=f"among the keys of {rule.context}",
            dimension="consistency",
            number=number,
        )
        beside = Beside(table=table, ours=ours, right=tuple(right))
        return evolve(made, beside=(beside,))

    def _late(self, rule: LateRule) -> Measured:
        time, _ = time_of(self.frame, "late")
        waited = as_instant(rule.arrived, self.frame) - as_instant(time, self.frame)
        wanted = f"there within {format_duration(rule.within)}"
        return self._made("late", (time, rule.arrived), waited <= rule.within, rule, wanted=wanted)

    def _future(self, rule: FutureRule) -> Measured:
        time, dtype = time_of(self.frame, "future")
        limit = moment(bound(self.at, "future") + rule.tolerance, dtype, self.frame.zone)
        ahead = f"at most {format_duration(rule.tolerance)} " if rule.tolerance else "not "
        holds = instant(time, dtype) <= limit
        return self._made("future", (time,), holds, rule, wanted=f"{ahead}after the run")

    def _made(  # noqa: PLR0913 - the parts of a check
        self,
        title: str,
        columns: tuple[str, ...],
        holds: pl.Expr,
        rule: RowRule,
        *,
        wanted: str,
        dimension: Dimension = "timeliness",
        number: int = 0,
    ) -> Measured:
        key = name(f"row {number} {title}", *columns)
        config = self.config
        check = Check(
            dimension=dimension,
            check=title,
            columns=columns,
            passed=f"passed {key}",
            total=f"total {key}",
            examples=f"examples {key}",
            required=getattr(config, dimension) if rule.required is None else rule.required,
            severity=rule.severity or getattr(config.severity, dimension),
            wanted=wanted,
            masked=sensitive(config, self.frame.schema, columns),
        )
        return Measured(
            check=check,
            **counted(key, holds, text(columns)),
            fails=holds.not_(),
            on_fail=rule.on_fail or config.on_fail,
        )


def _check_key(
    rule: ReferenceRule, key: tuple[str, ...], frame: EventFrame, known: EventFrame
) -> None:
    here, there = frame.columns(), known.columns()
    if missing := [column for column in key if column not in there]:
        raise UnknownRuleColumnError.for_columns(missing, there, key="references")
    for mine, other in zip(rule.columns, key, strict=True):
        if not _comparable(here[mine], there[other]):
            raise ReferenceTypeError.for_columns(mine, here[mine], other, there[other])


def _comparable(a: pl.DataType, b: pl.DataType) -> bool:
    texts = (pl.String, pl.Categorical, pl.Enum)
    both_text = isinstance(a, texts) and isinstance(b, texts)
    return a == b or (a.is_integer() and b.is_integer()) or both_text
