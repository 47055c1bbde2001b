"""Errors as values: what they say, and that they travel."""

from __future__ import annotations

import pickle
from dataclasses import replace

from eventflow.errors import EventflowError, Location, Problem
from eventflow.runs.errors import TransientError


def test_a_long_problem_is_cut() -> None:
    """Each line has at most 1,000 characters, and none hides the owner or the fix."""
    problem = Problem(
        code="EF500",
        message="m\n" * 9_000,
        detail=("d" * 5_000_000,),
        owner="acme 1.0",
        fix="mend it",
    )
    lines = problem.lines()
    assert max(map(len, lines)) <= 1_000
    assert lines[1:2] + lines[-1:] == ["   fix: mend it", "   owner: acme 1.0"]


def test_a_place_given_later_is_told() -> None:
    """A component raises without a place; who configured it adds one, and the text has it."""
    error = EventflowError.of("what is wrong")
    error.problems = tuple(replace(p, location=Location("f.yaml", 3, 7)) for p in error.problems)

    assert str(error).startswith("f.yaml:3:7  EF500  what is wrong")


def test_errors_travel_between_processes() -> None:
    """An error survives pickling with its class and its problems."""
    error = TransientError.of("busy", fix="wait")

    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here

    assert type(again) is TransientError
    assert again.problems == error.problems
    assert str(again) == str(error)
