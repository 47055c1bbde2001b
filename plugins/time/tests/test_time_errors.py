"""What is wrong is told while the plan is built, with the option and the fix."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from eventflow import EventFrame
from eventflow.errors import EventflowError
from eventflow_time import (
    TemporalBinStep,
    TemporalDiffStep,
    TemporalEwmaStep,
    TemporalLagStep,
    TemporalRollingStep,
    TemporalSequenceStep,
    TemporalSessionStep,
    TemporalSincePreviousStep,
)

ROWS = {"at": [datetime(2026, 1, 1)], "who": ["ada"], "amount": [1.0]}  # noqa: DTZ001 - a wall clock
OF = {"by": "who", "time": "at"}


@pytest.mark.parametrize(
    ("step", "code", "told"),
    [
        (TemporalLagStep(columns=["amount"]), "EF330", "the schema names no entity"),
        (TemporalLagStep(by="who", columns=["amount"]), "EF330", "the schema names no timestamp"),
        (TemporalBinStep(bin_size="1h"), "EF330", "the schema names no timestamp"),
        (TemporalLagStep(**OF, columns=["amounts"]), "EF301", 'did you mean "amount"'),
        (TemporalLagStep(by="whom", time="at", columns=["amount"]), "EF301", "whom"),
        (TemporalLagStep(**OF, tie_break="seq", columns=["amount"]), "EF301", "seq"),
        (TemporalBinStep(bin_size="1h", time="who"), "EF331", "not a date or datetime"),
        (TemporalDiffStep(**OF, columns=["who"]), "EF331", "numbers or times"),
        (TemporalRollingStep(**OF, windows=["1d"], columns=["who"]), "EF331", "numbers"),
        (TemporalEwmaStep(**OF, columns=["who"], alpha=0.5), "EF331", "numbers"),
        (TemporalSincePreviousStep(**OF, name="amount"), "EF332", "amount"),
        (TemporalRollingStep(**OF, windows=["1d", "1d"]), "EF332", "events_1d"),
        (
            TemporalSequenceStep(
                **OF, number="n_stage", funnels={"n": {"steps": ["a"], "column": "who"}}
            ),
            "EF332",
            "n_stage",
        ),
        (
            TemporalSequenceStep(**OF, funnels={"f": {"steps": ["a"], "column": "amount"}}),
            "EF331",
            'values like "a"',
        ),
    ],
)
def test_a_step_that_does_not_fit_its_data_says_so(step: Any, code: str, told: str) -> None:
    """Before any data is read, with the code and the words to mend it."""
    frame = EventFrame.of(ROWS)
    with pytest.raises(EventflowError, match=told) as caught:
        step.apply(frame, None)
    assert caught.value.problems[0].code == code
    assert caught.value.problems[0].fix


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: TemporalEwmaStep(columns=["x"]), "one of the three"),
        (lambda: TemporalEwmaStep(columns=["x"], alpha=0.5, span=3), "one of the three"),
        (lambda: TemporalEwmaStep(columns=["x"], half_life="0s"), "longer than nothing"),
        (lambda: TemporalLagStep(columns=["x"], lags=[0]), "greater than 0"),
        (lambda: TemporalRollingStep(windows=["a week"]), "not a length of time"),
        (lambda: TemporalSequenceStep(number=None), "nothing is asked for"),
        (lambda: TemporalSessionStep(gap="1mo"), "no fixed length"),
        (
            lambda: TemporalSequenceStep(funnels={"f": {"steps": ["a"], "within": "0s"}}),
            "longer than nothing",
        ),
    ],
)
def test_options_that_mean_nothing_are_refused(make: Any, told: str) -> None:
    """They fail where they are written, not in the run."""
    with pytest.raises(ValidationError, match=told):
        make()
