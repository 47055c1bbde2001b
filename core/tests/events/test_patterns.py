"""Subscription patterns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.events.patterns import compile_pattern, matches

words = st.sampled_from(["validation", "error", "phase", "started", "a", "b"])
types = st.lists(words, min_size=1, max_size=5)
patterns = st.lists(st.one_of(words, st.just("*")), min_size=1, max_size=4)


def naive(pattern: list[str], event: list[str]) -> bool:
    """Match by trying every length for every star."""
    if not pattern:
        return not event
    head, *rest = pattern
    if head != "*":
        return bool(event) and event[0] == head and naive(rest, event[1:])
    return any(naive(rest, event[n:]) for n in range(1, len(event) + 1))


@given(pattern=patterns, event=types)
def test_agrees_with_a_naive_matcher(pattern: list[str], event: list[str]) -> None:
    """Compiled patterns match what trying every possibility matches."""
    assert matches(".".join(pattern), ".".join(event)) == naive(pattern, event)


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ("validation.*", "validation.started", True),
        ("validation.*", "validation.phase.completed", True),
        ("validation.*", "validation", False),
        ("*.error.*", "validation.error.occurred", True),
        ("performance.metric.recorded", "performance.metric.recorded", True),
        ("performance.metric.recorded", "performance.metric.recorded.twice", False),
    ],
)
def test_documented_examples(pattern: str, event: str, expected: bool) -> None:
    """The examples of the documentation hold."""
    assert matches(pattern, event) is expected


@pytest.mark.parametrize("pattern", ["", "a..b", "a b", ".a", "a.", "a.**", "a.b*"])
def test_malformed_patterns_are_refused(pattern: str) -> None:
    """A malformed pattern says which segment is wrong."""
    with pytest.raises(ValueError, match="no event pattern"):
        compile_pattern(pattern)
