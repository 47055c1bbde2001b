"""Every component, before anything else: it can be built, and does its work on the plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow.schema import dtype_name
from eventflow.testing.check import Broken, broken, check
from eventflow.testing.checks.context_join import Joining
from eventflow.testing.judging import raised_at
from eventflow.testing.runner import FAILURES, answer, first_line, fresh, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.testing.subject import Subject


@check("usable", since=1)
def can_be_used(subject: Subject) -> None:
    """It can be built with the contract's options, and does its work on the contract's events.

    Why: what does neither cannot be judged; the checks that look at its use are skipped then.
    Fix: mend what it raised; give the contract options that fit its events: config={…}; or events
        of your own: frame={column: values, …}, schema={"timestamp": column, …}.
    """
    _tried("built", subject.build, subject)
    use = {"step": _apply, "blueprint": _apply, "source": _scan, "context_join": _join}
    if subject.kind in use:
        _tried("used", lambda: use[subject.kind](subject), subject)


def _apply(subject: Subject) -> None:
    for step in steps_of(subject)[:1]:
        made = step.apply(fresh(subject.frame), _learned(step, subject))
        _expect(made, "apply", "return frame.pipe(lambda rows: rows.with_columns(…))")
    answer(subject)


def _learned(step: object, subject: Subject) -> object:
    statistics = step.learn(fresh(subject.frame))  # type: ignore[attr-defined] # a step's member
    return None if statistics is None else step.fit(statistics.collect())  # type: ignore[attr-defined] # likewise


def _scan(subject: Subject) -> None:
    _expect(subject.build().scan(), "scan", "return EventFrame(rows, EventSchema(…))")


def _join(subject: Subject) -> None:
    Joining.of(subject).joined()


def _expect(made: object, method: str, fix: str) -> None:
    if not isinstance(made, EventFrame):
        broken(f"{method}() returns a {type(made).__name__}, not an EventFrame: {fix}")


def _tried(what: str, use: Callable[[], object], subject: Subject) -> None:
    try:
        use()
    except Broken:
        raise
    except FAILURES as error:
        broken(f"it cannot be {what}: {_said(error, subject)}{_given(subject)}")


def _said(error: BaseException, subject: Subject) -> str:
    if isinstance(error, EventflowError):
        return "; ".join(f"{problem.code} {problem.message}" for problem in error.problems)
    if isinstance(error, ValidationError):
        told = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        return f"its options are refused: {'; '.join(told)}"
    place = raised_at(error, subject.component)
    return f"{type(error).__name__}: {first_line(error)}{f' ({place})' if place else ''}"


def _given(subject: Subject) -> str:
    if subject.kind == "source":
        return ""
    columns = ", ".join(f"{n} ({dtype_name(t)})" for n, t in subject.frame.columns().items())
    return f"\n  data: {columns}"
