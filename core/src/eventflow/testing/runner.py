"""Driving a step as a run does, so that a check can look at every part of what it makes."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import polars as pl
from attrs import frozen

from eventflow.engines.local import LocalEngine
from eventflow.errors import EventflowError
from eventflow.frame import REASON
from eventflow.runs.execute import Execution
from eventflow.runs.plan import hand_made
from eventflow.testing.check import Broken, broken
from eventflow.testing.probe import inside_tools

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from eventflow.frame import EventFrame, Outcome
    from eventflow.ledger import Ledger
    from eventflow.quality import Verdict
    from eventflow.types import Step

T = TypeVar("T")
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
        return sum(n for (_, outcome), n in self.counts.items() if outcome != "flagged")


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
    learned = []
    for i, step in enumerate(steps):
        state = fitted(step, frame, engine) if states is None else states[i]
        frame = step.apply(frame, state)
        learned.append(state)
    return _collected(frame, tuple(learned), engine)


def _collected(frame: EventFrame, states: tuple[Any, ...], engine: Engine) -> Applied:
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
    execution = Execution(LocalEngine(), frame, run_dir=folder, states=dict(states or {}))
    execution.steps(hand_made(steps))
    [rows] = execution.gather([execution.frame.lazy], "collect")
    execution.trail.count(rows=rows.height)
    return Ran(
        rows=rows,
        ledger=execution.trail.ledger(),
        states=execution.states,
        verdicts=execution.verdicts,
    )


def stated(what: str, make: Callable[[], T]) -> T | EventflowError:
    """Return what `make` gives, or the coded error it raises; anything else breaks the contract.

    Args:
        what: What was tried, for the message: ``an empty frame``.
        make: Drives the component.
    """
    try:
        return make()
    except EventflowError as error:
        return error
    except Broken:
        raise
    except FAILURES as error:
        broken(f"{what}: {type(error).__name__}: {first_line(error)}{raised_at(error)}")


def works(what: str, make: Callable[[], T]) -> T:
    """Return what `make` gives; any error breaks the contract."""
    result = stated(what, make)
    if isinstance(result, EventflowError):
        broken(f"{what}: {type(result).__name__}: {first_line(result)}{raised_at(result)}")
    return result


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text."""
    return next(iter(str(error).strip().splitlines()), "")[:200]


def raised_at(error: BaseException) -> str:
    """Return where the component's own code raised, as `` (file:line)``; empty if nowhere."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if not inside_tools(f.filename)]
    return f" ({ours[-1].filename}:{ours[-1].lineno})" if ours else ""
