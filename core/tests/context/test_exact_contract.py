"""The join `exact` and the step `enrich` keep every promise of their kinds."""

from __future__ import annotations

from eventflow import ContextEnricherStep, ExactJoin
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
TestEnrich = contract(
    ContextEnricherStep,
    config={
        "context": sample_context(),
        "join": ExactJoin(by="entity", timeless=True, repeats="last"),
        "columns": ["segment"],
        "prefix": "their_",
    },
)
TestEnrichAsKnown = contract(
    ContextEnricherStep,
    config={"context": sample_history(), "join": ExactJoin(by="entity", repeats="last")},
    exclude={"no-python": "context is an index that batches of events are searched in"},
)
