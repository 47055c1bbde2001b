"""The step `features.share`: what share of the whole a row has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import polars as pl
from pydantic import Field

from eventflow.base import BaseStep, ComponentConfig
from eventflow.blueprint import FeatureSpec, close
from eventflow.config import ONE_OR_MANY
from eventflow.types import WHOLE, Locality
from eventflow_features.cells.checks import require_free, require_numbers
from eventflow_features.errors import require_columns
from eventflow_features.keys import default_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Rows


class FeatureShareStep(BaseStep):
    """A row's share of the sum over its parent: of a category in its cell, of a cell in the day.

    ``count_share = count / sum of count over all rows with the same parent``. Where the schema
    names a timestamp, rows of one parent have one timestamp too, so that no share knows what came
    later; after `features.aggregate` over bins that is the bin.

    Shape: the same rows in the same number; a column for each column, Float64. Unit: 1. Null: the
    value is null, the parent or the timestamp is, or the sum is 0 or infinite. Shares of one parent
    add up to 1; with values of both signs a share may be negative or larger than 1. Parity:
    close(1e-9).

    Raises while the plan is built: `SchemaError` (EF301), `ValueTypeError` (EF321),
    `NameTakenError` (EF322).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(ComponentConfig):
        """Options of `features.share`.

        Attributes:
            columns: Columns of numbers whose shares are wanted.
            within: Columns that identify the parent; not given: the schema's cells, zones (else its
                entity) and bins of time; ``[]``: the whole, at each timestamp.
            suffix: What is added to the names.
        """

        columns: Annotated[tuple[str, ...], ONE_OR_MANY] = Field(min_length=1)
        within: Annotated[tuple[str, ...], ONE_OR_MANY] | None = None
        suffix: str = Field(default="_share", min_length=1)

    @property
    def locality(self) -> Locality:
        """Needs the rows of a parent together."""
        within = self.config.within
        return WHOLE if within == () else Locality("ordered", tuple(within or ()))

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """The columns, and what identifies the parent."""
        del columns
        return frozenset((*self.config.columns, *self._within(schema)))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Divide by the sums over parents, lazily."""
        del state
        found, within = frame.columns(), self._within(frame.schema)
        require_numbers(self.config.columns, found, op="share", key="columns")
        require_columns(within, found, key="within")
        names = [f"{c}{self.config.suffix}" for c in self.config.columns]
        require_free(names, found, key="columns")
        made = (_share(c, within).alias(n) for c, n in zip(self.config.columns, names, strict=True))
        return frame.with_lazy(frame.lazy.with_columns(made))

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Say what each is a share of."""
        del state
        parent = ", ".join(self._within(frame.schema)) or "all rows"
        return [
            FeatureSpec(
                name=f"{column}{self.config.suffix}",
                unit="1",
                formula=f"{column} / sum of {column} over rows with the same {parent}",
                parity=close(),
                nulls="null where the value is, or where the sum is 0 or infinite",
                source="share of a total",
            )
            for column in self.config.columns
        ]

    def _within(self, schema: EventSchema) -> tuple[str, ...]:
        asked = default_key(schema) if self.config.within is None else self.config.within
        time = () if schema.timestamp is None else (schema.timestamp,)
        return tuple(dict.fromkeys((*asked, *time)))


def _share(column: str, within: tuple[str, ...]) -> pl.Expr:
    value = pl.col(column).cast(pl.Float64)
    total = value.sum().over(within) if within else value.sum()
    there = pl.all_horizontal(pl.col(c).is_not_null() for c in within) if within else True
    return pl.when((total != 0) & total.is_finite() & there).then(value / total)
