"""Driving a step as a run does, so that a check can look at every part of what it makes."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

import polars as pl
from attrs import evolve, frozen

from eventflow.blueprint import Binding
from eventflow.engines.local import LocalEngine
from eventflow.errors import EventflowError
from eventflow.frame import REASON
from eventflow.ledger import STAYED
from eventflow.runs.execute import Execution
from eventflow.runs.plan import hand_made
from eventflow.testing.check import Broken, broken
from eventflow.testing.probe import inside_tools

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from eventflow.blueprint import Parity
    from eventflow.frame import EventFrame, Outcome
    from eventflow.ledger import Ledger
    from eventflow.quality import Verdict
    from eventflow.testing.subject import Subject
    from eventflow.types import Step

T = TypeVar("T")
P = ParamSpec("P")
Engine = Literal["streaming", "in-memory"]
FAILURES = (Exception, pl.exceptions.PanicException)
"""What a component's code may raise; Polars' panic is no `Exception`."""


@frozen(kw_only=True, eq=False)
class Applied:
    """What steps made of rows.

    Attributes:
        rows: The resulting rows.
        declared: Names and dtypes the plan promised before it was executed.
        frame: The resulting frame, lazily.
        states: What each step learned.
        counts: Reason and outcome → rows that left for it.
        aside: Reason → rows that were kept aside for it.
    """

    rows: pl.DataFrame
    declared: pl.Schema
    frame: EventFrame
    states: tuple[Any, ...]
    counts: dict[tuple[str, Outcome], int]
    aside: dict[str, int]

    @property
    def removed(self) -> int:
        """Rows fewer than there were, as far as the steps account for them."""
        return sum(n for (_, outcome), n in self.counts.items() if outcome not in STAYED)


def fitted(step: Step, frame: EventFrame, engine: Engine = "streaming") -> Any:
    """Return what a step learns on a frame; None if it learns nothing."""
    statistics = step.learn(frame)
    return None if statistics is None else step.fit(statistics.collect(engine=engine))


def applied(
    steps: Sequence[Step],
    frame: EventFrame,
    *,
    states: Sequence[Any] | None = None,
    engine: Engine = "streaming",
) -> Applied:
    """Apply steps one after the other and execute what they built.

    Args:
        steps: The steps, bound to their moment.
        frame: The events.
        states: What each step learned before; each learns on what arrives if not given.
        engine: Polars engine.
    """
    learned, frame = [], fresh(frame)
    for i, step in enumerate(steps):
        state = fitted(step, frame, engine) if states is None else states[i]
        frame = step.apply(frame, state)
        learned.append(state)
    return executed(frame, tuple(learned), engine)


def fresh(frame: EventFrame) -> EventFrame:
    """Return a frame whose schema shares nothing with that of another check's frame."""
    return evolve(frame, schema=frame.schema.model_copy(deep=True))


def executed(frame: EventFrame, states: tuple[Any, ...], engine: Engine) -> Applied:
    """Execute a frame with its accounts."""
    rejected = [a.rejected for a in frame.accounts if a.rejected is not None]
    kept = [r.group_by(REASON).agg(pl.len().alias("rows")) for r in rejected]
    queries = [frame.lazy, *(a.counts for a in frame.accounts), *kept]
    rows, *told = pl.collect_all(queries, engine=engine)
    counts: dict[tuple[str, Outcome], int] = {}
    for account, counted in zip(frame.accounts, told, strict=False):
        for reason, number in counted.select("reason", "rows").iter_rows():
            if reason is not None and number:
                key = (reason, account.outcomes[reason])
                counts[key] = counts.get(key, 0) + number
    aside: dict[str, int] = {}
    for table in told[len(frame.accounts) :]:
        for reason, number in table.iter_rows():
            aside[reason] = aside.get(reason, 0) + number
    declared = frame.columns()
    return Applied(
        rows=rows, declared=declared, frame=frame, states=states, counts=counts, aside=aside
    )


@frozen(kw_only=True, eq=False)
class Ran:
    """What a run of steps gives.

    Attributes:
        rows: The resulting rows.
        ledger: Where every row went.
        states: Node name → what was learned.
        verdicts: Node name → what its gate said.
    """

    rows: pl.DataFrame
    ledger: Ledger
    states: dict[str, Any]
    verdicts: dict[str, Verdict]


def ran(
    steps: Sequence[Step],
    frame: EventFrame,
    *,
    folder: Path | None = None,
    states: dict[str, Any] | None = None,
) -> Ran:
    """Run steps with the run's own execution, and count rows as a run does.

    Args:
        steps: The steps, bound to their moment.
        frame: The events.
        folder: Where quarantined rows are kept; None counts them only.
        states: Node name (``steps.0``) → a state from an earlier run.

    Raises:
        StepFailedError: A step failed.
        GateClosedError: A quality step found the data wanting.
    """
    execution = Execution(LocalEngine(), fresh(frame), run_dir=folder, states=dict(states or {}))
    execution.steps(hand_made(steps))
    [rows] = execution.gather([execution.frame.lazy], "collect")
    execution.trail.count(rows=rows.height)
    return Ran(
        rows=rows,
        ledger=execution.trail.ledger(),
        states=execution.states,
        verdicts=execution.verdicts,
    )


def stated(what: str, make: Callable[P, T], *args: P.args, **more: P.kwargs) -> T | EventflowError:
    """Return what a call gives, or the coded error it raises; anything else breaks the contract.

    Args:
        what: What was tried, for the message: ``an empty frame``.
        make: Drives the component.
        args: Its arguments.
        more: Its keyword arguments.
    """
    try:
        return make(*args, **more)
    except EventflowError as error:
        return error
    except Broken:
        raise
    except FAILURES as error:
        broken(f"{what}: {type(error).__name__}: {first_line(error)}{raised_at(error)}")


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text."""
    return next(iter(str(error).strip().splitlines()), "")[:200]


def raised_at(error: BaseException) -> str:
    """Return where the component's own code raised, as `` (file:line)``; empty if nowhere."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if not inside_tools(f.filename)]
    return f" ({ours[-1].filename}:{ours[-1].lineno})" if ours else ""


def steps_of(subject: Subject, frame: EventFrame | None = None) -> tuple[Step, ...]:
    """Return the steps a run would apply: a step itself, or what a blueprint is made of.

    Args:
        subject: What is judged.
        frame: The events that arrive; the subject's own if not given.
    """
    made = subject.build()
    if subject.kind != "blueprint":
        return (made.at(subject.as_of),)
    events = fresh(subject.frame if frame is None else frame)
    return tuple(made.steps(binding_of(subject, made, events)))


def binding_of(subject: Subject, made: Any, frame: EventFrame) -> Binding:
    """Return a blueprint's binding to a frame; data that cannot serve breaks the contract."""
    found = made.compatibility(frame.schema, frame.columns())
    if not found.ok:
        lacking = [*found.missing, *(f"{name}: {why}" for name, why in found.wrong.items())]
        broken(f"the contract's data cannot serve it: {'; '.join(lacking)}")
    return Binding(columns=found.columns, as_of=subject.as_of, schema=frame.schema, zone=frame.zone)


def answer(
    subject: Subject,
    data: pl.DataFrame | None = None,
    *,
    states: Sequence[Any] | None = None,
    engine: Engine = "streaming",
) -> Applied:
    """Apply the subject's steps to its data, or to other rows of the same meaning."""
    frame = subject.frame if data is None else subject.frame.with_lazy(data.lazy())
    return applied(steps_of(subject, frame), frame, states=states, engine=engine)


def parity_of(subject: Subject) -> dict[str, Parity]:
    """Return column → how nearly its values agree, as the author or the blueprint declares."""
    declared = {f.name: f.parity for f in getattr(subject.component, "features", ())}
    return {**declared, **subject.extras.get("parity", {})}


def key_of(subject: Subject) -> tuple[str, ...]:
    """Return the columns of the data by which its rows may be spread over machines."""
    if "by" in subject.extras:
        return tuple(subject.extras["by"])
    if subject.kind == "blueprint":
        made = subject.build()
        found = made.compatibility(subject.frame.schema, subject.frame.columns())
        key = tuple(found.columns[name] for name in found.key if name in found.columns)
        entity = subject.frame.schema.entity
        return key or ((entity,) if entity else ())
    locality = steps_of(subject)[0].locality
    return locality.by if locality.kind in {"aggregate", "ordered"} else ()


def time_of(subject: Subject) -> str | None:
    """Return the column of the events' time: as declared, else by role."""
    if "time" in subject.extras:
        return str(subject.extras["time"])
    locality = steps_of(subject)[0].locality
    return locality.time or subject.frame.schema.timestamp
