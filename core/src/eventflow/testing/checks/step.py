"""Steps and blueprints: lazy planning, honest declarations, and no hidden changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import evolve

from eventflow.pipeline import Pipeline
from eventflow.quality import Verdict
from eventflow.registry import StepRegistry
from eventflow.runs.errors import GateClosedError
from eventflow.schema import SchemaError
from eventflow.testing import variants
from eventflow.testing.check import broken, check
from eventflow.testing.comparing import differences
from eventflow.testing.probe import Probe
from eventflow.testing.runner import (
    answer,
    applied,
    executed,
    first_line,
    fitted,
    fresh,
    parity_of,
    steps_of,
)

if TYPE_CHECKING:
    from datetime import datetime

    from eventflow.frame import EventFrame
    from eventflow.testing.subject import Subject
    from eventflow.types import Step

ROWS = ("step", "blueprint")


@check("lazy-plan", kinds=ROWS, since=1)
def plans_without_reading(subject: Subject) -> None:
    """Building the plan reads no data.

    Why: `check` and `explain` plan on machines without the data, and a run reads once, not twice.
    Fix: return expressions and lazy frames; what must be known first belongs in `learn`.
    """
    probe, states = Probe(subject.data), answer(subject).states
    frame = fresh(subject.frame).with_lazy(probe.scan())
    with probe.watched() as culprits:
        for step, state in zip(steps_of(subject, frame), states, strict=True):
            step.reads(frame.schema, frame.columns().names())
            step.measure(frame)
            step.learn(frame)
            frame = step.apply(frame, state)
            frame.columns()
    if probe.reads:
        broken(f"planning read the data {len(probe.reads)} times: {'; '.join(culprits[:3])}")


@check("reads", kinds=("step",), since=1)
def reads_what_it_says(subject: Subject) -> None:
    """With only the columns that `reads` names, it gives the same answer, and it pulls no others.

    Why: a run pulls just those columns from the source; one too few fails, one too many is slow.
    Fix: name every column its expressions use, or return None if the step cannot say.
    """
    [step] = steps_of(subject)
    frame = fresh(subject.frame)
    reads = step.reads(frame.schema, frame.columns().names())
    if reads is None:
        return
    if unknown := reads - set(subject.data.columns):
        broken(f"reads names {', '.join(sorted(unknown))}, of which no column arrives")
    whole = answer(subject)
    kept = [c for c in subject.data.columns if c in reads]
    narrow = frame.with_lazy(frame.lazy.select(kept), schema=frame.schema.kept(reads))
    try:
        found = applied([step], narrow)
    except (pl.exceptions.PolarsError, SchemaError) as error:
        broken(f"with only {', '.join(kept)}, as reads says, it fails: {first_line(error)}")
    expected = whole.rows.select(c for c in whole.rows.columns if c in found.rows.columns)
    if told := differences(found.rows, expected, parity=parity_of(subject)):
        broken(f"with only {', '.join(kept)}, as reads says: {told}")
    _pulls_only(step, subject, reads)


def _pulls_only(step: Step, subject: Subject, reads: frozenset[str]) -> None:
    probe = Probe(subject.data)
    frame = fresh(subject.frame).with_lazy(probe.scan())
    state = fitted(step, frame)
    metrics = step.measure(frame)
    if metrics is not None:
        metrics.collect()
    if surplus := _surplus(probe, reads):
        broken(f"learning or measuring pulls {', '.join(sorted(surplus))}, which reads leaves out")
    made = step.apply(frame, state)
    passed = set(subject.data.columns) - reads
    pl.collect_all(
        [
            made.lazy.select(c for c in made.columns().names() if c not in passed),
            *(account.counts for account in made.accounts),
        ]
    )
    if surplus := _surplus(probe, reads):
        broken(f"its own columns pull {', '.join(sorted(surplus))}, which reads leaves out")


def _surplus(probe: Probe, reads: frozenset[str]) -> frozenset[str]:
    """Return the columns pulled beyond these; counting rows pulls any single one."""
    return frozenset().union(*(read - reads for read in probe.reads if len(read) > 1))


@check("declared-columns", kinds=ROWS, since=1)
def gives_what_it_plans(subject: Subject) -> None:
    """The columns and dtypes of the plan are those of the result, and so are the roles.

    Why: everything after it is checked against the plan, before any data is read.
    Fix: give dtypes to literals and to `map_batches`; hand on the schema with `schema.kept(...)` or
    `schema.renamed(...)` when columns go.
    """
    made = answer(subject)
    for name, dtype in made.declared.items():
        if made.rows.schema.get(name) != dtype:
            broken(f"{name} is planned as {dtype} and is {made.rows.schema.get(name)}")
    try:
        made.frame.schema.check(made.rows.schema)
    except SchemaError as error:
        broken(f"its schema does not fit its columns: {error.problems[0].message}")


@check("input-untouched", kinds=ROWS, since=1)
def changes_no_input(subject: Subject) -> None:
    """The frame it was given stays as it was: rows, schema and accounts.

    Why: frames are shared; the quality gate and the next step look at the same one.
    Fix: return a new frame (`with_lazy`, `pipe`); never change rows or lists in place.
    """
    data = subject.data
    rows, frame = data.clone(), evolve(fresh(subject.frame), lazy=data.lazy())
    schema, accounts = fresh(frame).schema, frame.accounts
    arriving = frame
    for step, state in zip(steps_of(subject, frame), answer(subject).states, strict=True):
        step.measure(arriving)
        step.learn(arriving)
        arriving = step.apply(arriving, state)
    executed(arriving, (), "streaming")
    if not data.equals(rows):
        broken("the rows it was given have changed")
    if frame.schema != schema:
        broken("the schema it was given has changed")
    if frame.accounts != accounts:
        broken("the accounts it was given have changed")


@check("binds-moment", kinds=("step",), since=1)
def binds_without_changing(subject: Subject) -> None:
    """`at(as_of)` returns a step bound to the moment, and leaves the step it was asked of alone.

    Why: one configuration serves many runs at many moments, also at once.
    Fix: return a copy with the moment, or the step itself if time means nothing to it.
    """
    made = subject.build()
    before = dict(vars(made))
    bound = made.at(subject.as_of)
    if bound is None:
        broken("at returns nothing")
    if dict(vars(made)) != before:
        broken("at changes the step it is asked of")
    ours = dict(vars(bound))
    made.at(_earlier(subject.as_of))
    if dict(vars(bound)) != ours:
        broken("binding it to another moment changes the step bound before")


@check("measures", kinds=ROWS, since=1)
def measures_every_time(subject: Subject) -> None:
    """What it measures is one lazy row, whatever the order of the rows, and `judge` reads it.

    Why: gates judge every run, with a saved state too, and must say the same of the same rows.
    Fix: measure with aggregates; leave `judge` a pure function of the metrics.
    """
    given = fresh(subject.frame)
    for frame in (given, variants.of(given, subject.data.clear())):
        for step in steps_of(subject)[:1]:
            _measures(step, frame)


def _measures(step: Step, frame: EventFrame) -> None:
    metrics = step.measure(frame)
    if metrics is None:
        return
    if not isinstance(metrics, pl.LazyFrame):
        broken(f"measure returns a {type(metrics).__name__}, not a lazy frame")
    measured = metrics.collect()
    if measured.height != 1:
        broken(f"measure gives {measured.height} rows, not one")
    verdict = step.judge(measured)
    if verdict is not None and not isinstance(verdict, Verdict):
        broken(f"judge returns a {type(verdict).__name__}, not a Verdict")
    other = step.measure(variants.of(frame, variants.shuffled(frame.collect(), 8)))
    if other is None or step.judge(other.collect()) != verdict:
        broken("judges the same rows otherwise when they come in another order")


@check("in-pipeline", kinds=("step",), since=1)
def runs_in_a_pipeline(subject: Subject) -> None:
    """In `Pipeline([step]).run(frame)`, and from a configuration's dictionary, it does the same.

    Why: one definition serves a notebook, a file and a service.
    Fix: take everything from the options; keep nothing in the class or the module.
    """
    expected = answer(subject)
    for told, pipeline in {
        "in a pipeline": Pipeline([subject.build().at(subject.as_of)]),
        "from a configuration": _configured(subject),
    }.items():
        try:
            found = pipeline.run(fresh(subject.frame)).collect()
        except GateClosedError:  # it judged the data, as it should
            return
        if told_apart := differences(found, expected.rows, parity=parity_of(subject)):
            broken(f"{told}: {told_apart}")


def _configured(subject: Subject) -> Pipeline:
    registry = StepRegistry()
    registry.register(subject.component, name="judged")
    options = subject.options(subject.folder) if callable(subject.options) else subject.options
    [step] = registry.build([{"use": "judged", **options}])
    return Pipeline([step.at(subject.as_of)])


def _earlier(moment: datetime) -> datetime:
    return moment.replace(year=moment.year - 1, day=1)
