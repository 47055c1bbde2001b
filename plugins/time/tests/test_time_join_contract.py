"""Timed joins keep every promise of a context join."""

from __future__ import annotations

import polars as pl

from eventflow import ContextSchema
from eventflow.testing import contract, sample_history
from eventflow_time import AsOfJoin

OF = {"by": "entity"}
HELD = ContextSchema(key=("entity",), entity="entity", timestamp="held", known_at="known_at")
CORRECTED = (
    sample_history()
    .pipe(lambda rows: rows.with_columns(held=pl.col("known_at").dt.offset_by("-30d")))
    .under(HELD)
)
"""Facts that became known a month after they began to hold."""

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
