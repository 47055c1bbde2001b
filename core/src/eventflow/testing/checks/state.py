"""Fit once: what a step learns is a value that can be kept, and is used on new data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from cattrs.preconf.json import make_converter
from polars import Datetime

from eventflow.errors import EventflowError
from eventflow.runs.plan import hand_made
from eventflow.runs.state import load_states, save_states
from eventflow.testing import variants
from eventflow.testing.check import broken, check
from eventflow.testing.comparing import differences
from eventflow.testing.runner import answer, parity_of, stated, steps_of, time_of

if TYPE_CHECKING:
    from eventflow.testing.subject import Subject

ROWS = ("step", "blueprint")
_ROUNDING = 1e-9


@check("state-value", kinds=ROWS, since=1)
def learns_a_value(subject: Subject) -> None:
    """What a step learns is a frozen attrs class.

    Why: a state is saved with the run, shared between threads and compared; it must not change.
    Fix: return an instance of a class decorated with `attrs.frozen` from `fit`.
    """
    for state in _learned(subject):
        if not attrs.has(type(state)):
            broken(f"fit returns {type(state).__name__}, which is no attrs class")
        for part in attrs.fields(type(state)):
            try:
                setattr(state, part.name, getattr(state, part.name))
            except attrs.exceptions.FrozenError:
                continue
            broken(f"{type(state).__name__} is not frozen: {part.name} can be set")


@check("state-saved", kinds=ROWS, since=1)
def survives_saving(subject: Subject) -> None:
    """A state that was saved with a run and read back is equal, and gives the same answer.

    Why: `eventflow run --state` computes new data with what an earlier run learned.
    Fix: keep plain values in it (numbers, text, tuples, dicts), with exact type annotations, in a
    class at the top level of one of the package's modules.
    """
    made = answer(subject)
    nodes = hand_made(steps_of(subject))
    learned = {n.name: s for n, s in zip(nodes, made.states, strict=True) if s is not None}
    if not learned:
        return
    path = subject.folder / "state.json"
    save_states(path, learned, nodes)
    read = load_states(path, nodes)
    for name, state in learned.items():
        if read[name] != state:
            broken(f"saved {state}, read {read[name]}")
    again = answer(subject, states=[read.get(node.name) for node in nodes])
    if told := differences(again.rows, made.rows, parity=parity_of(subject)):
        broken(f"with the state read back: {told}")


@check("fit-order", kinds=ROWS, since=1)
def learns_the_same_in_any_order(subject: Subject) -> None:
    """Learning from the same rows in another order gives the same state.

    Why: rows have no order; a state that depends on one cannot be reproduced.
    Fix: learn with sums, quantiles and sorted sets; sort what becomes a list.
    """
    expected = answer(subject).states
    for seed in (5, 6):
        found = answer(subject, variants.shuffled(subject.data, seed)).states
        for ours, theirs in zip(found, expected, strict=True):
            if not _close(_plain(ours), _plain(theirs)):
                broken(f"learned {ours} from shuffled rows, {theirs} before")


@check("fixed-schema", kinds=("step",), since=1)
def keeps_its_columns(subject: Subject) -> None:
    """A step that declares `fixed_schema` gives the same columns, whatever it learned.

    Why: what follows it is checked before a run, on what it learns from no rows.
    Fix: take `fixed_schema` away where columns are named by values, as those of one-hot encoding
    are; else cast every column to the dtype it has when there are rows.
    """
    if not all(step.fixed_schema for step in steps_of(subject)):
        return
    expected = answer(subject).declared
    named = [c for c, t in subject.data.schema.items() if t.is_temporal()]
    for told, rows in {
        "no rows": subject.data.clear(),
        "other values": variants.strange(subject.data, but=named),
    }.items():
        found = answer(subject, states=answer(subject, rows).states).declared
        if found != expected:
            broken(f"learned from {told}: gives {found}, and {expected} otherwise")


@check("new-data", kinds=ROWS, since=1)
def takes_new_data(subject: Subject) -> None:
    """Values that learning never saw have an outcome: unseen text, far numbers, nulls, no rows.

    Why: tomorrow's data holds them, and the state of today must serve it.
    Fix: give `replace_strict` a default, clip or flag what is out of range, expect nulls.
    """
    states = answer(subject).states
    data = subject.data
    named = [c for c, t in data.schema.items() if t.is_temporal()]
    nothing = data
    for column in data.columns:
        if column not in key_columns(subject):
            nothing = variants.nulled(nothing, column)
    for told, rows in {
        "unseen text and far numbers": variants.strange(data, but=named),
        "nothing but nulls": nothing,
        "no rows": data.clear(),
    }.items():
        what = f"{told}, with a state learned before"
        stated(what, answer, subject, rows, states=states)


@check("times", kinds=ROWS, since=1)
def takes_any_time(subject: Subject) -> None:
    """Times of any unit and zone, or without one, have an outcome: an answer, or a coded error.

    Why: files bring milliseconds, nanoseconds, local time and UTC, as they please.
    Fix: compare with `eventflow.moments.instant` and `moment`; refuse other dtypes in words.
    """
    time = time_of(subject)
    if time not in subject.data.columns or not isinstance(subject.data.schema[time], Datetime):
        return
    for told, data in variants.retimed(subject.frame, subject.data, time):
        made = stated(f"times {told}", answer, subject, data)
        if not isinstance(made, EventflowError) and made.rows.schema != made.declared:
            broken(f"times {told}: declares {made.declared}, gives {made.rows.schema}")


def key_columns(subject: Subject) -> frozenset[str]:
    """Return the columns that say whose row it is, and when."""
    schema = subject.frame.schema
    return frozenset(c for c in (schema.entity, schema.timestamp) if c is not None)


def _learned(subject: Subject) -> list[Any]:
    return [state for state in answer(subject).states if state is not None]


def _plain(state: Any) -> Any:
    return make_converter().unstructure(state) if attrs.has(type(state)) else state


def _close(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(_close(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list | tuple) and isinstance(theirs, list | tuple):
        return len(ours) == len(theirs) and all(map(_close, ours, theirs))
    if isinstance(ours, float) and isinstance(theirs, float):
        return abs(ours - theirs) <= _ROUNDING * max(abs(ours), abs(theirs)) or ours == theirs
    return bool(ours == theirs)
