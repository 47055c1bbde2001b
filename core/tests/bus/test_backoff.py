"""When to try again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.bus.backoff import Backoff, CircuitBreaker


@given(attempt=st.integers(1, 10_000), chance=st.floats(0, 1))
def test_waits_double_up_to_a_limit_and_are_spread(attempt: int, chance: float) -> None:
    """No wait exceeds the limit, or is shorter than the share not left to chance."""
    backoff = Backoff(first=0.1, factor=2, most=30, jitter=0.5)
    wait = backoff.wait(attempt, lambda: chance)
    longest = min(0.1 * 2.0 ** min(attempt - 1, 60), 30.0)
    assert wait == pytest.approx(longest * (1 - 0.5 * chance))


def test_a_breaker_opens_after_failures_in_a_row_and_lets_one_attempt_through() -> None:
    """It rests, tries once, rests again when that fails, and closes when it succeeds."""
    now = 0.0
    breaker = CircuitBreaker(failures=2, rest=5.0, clock=lambda: now)
    states: list[str] = []
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    states.append(breaker.state)
    breaker.failed()
    states.append(breaker.state)
    assert (breaker.allows(), breaker.left()) == (False, 5.0)
    now = 5.0
    states.append(breaker.state)
    assert [breaker.allows(), breaker.allows()] == [True, False]
    breaker.failed()
    assert breaker.left() == 5.0
    states.append(breaker.state)
    now = 10.0
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert [*states, breaker.state] == ["closed", "open", "half-open", "open", "closed"]
