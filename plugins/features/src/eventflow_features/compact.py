"""How aggregates are written in a configuration, short and long."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from eventflow_features.expressions import ExpressionOption  # noqa: TC001 - pydantic reads it
from eventflow_features.specs import AggregateSpec, operation
from eventflow_features.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.schema import EventSchema
    from eventflow_features.groups import Group

Operation = Literal[
    "count", "sum", "mean", "min", "max", "var", "std", "first", "last", "n_unique"
]  # fmt: skip

_SHORT = re.compile(r"(?P<op>\w+)(?:\((?P<column>[^()]*)\))?")
_DEFAULTS = ("sum", "mean", "min", "max", "std")


class AggregateOptions(BaseModel):
    """One aggregate, in full.

    Attributes:
        op: What is computed; ``count`` without a column counts rows.
        column: Column it is computed of.
        value: SQL expression it is computed of, instead of a column.
        where: SQL condition; rows where it is false or null do not count.
        window: Its own window; replaces the step's `windows`.
        ddof: Delta degrees of freedom of ``var`` and ``std``; 1 unless given.
        tie_break: Columns that decide between equal times in ``first`` and ``last``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    op: Operation
    column: str | None = None
    value: ExpressionOption | None = None
    where: ExpressionOption | None = None
    window: str | None = None
    ddof: int | None = Field(default=None, ge=0)
    tie_break: tuple[str, ...] | None = None

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

    @field_validator("tie_break", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.column is not None and self.value is not None:
            msg = "give column or value, not both"
            raise ValueError(msg)
        if self.op != "count" and self.column is None and self.value is None:
            msg = f"{self.op} of what? write {self.op}(COLUMN), or add column: or value:"
            raise ValueError(msg)
        if self.ddof is not None and self.op not in ("var", "std"):
            msg = f"ddof belongs to var and std, not to {self.op}"
            raise ValueError(msg)
        if self.tie_break is not None and self.op not in ("first", "last"):
            msg = f"tie_break belongs to first and last, not to {self.op}"
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
        given = {"ddof": self.ddof, "tie_break": self.tie_break}
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
