"""Steps that break one law of planning each, and the small honest steps they are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from contract_offenders import offender
from eventflow.charts.measure import Measure
from eventflow.charts.tables import bars
from eventflow.quality import Verdict
from eventflow.schema import ColumnSchema, EventSchema
from honest_steps import AverageAmount, Double, Gate, Highest, Paid, Scale

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from eventflow.frame import EventFrame
    from eventflow.types import Step


class Unframed(Double):
    """Returns rows where a frame is due."""

    def apply(self, frame: EventFrame, state: Any) -> Any:
        return super().apply(frame, state).lazy


class Peeks(Double):
    """Collects while it plans, to find out whether there is anything to do."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        if frame.lazy.select(pl.len()).collect().item() == 0:
            return frame.pipe(lambda rows: rows.with_columns(double=pl.col("amount")))
        return super().apply(frame, state)


class Loops(Double):
    """Calls Python for each row."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        double = pl.col("amount").map_elements(lambda amount: float(f"{amount}") * 2, pl.Float64)
        return frame.pipe(lambda rows: rows.with_columns(double=double))


class LoopsOverGroups(Double):
    """Calls Python for a few rows at a time."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        double = pl.col("amount").map_batches(lambda amounts: amounts * 2, pl.Float64)
        return frame.pipe(lambda rows: rows.with_columns(double=double))


class MeasuresInPython(Gate):
    """Counts in a Python function."""

    def measure(self, frame: EventFrame) -> pl.LazyFrame | None:
        planned = {"known": pl.UInt32(), "rows": pl.UInt32()}
        return frame.lazy.map_batches(
            lambda rows: rows.select(known=pl.col("amount").count(), rows=pl.len()), schema=planned
        )


class ReadsTooLittle(Double):
    """Uses a column that it does not name."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        double = pl.col("amount") * 2 + pl.col("quantity").cast(pl.Float64)
        return frame.pipe(lambda rows: rows.with_columns(double=double))


class ReadsUnknown(Double):
    """Names a column that does not exist."""

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        return frozenset({"amount", "amuont"})


class PullsEverything(Double):
    """Learns from every column, and names one."""

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        return frame.lazy.select(pl.all().null_count())


class PlansOtherwise(Double):
    """Promises a float and gives text."""

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        return None

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        def turn(rows: pl.DataFrame) -> pl.DataFrame:
            return rows.with_columns(double=(pl.col("amount") * 2).cast(pl.String))

        planned = {**frame.columns(), "double": pl.Float64()}
        return frame.pipe(
            lambda rows: rows.map_batches(
                turn, schema=planned, validate_output_schema=False, streamable=True
            )
        )


class ForgetsRoles(Double):
    """Takes a column away and leaves its role."""

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        return None

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.pipe(lambda rows: rows.rename({"category": "sort"}))


class ChangesSchema(Double):
    """Writes a note into the schema it was given."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        frame.schema.columns["double"] = ColumnSchema(unit="EUR")
        return super().apply(frame, state)


class BindsItself(AverageAmount):
    """Remembers the moment in itself."""

    def at(self, as_of: datetime) -> Step:
        self.as_of = as_of
        return self


class MeasuresFirst(Gate):
    """Judges by the first row."""

    def measure(self, frame: EventFrame) -> pl.LazyFrame | None:
        return frame.lazy.select(known=pl.col("quantity").first().fill_null(0), rows=pl.len())

    def judge(self, metrics: pl.DataFrame) -> Verdict | None:
        return Verdict(score=float(metrics["known"].sum()), minimum=None)


class MeasuresEagerly(Gate):
    """Hands out metrics for every row."""

    def measure(self, frame: EventFrame) -> pl.LazyFrame | None:
        return frame.lazy.select(known=pl.col("amount").is_not_null(), rows=pl.lit(1))


class Remembers(Double):
    """Does something else once it has been asked what it measures."""

    factor = 2

    def measure(self, frame: EventFrame) -> pl.LazyFrame | None:
        self.factor = 3
        return None

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.pipe(lambda rows: rows.with_columns(double=pl.col("amount") * self.factor))


class Draws(Double):
    """Asks for a picture of what it made."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        made = super().apply(frame, state)
        return made.charted(bars(made.lazy, self.shown, Measure.of("double", "sum"), title="Sums"))

    shown = "category"


class DrawsWhatIsNot(Draws):
    """Asks for a picture of a column that is not there."""

    shown = "categories"


GOOD = [offender(kind) for kind in (Double, Paid, AverageAmount, Highest, Gate, Scale, Draws)]
BAD = [
    ("usable", offender(Unframed)),
    ("lazy-plan", offender(Peeks)),
    ("no-python", offender(Loops)),
    ("no-python", offender(LoopsOverGroups)),
    ("no-python", offender(MeasuresInPython)),
    ("reads", offender(ReadsTooLittle)),
    ("reads", offender(ReadsUnknown)),
    ("reads", offender(PullsEverything)),
    ("declared-columns", offender(PlansOtherwise, "times", "no-python")),
    ("declared-columns", offender(ForgetsRoles)),
    ("input-untouched", offender(ChangesSchema)),
    ("binds-moment", offender(BindsItself)),
    ("measures", offender(MeasuresFirst)),
    ("measures", offender(MeasuresEagerly)),
    ("in-pipeline", offender(Remembers)),
    ("charts", offender(DrawsWhatIsNot)),
]
