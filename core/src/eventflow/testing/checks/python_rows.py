"""Steps and blueprints: the work is Polars' own, not a Python function's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from eventflow.quantiles import MARK
from eventflow.testing.check import broken, check
from eventflow.testing.runner import answer, fresh, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.testing.subject import Subject

_NO_QUANTILES = rf'(?<!alias\("{MARK}"\))(?<!alias\("{MARK}"\)\))'
_CALLS = {
    rf"{_NO_QUANTILES}\.python_udf\(\)": "map_elements or map_batches of an expression",
    r"\.rolling_map\(\)": "rolling_map",
    r"^\s*OPAQUE_PYTHON\b": "map_batches of a lazy frame",
    r"^\s*MAP_GROUPS BY\b": "map_groups",
}
"""How Polars writes a plan that calls Python, and what puts it there; `exact_quantiles` may."""


@check("no-python", kinds=("step", "blueprint"), since=1)
def calls_no_python(subject: Subject) -> None:
    """Its plan calls no Python function on the data.

    Why: a loop in Python is a hundred times slower, holds the interpreter's lock, and hides from
        the plan which columns it reads.
    Fix: write expressions of Polars, or a compiled plugin of Polars; where only Python has what it
        takes, say why: exclude={"no-python": "the model is a Python library"}.
    """
    for place, plan in _plans(subject):
        text = plan.explain(optimized=False)
        for written, meant in _CALLS.items():
            if re.search(written, text, re.MULTILINE):
                broken(f"{place} calls Python on the data: {meant}")


def _plans(subject: Subject) -> Iterator[tuple[str, pl.LazyFrame]]:
    frame = fresh(subject.frame)
    for step, state in zip(steps_of(subject, frame), answer(subject).states, strict=True):
        for place, plan in (("learn", step.learn(frame)), ("measure", step.measure(frame))):
            if isinstance(plan, pl.LazyFrame):
                yield place, plan
        frame = step.apply(frame, state)
    yield "apply", frame.lazy
    for account in frame.accounts:
        yield "apply, in what it accounts for,", account.counts
