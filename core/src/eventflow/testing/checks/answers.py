"""The same answer everywhere, and no look-ahead: steps and blueprints."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import time_machine
from attrs import evolve

from eventflow.errors import EventflowError
from eventflow.testing import variants
from eventflow.testing.check import broken, check, extra
from eventflow.testing.comparing import differences
from eventflow.testing.runner import Applied, answer, key_of, parity_of, steps_of, time_of
from eventflow.types import AggregateStep

if TYPE_CHECKING:
    from eventflow.testing.subject import Subject

extra("parity", "column → `Parity`: how nearly two ways of computing it agree; floats: close(1e-9)")
extra("by", "columns of the data by which rows may be spread over machines; else as declared")
extra("time", "column of the events' time; else as declared, or by role")

ROWS = ("step", "blueprint")
_ROW = "eventflow_row"


@check("row-order", kinds=ROWS, since=1)
def ignores_row_order(subject: Subject) -> None:
    """Rows in another order give the same answer.

    Why: files, machines and Polars itself deliver rows in any order.
    Fix: sort by time and a tie-break inside the expression (`sort_by(...).last()`,
    `over(..., order_by=...)`); never use position, `head`, `first`, `shift` or `cum_*` alone.
    """
    expected = answer(subject)
    for seed in (1, 2):
        found = answer(subject, variants.shuffled(subject.data, seed))
        _same(subject, found, expected, "with the rows shuffled")


@check("time-ties", kinds=ROWS, since=1)
def decides_ties(subject: Subject) -> None:
    """Where events share a time, their order in the input decides nothing.

    Why: many clocks tick in seconds; an answer that depends on chance cannot be reproduced.
    Fix: sort by the time and then by columns that decide, down to the value itself.
    """
    time = time_of(subject)
    if time not in subject.data.columns:
        return
    data = variants.tied(subject.data, key_of(subject), time)
    expected = answer(subject, data)
    for seed in (3, 4):
        found = answer(subject, variants.shuffled(data, seed), states=expected.states)
        _same(subject, found, expected, "with ties in time, and the rows shuffled")


@check("engines", kinds=ROWS, since=1)
def agrees_on_both_engines(subject: Subject) -> None:
    """Polars' streaming and in-memory engines give the same answer.

    Why: the engine is chosen by the size of the data; the answer may not depend on it.
    Fix: look for what depends on row order or leaves a choice open, as `unique(keep="any")` does.
    """
    expected = answer(subject, engine="in-memory")
    _same(subject, answer(subject, engine="streaming"), expected, "on the streaming engine")


@check("deterministic", kinds=ROWS, since=1)
def is_deterministic(subject: Subject) -> None:
    """Doing the same twice gives the same answer.

    Why: a run must be reproducible from its record.
    Fix: take randomness from a seed in the options, and the time from `at(as_of)`.
    """
    expected = answer(subject)
    for _ in range(2):
        _same(subject, answer(subject), expected, "when done again")


@check("split-rows", kinds=("step",), since=1)
def computes_each_row_alone(subject: Subject) -> None:
    """A row-wise step gives each row the same values whichever rows stand beside it.

    Why: engines and streams hand it the rows in parts, with the state it learned.
    Fix: learn in `learn` and `fit`, and use the state in `apply`; or declare another locality.
    """
    [step] = steps_of(subject)
    if step.locality.kind != "row":
        return
    whole = answer(subject)
    for parts in (2, 5):
        found = [
            answer(subject, part, states=whole.states)
            for part in variants.dealt(subject.data, parts, seed=parts)
        ]
        _same(subject, _together(found), whole, f"with the rows in {parts} parts")


@check("split-groups", kinds=ROWS, since=1)
def computes_each_group_alone(subject: Subject) -> None:
    """Groups spread over machines give, together, the same answer as all in one place.

    Why: engines run aggregates and ordered steps inside buckets of entities.
    Fix: compute per group (`group_by(by)`, `over(by)`), and learn what speaks of all in `learn`.
    """
    key = key_of(subject)
    kinds = {step.locality.kind for step in steps_of(subject)}
    if not key or "whole" in kinds:
        return
    whole = answer(subject)
    for number in (2, 4):
        found = [
            answer(subject, bucket, states=whole.states)
            for bucket in variants.buckets(subject.data, key, number)
        ]
        _same(subject, _together(found), whole, f"spread by {', '.join(key)} over {number} buckets")


@check("split-parts", kinds=("step",), since=1)
def merges_any_split(subject: Subject) -> None:
    """An aggregate's partials, merged in any order and nesting, finish as the whole does.

    Why: streams and clusters fold rows where they are, and merge what they folded.
    Fix: keep in `partial` what `merge` can combine: sums and counts, not means; return the same
        columns from both, in the same order.
    """
    [step] = steps_of(subject)
    if not isinstance(step, AggregateStep):
        return
    whole = answer(subject)
    for parts in (1, 2, 5):
        merged = _merged(step, subject, parts)
        if told := differences(merged, whole.rows, parity=parity_of(subject)):
            broken(f"{parts} partials, merged and finished: {told}")


def _merged(step: AggregateStep, subject: Subject, parts: int) -> pl.DataFrame:
    """Fold parts alone, merge the first with the merger of the others, and finish."""
    split = variants.dealt(subject.data, parts, seed=parts)
    folded = [
        step.partial(step.eligible(variants.of(subject.frame, part)).lazy).collect()
        for part in reversed(split)
    ]
    first, *others = folded
    rest = step.merge(pl.concat(others).lazy()).collect()
    if (ours := rest.schema) != (theirs := first.schema) or ours.names() != theirs.names():
        broken(f"partial gives {_columns(theirs)}; merge gives {_columns(ours)}")
    return step.finish(step.merge(pl.concat([rest, first]).lazy())).collect()


@check("no-look-ahead", kinds=ROWS, since=1)
def sees_nothing_later(subject: Subject) -> None:
    """Events at the moment of the run or after it change nothing in an aggregate.

    Why: a feature that knows the future is worthless where it is used, and looks best in tests.
    Fix: take `at(as_of)` and drop rows whose time is not before it; `BaseAggregateStep` does.
    """
    time, steps = time_of(subject), steps_of(subject)
    folds = subject.kind == "blueprint" or steps[0].locality.kind == "aggregate"
    if time not in subject.data.columns or not folds:
        return
    frame, at = subject.frame, subject.as_of
    early = variants.before(frame, subject.data, time, at)
    for told, data in variants.retimed(frame, early, time):
        known = _try(subject, data)
        if known is None and told != "as they are":
            continue
        both = pl.concat([data, variants.later(frame, data, time, at)])
        seen = f"with events at {at:%Y-%m-%d %H:%M} and later (times {told})"
        _same(subject, answer(subject, both), known or answer(subject, data), seen, counts=False)


@check("no-clock", kinds=ROWS, since=1)
def asks_no_clock(subject: Subject) -> None:
    """The clock of the machine changes nothing; the moment of the run comes from `at(as_of)`.

    Why: the same events must give the same features tomorrow, and on another machine.
    Fix: override `at(as_of)` and compute with that moment, never with `datetime.now()`.
    """
    expected = answer(subject)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1000)):
        found = answer(subject)
    _same(subject, found, expected, "with the machine's clock 1000 days later")


@check("no-hindsight", kinds=("step",), since=1)
def sees_only_earlier_rows(subject: Subject) -> None:
    """Of a step that keeps rows, or orders them, later rows change nothing in those before them.

    Why: a row's features must be what they were when it happened.
    Fix: look back only: `shift` by positive numbers, windows that end before the row; what speaks
    of all rows is learned in `learn`, and never the maximum of the data.
    """
    whole, data = answer(subject), subject.data
    time = _time_of_rows(subject, whole)
    if time is None:
        return
    for share in (0.3, 0.7):
        cut = data[time].drop_nulls().sort()[int(data[time].count() * share)]
        found = answer(subject, data.filter(pl.col(time) < cut), states=whole.states)
        expected = whole.rows.filter(pl.col(time) < cut)
        if told := differences(found.rows, expected, parity=parity_of(subject)):
            broken(f"without the rows from {cut} on: {told}")


@check("no-peers", kinds=("step",), since=1)
def sees_no_simultaneous_rows(subject: Subject) -> None:
    """Of such a step without a tie-break, rows of one time change nothing in one another.

    Why: what happens at the same moment was not known before it; which came first is chance.
    Fix: let windows end before the row's time (`closed="left"`), or order by a `tie_break` option.
    """
    whole = answer(subject)
    time = _time_of_rows(subject, whole)
    config: Any = subject.build().config
    if time is None or getattr(config, "tie_break", None):
        return
    key = key_of(subject)
    data = variants.tied(subject.data, key, time).with_row_index(_ROW)
    latest = pl.col(time) == pl.col(time).max().over(list(key) or [pl.lit(0)])
    altered = latest.fill_null(value=False) & (pl.col(_ROW) % 2 == 0)
    kept = data.filter(altered.not_())
    others = variants.strange(data.filter(altered), but=(*key, time, _ROW))
    expected = answer(subject, data, states=whole.states).rows
    found = answer(subject, pl.concat([kept, others]), states=whole.states).rows
    if _ROW not in expected.columns or _ROW not in found.columns:
        return
    same = pl.col(_ROW).is_in(kept[_ROW].implode())
    told = differences(found.filter(same), expected.filter(same), parity=parity_of(subject))
    if told:
        broken(f"with other values in rows of the same time: {told}")


def _time_of_rows(subject: Subject, whole: Applied) -> str | None:
    """Return the time of a step's rows; None where no later row could matter, or must."""
    [step] = steps_of(subject)
    looks = step.locality.kind == "ordered"
    looks = looks or (step.locality.kind == "whole" and step.rows == "kept")
    time = time_of(subject)
    return time if looks and time in whole.rows.columns else None


def _columns(schema: pl.Schema) -> str:
    return ", ".join(f"{name} ({dtype})" for name, dtype in schema.items())


def _try(subject: Subject, data: pl.DataFrame) -> Applied | None:
    try:
        return answer(subject, data)
    except EventflowError:
        return None


def _together(parts: list[Applied]) -> Any:
    counts: dict[Any, int] = {}
    for part in parts:
        for key, number in part.counts.items():
            counts[key] = counts.get(key, 0) + number
    return evolve(parts[0], rows=pl.concat([p.rows for p in parts]), counts=counts)


def _same(
    subject: Subject, found: Applied, expected: Applied, when: str, *, counts: bool = True
) -> None:
    if told := differences(found.rows, expected.rows, parity=parity_of(subject)):
        broken(f"{when}: {told}")
    if counts and found.counts != expected.counts:
        broken(f"{when}: accounts for {_told(found)}, expected {_told(expected)}")


def _told(made: Applied) -> str:
    counts = (f"{n} {outcome} ({reason})" for (reason, outcome), n in made.counts.items())
    return ", ".join(sorted(counts)) or "no row"
