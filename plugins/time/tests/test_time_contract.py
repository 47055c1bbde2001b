"""Every step keeps the contract of its kind."""

from __future__ import annotations

from eventflow.testing import contract
from eventflow_time import (
    TemporalBinStep,
    TemporalCalendarStep,
    TemporalDiffStep,
    TemporalEwmaStep,
    TemporalFillStep,
    TemporalHolidaysStep,
    TemporalLagStep,
    TemporalRollingStep,
    TemporalSequenceStep,
    TemporalSessionStep,
    TemporalSincePreviousStep,
)

OF = {"by": ["entity"], "time": "time"}

TestBin = contract(TemporalBinStep, config={"bin_size": "6h"})
TestBinInZone = contract(
    TemporalBinStep,
    config={"bin_size": "1d", "timezone": "Europe/Berlin", "columns": ["start", "end", "label"]},
)
TestSlidingBin = contract(TemporalBinStep, config={"bin_size": "1d", "every": "6h"})
TestCalendar = contract(
    TemporalCalendarStep, config={"timezone": "Europe/Berlin", "cyclic": ["hour", "day_of_year"]}
)
TestHolidays = contract(TemporalHolidaysStep, config={"country": "US", "before": 2})
TestSession = contract(TemporalSessionStep, config={**OF, "gap": "2d"})
TestLag = contract(
    TemporalLagStep, config={**OF, "columns": ["amount", "category"], "lags": [1, 3]}
)
TestDiff = contract(TemporalDiffStep, config={**OF, "columns": ["amount", "quantity"]})
TestSincePrevious = contract(TemporalSincePreviousStep, config=OF)
TestRolling = contract(
    TemporalRollingStep,
    config={
        **OF,
        "windows": ["12h", "30d"],
        "columns": ["amount", "quantity"],
        "aggregates": ["count", "sum", "mean", "min", "max", "median"],
    },
)
TestEwma = contract(TemporalEwmaStep, config={**OF, "columns": ["amount"], "span": 5})
TestEwmaByTime = contract(TemporalEwmaStep, config={**OF, "columns": ["amount"], "half_life": "7d"})
TestFill = contract(
    TemporalFillStep,
    config={**OF, "until": "as_of", "every": "1w", "columns": {"amount": 0, "category": "forward"}},
    exclude={"no-hindsight": "periods after the last event are filled too, up to as_of"},
)
TestFillUntilLast = contract(
    TemporalFillStep,
    config={**OF, "timezone": "Europe/Berlin", "columns": {"quantity": 1}},
    exclude={"no-hindsight": "that a period is filled up to a later event is what is asked for"},
)
TestSequence = contract(
    TemporalSequenceStep,
    config={
        **OF,
        "last": {"category": 3},
        "funnels": {"trip": {"steps": ["food", "travel"], "within": "90d", "column": "category"}},
    },
)
