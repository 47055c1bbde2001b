"""Timed joins keep every promise of a context join."""

from __future__ import annotations

import polars as pl

from eventflow import ContextSchema
from eventflow.testing import contract, sample_history
from eventflow_time import AsOfJoin, IntervalJoin

OF = {"by": "entity"}
HELD = ContextSchema(key=("entity",), entity="entity", timestamp="held", known_at="known_at")
CORRECTED = (
    sample_history()
    .pipe(lambda rows: rows.with_columns(held=pl.col("known_at").dt.offset_by("-30d")))
    .under(HELD)
)
"""Facts that became known a month after they began to hold."""
ENDED = CORRECTED.pipe(
    lambda rows: rows.with_columns(ended=pl.col("held").dt.offset_by("40d"))
).under(ContextSchema(key=("entity",), entity="entity", timestamp="held", until="ended"))
"""Facts that held for forty days."""

TestAsOf = contract(AsOfJoin, config={**OF, "repeats": "last"}, context=sample_history())
TestAsOfRefusesRepeats = contract(AsOfJoin, config=OF, context=sample_history())
TestAsOfWithin = contract(
    AsOfJoin,
    config={**OF, "tolerance": "1mo", "inclusive": True, "age": "age", "repeats": "first"},
    context=sample_history(),
)
TestAsOfCorrected = contract(
    AsOfJoin,
    config={**OF, "known_at": "known_at", "tolerance": "90d", "repeats": "last"},
    context=CORRECTED,
    known_at="known_at",
)
TestInterval = contract(IntervalJoin, config=OF, context=ENDED, keys=("entity",))
TestIntervalLatest = contract(
    IntervalJoin, config={**OF, "overlaps": "latest", "until": "ended"}, context=ENDED
)
TestIntervalCorrected = contract(
    IntervalJoin,
    config={**OF, "known_at": "known_at", "overlaps": "latest", "inclusive": True},
    context=ENDED,
    known_at="known_at",
)
