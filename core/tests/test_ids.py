"""Identifiers: UUIDs of version 7 that never go back."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow import ids

if TYPE_CHECKING:
    from uuid import UUID


@pytest.fixture
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock of ids that nothing has moved yet."""
    monkeypatch.setattr(ids, "_clock", ids._Clock())


def at(milliseconds: list[int]) -> list[UUID]:
    """Return ids made while the system's clock shows these moments, on a clock of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ids, "_clock", ids._Clock())
        shown = iter(milliseconds)
        patch.setattr(time, "time_ns", lambda: next(shown) * 1_000_000)
        return [ids.uuid7() for _ in milliseconds]


@given(st.lists(st.integers(1, 2**48 - 10), min_size=1, max_size=50))
def test_ids_grow_whatever_the_clock_does(milliseconds: list[int]) -> None:
    """Standing still, jumping ahead and going back: every id is greater than the one before."""
    made = at(milliseconds)
    assert made == sorted(set(made))
    assert {(i.version, i.variant) for i in made} == {(7, RFC_4122)}


def test_an_id_tells_the_millisecond_that_it_was_made_in() -> None:
    """The greatest moment so far, while the clock is behind it."""
    made = at([1_000, 2_000, 1_500, 2_001])
    assert [i.int >> 80 for i in made] == [1_000, 2_000, 2_000, 2_001]


def test_a_counter_that_is_full_borrows_the_next_millisecond() -> None:
    """No id repeats, and order holds."""
    clock = ids._Clock()
    full = (1 << 42) - 1
    clock.tick(5, 0)
    clock._counter = full - 1
    assert [clock.tick(5, 8) for _ in range(3)] == [(5, full), (6, 4), (6, 5)]


@pytest.mark.usefixtures("_fresh")
def test_threads_never_make_the_same_id() -> None:
    """Each thread's ids grow, and all are different."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: [ids.uuid7() for _ in range(2_000)], range(8)))
    assert all(one == sorted(one) for one in made)
    assert len({i for one in made for i in one}) == 16_000


def test_ids_are_close_to_the_clock_on_the_wall() -> None:
    """Within a second, when no clock plays tricks."""
    assert abs((ids.uuid7().int >> 80) - time.time_ns() // 1_000_000) < 1_000 * 60


FORKED = """
import multiprocessing
from eventflow import ids

def made(count):
    return [ids.uuid7().int for _ in range(count)]

ids.uuid7()
with multiprocessing.get_context("fork").Pool(2) as pool:
    found = [*pool.map(made, [500, 500]), made(500)]
print(len({i for one in found for i in one}))
"""


def test_a_forked_process_makes_ids_of_its_own() -> None:
    """The child does not continue the parent's counter; a process without threads forks here."""
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, check=True)
    assert int(done.stdout) == 1_500
