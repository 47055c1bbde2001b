"""How aggregates are written in a configuration, short and long."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from eventflow.config import ONE_OR_MANY
from eventflow_features.expressions import ExpressionOption  # noqa: TC001 - pydantic reads it
from eventflow_features.specs import OF_ROWS, AggregateSpec, operation
from eventflow_features.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.schema import EventSchema
    from eventflow_features.groups import Group

Operation = Literal[
    "count", "sum", "mean", "min", "max", "var", "std", "first", "last", "n_unique",
    "approx_n_unique", "median", "quantile", "approx_quantile", "mode", "top_k", "entropy",
    "simpson", "gini_simpson", "evenness", "ratio", "cov", "corr", "trend", "time_since",
    "gap_mean", "gap_cv",
]  # fmt: skip

_SHORT = re.compile(r"(?P<op>\w+)(?:\((?P<column>[^()]*)\))?")
_DEFAULTS = ("sum", "mean", "min", "max", "std")


_BELONGS: dict[str, tuple[str, ...]] = {
    "ddof": ("var", "std", "cov"),
    "tie_break": ("first", "last"),
    "other": ("ratio", "cov", "corr"),
    "q": ("quantile", "approx_quantile"),
    "error": ("approx_quantile",),
    "k": ("top_k",),
    "bound": ("approx_n_unique",),
    "base": ("entropy",),
}
_NEEDS = ("other", "q")


class AggregateOptions(BaseModel):
    """One aggregate, in full.

    Attributes:
        op: What is computed; ``count`` without a column counts rows.
        column: Column it is computed of.
        value: SQL expression it is computed of, instead of a column.
        where: SQL condition; rows where it is false or null do not count.
        window: Its own window; replaces the step's `windows`.
        ddof: Delta degrees of freedom of ``var``, ``std`` and ``cov``; 1 unless given.
        tie_break: Columns that decide between equal times in ``first`` and ``last``.
        other: The other column of ``ratio`` (the divisor), ``cov`` and ``corr``.
        q: Which ``quantile`` or ``approx_quantile``, between 0 and 1.
        error: How far the rank of an ``approx_quantile`` may be off, as a share of the number of
            values; 0.01 unless given.
        k: How many values ``top_k`` lists; 3 unless given.
        bound: Up to how many distinct values ``approx_n_unique`` is exact; 1,024 unless given.
        base: Base of the logarithm of ``entropy``: 2 for bits; e, for nats, unless given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    op: Operation
    column: str | None = None
    value: ExpressionOption | None = None
    where: ExpressionOption | None = None
    window: str | None = None
    ddof: int | None = Field(default=None, ge=0)
    tie_break: Annotated[tuple[str, ...], ONE_OR_MANY] | None = None
    other: str | None = None
    q: float | None = Field(default=None, ge=0, le=1)
    error: float | None = Field(default=None, ge=0.0001, le=0.2)
    k: int | None = Field(default=None, ge=1)
    bound: int | None = Field(default=None, ge=16)
    base: float | None = Field(default=None, gt=1)

    @field_validator("op", mode="before")
    @classmethod
    def _known_operation(cls, value: Any) -> Any:
        if isinstance(value, str):
            operation(value)
        return value

    @field_validator("window")
    @classmethod
    def _known_window(cls, value: str | None) -> str | None:
        if value is not None:
            Window.parse(value)
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.column is not None and self.value is not None:
            msg = "give column or value, not both"
            raise ValueError(msg)
        if self.op not in OF_ROWS and self.column is None and self.value is None:
            msg = f"{self.op} of what? write {self.op}(COLUMN), or add column: or value:"
            raise ValueError(msg)
        for option, ops in _BELONGS.items():
            given = getattr(self, option) is not None
            if given and self.op not in ops:
                msg = f"{option} belongs to {' and '.join(ops)}, not to {self.op}"
                raise ValueError(msg)
            if self.op in ops and option in _NEEDS and not given:
                msg = f"{self.op} needs {option}: write {{op: {self.op}, column: …, {option}: …}}"
                raise ValueError(msg)
        return self

    def specs(
        self,
        name: str,
        windows: Sequence[str],
        groups: Sequence[Group | None] = (None,),
        *,
        key: str,
    ) -> Iterator[AggregateSpec]:
        """Yield one spec for each group and window, named after both when there is a choice.

        Args:
            name: Name of the aggregate.
            windows: Windows of the step.
            groups: Groups of the step; None stands for all rows.
            key: Where the aggregate stands among the step's options.
        """
        for group in groups:
            named = name if group is None else f"{name}_{group.name}"
            if self.window is not None or not windows:
                yield self._spec(named, self.window or "all", group, key)
                continue
            for window in windows:
                yield self._spec(f"{named}_{window.replace('..', '_')}", window, group, key)

    def _spec(self, name: str, window: str, group: Group | None, key: str) -> AggregateSpec:
        given = {option: getattr(self, option) for option in _BELONGS}
        return AggregateSpec(
            name=name,
            op=self.op,
            value=self.column if self.column is not None else self.value,
            where=self.where,
            window=window,
            group=group,
            key=key,
            options={k: v for k, v in given.items() if v is not None},
        )


Aggregates = str | tuple[str, ...] | dict[str, str | AggregateOptions]
"""What `read_aggregates` takes of a configuration."""


def read_aggregates(written: Any) -> Any:
    """Bring short forms (``sum(amount)``, lists of them) into the long form.

    Raises:
        ValueError: A short form cannot be read.
    """
    if isinstance(written, str):
        written = [written]
    if isinstance(written, list | tuple):
        short = [_short(text) for text in written]
        names = [_named(options) for options in short]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            msg = f"listed twice: {', '.join(twice)}"
            raise ValueError(msg)
        return dict(zip(names, short, strict=True))
    if isinstance(written, dict):
        return {n: _short(w) if isinstance(w, str) else w for n, w in written.items()}
    return written


def default_aggregates(schema: EventSchema) -> dict[str, AggregateOptions]:
    """Return what is computed when nobody asked for anything in particular."""
    short = ["count"]
    if schema.value is not None:
        short += [f"{op}({schema.value})" for op in _DEFAULTS]
    return {n: AggregateOptions(**o) for n, o in read_aggregates(short).items()}


def _short(text: Any) -> dict[str, Any]:
    match = _SHORT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        msg = f'cannot read the aggregate "{text}": write count, or sum(COLUMN)'
        raise ValueError(msg)
    column = (match["column"] or "").strip()
    return {"op": match["op"]} | ({"column": column} if column not in ("", "*") else {})


def _named(options: dict[str, Any]) -> str:
    column = options.get("column")
    return f"{column}_{options['op']}" if column else str(options["op"])
