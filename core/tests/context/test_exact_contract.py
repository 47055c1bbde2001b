"""The join `exact` keeps every promise of a context join, timed or not."""

from __future__ import annotations

from eventflow import ExactJoin
from eventflow.testing import contract, sample_context, sample_history

TestAsKnown = contract(ExactJoin, config={"by": "entity", "repeats": "last"})
TestHistory = contract(
    ExactJoin, config={"by": "entity", "repeats": "last"}, context=sample_history()
)
TestRefusesRepeats = contract(ExactJoin, config={"by": "entity"}, context=sample_history())
TestTimeless = contract(
    ExactJoin,
    config={"by": "entity", "timeless": True, "repeats": "first"},
    context=sample_context(),
)
