"""Steps on rows: filter, require. Every row that leaves is counted, with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from eventflow.base import BaseStep, ComponentConfig
from eventflow.frame import EventFrame, Rejection
from eventflow_features.deduplicate import DeduplicateStep
from eventflow_features.errors import require_columns
from eventflow_features.expressions import ExpressionOption  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.schema import EventSchema
    from eventflow.types import Rows

__all__ = ["DeduplicateStep", "FilterStep", "RequireStep"]


class FilterStep(BaseStep):
    """Keep the rows for which a condition is true.

    Rows for which it is false leave for `reason`; rows for which it is null (something it looks at
    is unknown) leave for a reason of their own, ``… is unknown``. Unknown are also NaN (``0 / 0``)
    and a ``CAST`` of a value that does not fit.

    Raises while the plan is built: `SchemaError` (EF301, no such column), `ExpressionError` (EF320,
    not a condition on the row).
    """

    rows: ClassVar[Rows] = "accounted"

    class Config(ComponentConfig):
        """Options.

        Attributes:
            where: SQL condition, for example ``quantity > 0``; in Python also a Polars expression.
            reason: Why the others leave; ``not (quantity > 0)`` if not given.
            outcome: What becomes of them.
        """

        where: ExpressionOption
        reason: str | None = Field(default=None, min_length=1)
        outcome: Literal["dropped", "quarantined"] = "dropped"

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Needs what the condition names."""
        del schema, columns
        found: frozenset[str] = self.config.where.columns()
        return found

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Take out the rows for which the condition is not true, lazily."""
        del state
        where = self.config.where
        condition = where.condition(frame.columns(), key="where")
        reason = self.config.reason or f"not ({where.text})"
        return frame.reject(
            Rejection(f"{where.text} is unknown", condition.is_null(), self.config.outcome),
            Rejection(reason, condition.not_(), self.config.outcome),
        )


class RequireStep(BaseStep):
    """Keep the rows in which all these columns have a value.

    A row leaves for the first column it lacks, in the order given: ``no customer_id``.

    Raises while the plan is built: `SchemaError` (EF301, no such column).
    """

    rows: ClassVar[Rows] = "accounted"

    class Config(ComponentConfig):
        """Options.

        Attributes:
            columns: Columns that must not be null.
            reasons: Column → why rows without it leave, instead of ``no COLUMN``.
            outcome: What becomes of them.
        """

        columns: tuple[str, ...] = Field(min_length=1)
        reasons: dict[str, str] = Field(default_factory=dict)
        outcome: Literal["dropped", "quarantined"] = "dropped"

        @model_validator(mode="after")
        def _reasons_of_columns(self) -> Self:
            if others := sorted(set(self.reasons) - set(self.columns)):
                msg = f"reasons speaks of columns that are not required: {', '.join(others)}"
                raise ValueError(msg)
            return self

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Needs the columns it requires."""
        del schema, columns
        return frozenset(self.config.columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Take out the rows that lack a column, lazily."""
        del state
        require_columns(self.config.columns, frame.columns(), key="columns")
        return frame.reject(
            *(
                Rejection(
                    self.config.reasons.get(column, f"no {column}"),
                    pl.col(column).is_null(),
                    self.config.outcome,
                )
                for column in self.config.columns
            )
        )
