"""Blueprints that break one law each, and the honest one they are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
from attrs import evolve

from contract_offenders import offender
from eventflow.base import BaseAggregateStep, BaseBlueprint, BaseStep
from eventflow.blueprint import EXACT, Compatibility, FeatureSpec, FieldSpec, close

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from eventflow.blueprint import Binding
    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Step

ENTITY = FieldSpec(name="entity", families=("string",), description="Who.", role="entity")
AMOUNT = FieldSpec(name="amount", families=("numeric",), description="How much.", role="value")
TIME = FieldSpec(name="time", families=("temporal",), description="When.", role="timestamp")
FLAG = FieldSpec(name="flag", families=("boolean",), description="Whether.", required=False)
SPENT = FeatureSpec(
    name="spent", unit="EUR", formula="sum(amount)", parity=close(), nulls="never", source="SQL"
)
FLAGGED = FeatureSpec(
    name="flagged",
    unit="1",
    formula="count(flag)",
    parity=EXACT,
    nulls="never",
    source="SQL",
    needs=("flag",),
)


class Fold(BaseAggregateStep):
    """Adds up what each entity spent, and counts its flags."""

    by = ("entity",)

    def __init__(self, binding: Binding) -> None:
        super().__init__()
        self.columns = binding.columns
        self.as_of = binding.as_of

    def exprs(self) -> dict[str, pl.Expr]:
        made = {"spent": pl.col("amount").sum()}
        if "flag" in self.columns:
            made["flagged"] = pl.col("flag").sum().cast(pl.Int64)
        return made

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.group_by(self.by).agg(**self.exprs())

    def merge(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        return partials.group_by(self.by).agg(pl.all().sum())

    def finish(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        return partials


class Spending(BaseBlueprint):
    """What each entity spent."""

    name: ClassVar[str] = "spending"
    version: ClassVar[str] = "1.0"
    fields: ClassVar[tuple[FieldSpec, ...]] = (ENTITY, AMOUNT, TIME, FLAG)
    features: ClassVar[tuple[FeatureSpec, ...]] = (SPENT, FLAGGED)

    def steps(self, binding: Binding) -> Sequence[Step]:
        return [Fold(binding)]


class NoUnit(Spending):
    """Does not say in what it counts."""

    features = (evolve(SPENT, unit=""), FLAGGED)


class NoVersion(Spending):
    """Has no version."""

    version = ""


class NeedsTheUnknown(Spending):
    """Needs a field that nobody declared."""

    features = (evolve(SPENT, needs=("purse",)), FLAGGED)

    def compatibility(
        self, schema: EventSchema, columns: Mapping[str, pl.DataType]
    ) -> Compatibility:
        return evolve(super().compatibility(schema, columns), left_out=self._left(columns))

    def _left(self, columns: Mapping[str, pl.DataType]) -> dict[str, tuple[str, ...]]:
        return {} if "flag" in columns else {"flagged": ("flag",)}


class SaysYes(Spending):
    """Never misses a field."""

    def compatibility(
        self, schema: EventSchema, columns: Mapping[str, pl.DataType]
    ) -> Compatibility:
        return evolve(super().compatibility(schema, columns), missing={})


class TakesAnything(Spending):
    """Looks at no dtype."""

    def compatibility(
        self, schema: EventSchema, columns: Mapping[str, pl.DataType]
    ) -> Compatibility:
        return evolve(super().compatibility(schema, columns), wrong={})


class ForgetsToSay(Spending):
    """Leaves a feature out without a word."""

    def compatibility(
        self, schema: EventSchema, columns: Mapping[str, pl.DataType]
    ) -> Compatibility:
        return evolve(super().compatibility(schema, columns), left_out={})


class ChangingFold(Fold):
    """Gives another dtype where there are no flags."""

    def exprs(self) -> dict[str, pl.Expr]:
        made = super().exprs()
        return made if "flag" in self.columns else {"spent": made["spent"].cast(pl.Float32)}


class Changing(Spending):
    """Has features of two dtypes."""

    def steps(self, binding: Binding) -> Sequence[Step]:
        return [ChangingFold(binding)]


class HalfAStep:
    """Has what a run calls, and no more."""

    rows = "unknown"

    def __init__(self, step: Fold) -> None:
        for name in ("locality", "reads", "learn", "fit", "apply", "describe", "measure"):
            setattr(self, name, getattr(step, name))


class HalfMade(Spending):
    """Is made of something like a step."""

    def steps(self, binding: Binding) -> Sequence[Any]:
        return [HalfAStep(Fold(binding))]


class Ranks(BaseStep):
    """Compares an entity with the others at hand."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        top = pl.col("spent") / pl.col("spent").max()
        return frame.pipe(lambda rows: rows.with_columns(top))


class Ranked(Spending):
    """What each entity spent, as a share of the highest."""

    def steps(self, binding: Binding) -> Sequence[Step]:
        return [Fold(binding), Ranks()]


class Prophet(Spending):
    """Adds up all there will ever be."""

    def steps(self, binding: Binding) -> Sequence[Step]:
        fold = Fold(binding)
        fold.as_of = _never(binding.as_of)
        return [fold]


def _never(moment: datetime) -> datetime:
    return moment.replace(year=2200)


GOOD = [offender(Spending)]
BAD = [
    ("features-described", offender(NoUnit)),
    ("fields-described", offender(NoVersion)),
    ("fields-described", offender(NeedsTheUnknown)),
    ("missing-fields", offender(SaysYes)),
    ("wrong-dtypes", offender(TakesAnything)),
    ("optional-fields", offender(ForgetsToSay)),
    ("same-dtypes", offender(Changing)),
    ("steps-valid", offender(HalfMade)),
    ("own-rows", offender(Ranked, "split-groups")),
    ("no-look-ahead", offender(Prophet)),
]
