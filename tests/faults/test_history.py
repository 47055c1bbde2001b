"""The history checker: it must see what is wrong, and nothing else."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultkit.history import History


def told(*names: int, acknowledged: int) -> History:
    """Return a history of one publisher: the first so many attempts were acknowledged."""
    history = History()
    for number, name in enumerate(names):
        history.attempt(name, "p")
        if number < acknowledged:
            history.acknowledge(name)
    return history


def test_all_that_was_acknowledged_is_clean() -> None:
    """An attempt that was not acknowledged may be found or not."""
    history = told(1, 2, 3, acknowledged=2)
    assert history.judge([1, 2]).clean
    assert history.judge([1, 2, 3]).clean


@pytest.mark.parametrize(
    ("found", "field", "named"),
    [
        ([1, 3], "lost", (2,)),
        ([1, 2, 2, 3], "duplicated", (2,)),
        ([1, 3, 2], "reordered", (2,)),
        ([1, 2, 3, 9], "invented", (9,)),
    ],
)
def test_each_fault_is_named(found: list[int], field: str, named: tuple[int, ...]) -> None:
    """Lost, duplicated, reordered and invented are told apart."""
    judgement = told(1, 2, 3, acknowledged=3).judge(found)
    assert getattr(judgement, field) == named
    assert not judgement.clean


def test_publishers_have_an_order_each() -> None:
    """Events of two publishers may mix."""
    history = History()
    for name, publisher in ((1, "a"), (2, "b"), (3, "a"), (4, "b")):
        history.attempt(name, publisher)
    assert history.judge([2, 4, 1, 3]).clean
    assert history.judge([2, 3, 1, 4]).reordered == (1,)


@given(st.lists(st.integers(0, 50), unique=True, min_size=1), st.integers(0, 2**32))
def test_any_single_loss_duplicate_or_swap_is_seen(names: list[int], seed: int) -> None:
    """Whatever the history, one mistake in its outcome is never called clean."""
    chance = random.Random(seed)  # noqa: S311 - a test that can be repeated
    history = told(*names, acknowledged=len(names))
    assert history.judge(names).clean
    at = chance.randrange(len(names))
    without, twice = [*names[:at], *names[at + 1 :]], [*names, names[at]]
    assert history.judge(without).lost == (names[at],)
    assert history.judge(twice).duplicated == (names[at],)
    if len(names) > 1:
        assert history.judge([*names[1:], names[0]]).reordered == (names[0],)
