"""What is told of a window is what a naive loop over its events finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow_monitoring import Rolling

EVENTS = st.lists(st.tuples(st.floats(0, 3), st.none() | st.floats(-1e6, 1e6)), max_size=60)


@given(EVENTS)
def test_a_summary_speaks_of_the_window_alone(steps: list[tuple[float, float | None]]) -> None:
    """Count, rate, mean and quantiles, against NumPy on the events of the last ten seconds."""
    now = 0.0
    rolling = Rolling(10.0, clock=lambda: now)
    told: list[tuple[float, float | None]] = []
    for wait, value in steps:
        now += wait
        rolling.add(value)
        told.append((now, value))
    found = rolling.summary()
    recent = [value for at, value in told if at > now - 10.0]
    values = [v for v in recent if v is not None]
    assert (found.count, found.rate) == (len(recent), len(recent) / 10)
    if not values:
        assert (found.mean, found.p95, found.largest) == (None, None, None)
        return
    assert found.mean == pytest.approx(np.mean(values), abs=1e-6)
    for told_value, share in ((found.p50, 50), (found.p95, 95), (found.p99, 99)):
        assert told_value == pytest.approx(np.percentile(values, share), abs=1e-6)
    assert found.largest == max(values)


def test_only_so_many_values_are_kept_and_that_is_said() -> None:
    """The count is exact all the same."""
    rolling = Rolling(10.0, keep=3, clock=lambda: 0.0)
    for value in (1.0, 2.0, 3.0, 4.0):
        rolling.add(value)
    found = rolling.summary()
    assert (found.count, found.mean, found.sampled) == (4, 3.0, True)
