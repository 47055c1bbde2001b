"""The step `features.rate`: per inhabitant, per square kilometre, per hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from eventflow.base import BaseStep, ComponentConfig
from eventflow.blueprint import FeatureSpec, close
from eventflow.config import ONE_OR_MANY
from eventflow.frame import Account
from eventflow_features.cells.checks import require_free, require_numbers, unit_of
from eventflow_features.cells.errors import UnfitBinError
from eventflow_features.keys import bins_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import Dimension, EventSchema
    from eventflow.types import Rows

_MICROSECONDS = {"s": 1e6, "m": 60e6, "h": 3600e6, "d": 86_400e6}


class FeatureRateStep(BaseStep):
    """Features per something: ``count_per_population``, ``count_per_km2``, ``count_per_h``.

    ``rate = value * times / (per * length of the bin in units of time)``, with what is asked for of
    the two. `per` is a column of the context, such as the inhabitants or the area of a zone, or a
    number, such as the 0.09 km² of a cell of 300 m. The length of a bin is exact where its ends are
    instants: a day over a change of clocks has 23 or 25 hours.

    Shape: the same rows in the same number; a column for each column, Float64. Null: the value or
    the divisor is null, both are infinite, or the divisor is not above 0; rows of divisors that are
    null or not above 0 are counted as flagged. Parity: close(1e-9).

    Raises while the plan is built: `SchemaError` (EF301), `ValueTypeError` (EF321),
    `NameTakenError` (EF322), `UnfitBinError` (EF345, `time` without bins of time).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(ComponentConfig):
        """Options of `features.rate`.

        Attributes:
            columns: Columns of numbers whose rates are wanted.
            per: What they are divided by: a column, or a number.
            time: Unit of time they are divided by too: ``s``, ``m``, ``h`` or ``d`` (24 hours), of
                which the row's bin has so many.
            times: Per how many: 1000 for a rate per 1,000 inhabitants.
            unit: What one of `per` is, for the name and unit of the result; not given: the
                column's name. A number needs one.
        """

        columns: Annotated[tuple[str, ...], ONE_OR_MANY] = Field(min_length=1)
        per: str | Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
        time: Literal["s", "m", "h", "d"] | None = None
        times: float = Field(default=1.0, gt=0, allow_inf_nan=False)
        unit: str | None = Field(default=None, min_length=1)

        @model_validator(mode="after")
        def _fits_together(self) -> Self:
            if self.per is None and self.time is None:
                msg = "per what? give per: COLUMN, per: NUMBER with unit, or time: h"
                raise ValueError(msg)
            if isinstance(self.per, float) and self.unit is None:
                msg = f"{self.per:g} of what? add unit, for example unit: km2"
                raise ValueError(msg)
            return self

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """The columns, the divisor, and the ends of the bin."""
        del columns
        ends = [] if self.config.time is None else _ends(schema)
        return frozenset((*self.config.columns, *self._divisors(), *ends))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Divide, lazily."""
        del state
        found, config = frame.columns(), self.config
        require_numbers(config.columns, found, op="rate", key="columns")
        require_numbers(self._divisors(), found, op="rate", key="per")
        require_free([self._name(c) for c in config.columns], found, key="columns")
        divisor = self._divisor(frame.schema)
        made = (
            pl.when(divisor > 0)
            .then((pl.col(c).cast(pl.Float64) * config.times / divisor).fill_nan(None))
            .alias(self._name(c))
            for c in config.columns
        )
        rated = frame.with_lazy(frame.lazy.with_columns(made))
        for column in self._divisors():
            rated = rated.account(_unfit(frame.lazy, column))
        return rated

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Say what each is divided by."""
        del state
        config = self.config
        bins = [f"length of the bin in {config.time}"] if config.time else []
        by = " / ".join([*([] if config.per is None else [f"{config.per}"]), *bins])
        scale = "" if config.times == 1 else f" * {config.times:g}"
        return [
            FeatureSpec(
                name=self._name(column),
                unit=f"{unit_of(column, frame.schema)}/{self._unit()}",
                formula=f"{column}{scale} / {by}",
                parity=close(),
                nulls="null where the value or a divisor is, both are infinite, or a divisor is not"
                " above 0",
                source="rate",
            )
            for column in config.columns
        ]

    def _divisors(self) -> list[str]:
        return [self.config.per] if isinstance(self.config.per, str) else []

    def _divisor(self, schema: EventSchema) -> pl.Expr:
        per = self.config.per
        made = pl.col(per).cast(pl.Float64) if isinstance(per, str) else pl.lit(per or 1.0)
        if self.config.time is None:
            return made
        start, end = _ends(schema)
        length = (pl.col(end) - pl.col(start)).dt.total_microseconds()
        return made * (length / _MICROSECONDS[self.config.time])

    def _unit(self) -> str:
        """Return what the result is per: ``1000 population h``."""
        config = self.config
        what = config.unit or (config.per if isinstance(config.per, str) else None)
        number = None if config.times == 1 else f"{config.times:g}"
        return " ".join(part for part in (number, what, config.time) if part)

    def _name(self, column: str) -> str:
        return f"{column}_per_{self._unit().replace(' ', '_')}"


def _ends(schema: EventSchema) -> tuple[str, str]:
    bins: Dimension | None = next((d for d in bins_of(schema) if d.end is not None), None)
    if bins is None or bins.end is None:
        raise UnfitBinError.without_length()
    return bins.column, bins.end


def _unfit(rows: pl.LazyFrame, column: str) -> Account:
    """Return an account of the rows that cannot be divided; they stay."""
    value = pl.col(column)
    told = {f"no {column}": value.is_null(), f"{column} not above 0": value <= 0}
    sums = (e.sum().cast(pl.UInt64).alias(reason) for reason, e in told.items())
    counts = rows.select(sums).unpivot(variable_name="reason", value_name="rows")
    return Account(counts=counts, outcomes=dict.fromkeys(told, "flagged"))
