"""Trackers: they take whatever a run tells them, in any state, and keep runs apart."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from eventflow.testing.check import broken, check, extra
from eventflow.trackers.records import Record
from eventflow.trackers.telling import tell
from eventflow.tracking import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventflow.testing.subject import Subject

extra(
    "recorded",
    "function of the folder that returns, by run id, all that a tracker recorded of it, as text",
)

STARTED = datetime(2020, 6, 1, 12, tzinfo=UTC)
MASK = "********"


@check("tracker-life", kinds=("tracker",), since=1)
def records_a_life(subject: Subject) -> None:
    """It takes a run from start to finish: parameters, metrics with and without step, a file.

    Why: these are all the calls that a run makes.
    Fix: accept each, and ignore what you do not record.
    """
    _whole_run(subject.build(), subject.folder, "run-1")


@check("tracker-odd-values", kinds=("tracker",), since=1)
def takes_odd_values(subject: Subject) -> None:
    """It takes any parameter and any number: nested, missing, NaN, infinite, huge, any script.

    Why: parameters are the user's configuration, and a metric of an empty day is NaN.
    Fix: turn what your service refuses into text, or leave it out; never raise.
    """
    tracker = subject.build()
    tracker.start("run-odd", "名前 – été", STARTED)
    tracker.params(_odd_params())
    tracker.params({})
    tracker.metrics({"nan": float("nan"), "inf": float("inf"), "huge": 1e308, "int": 2**70})
    tracker.metrics({"müll/größe %": 1.0, "a b": -0.0}, step=0)
    tracker.finish("SUCCEEDED")


@check("tracker-missing-artifact", kinds=("tracker",), since=1)
def takes_missing_artifacts(subject: Subject) -> None:
    """A file that is not there is no error, and recording goes on.

    Why: a run may be told to keep a file that another process has moved.
    Fix: record the name, or log and leave it out.
    """
    tracker = subject.build()
    tracker.start("run-gone", "run", STARTED)
    tracker.artifact(subject.folder / "is-not-there.html", "report")
    tracker.finish("SUCCEEDED")


@check("tracker-finish-alone", kinds=("tracker",), since=1)
def finishes_without_start(subject: Subject) -> None:
    """`finish` without `start` does nothing.

    Why: a run that fails early finishes everything, started or not.
    Fix: return when no run is open.
    """
    subject.build().finish("FAILED")


@check("tracker-finish-twice", kinds=("tracker",), since=1)
def finishes_twice(subject: Subject) -> None:
    """A second `finish` does nothing.

    Why: an interrupted run may finish on the way out, and again at exit.
    Fix: forget the run when it is finished.
    """
    tracker = subject.build()
    _whole_run(tracker, subject.folder, "run-twice")
    tracker.finish("FAILED")


@check("tracker-again", kinds=("tracker",), since=1)
def records_several_in_turn(subject: Subject) -> None:
    """One tracker records a second run after the first.

    Why: a service keeps its trackers, and runs its pipeline every hour.
    Fix: keep what belongs to a run only between start and finish.
    """
    tracker = subject.build()
    _whole_run(tracker, subject.folder, "run-a")
    _whole_run(tracker, subject.folder, "run-b")


@check("tracker-apart", kinds=("tracker",), since=1, needs="recorded")
def keeps_runs_apart(subject: Subject) -> None:
    """Two runs at once, each with its own tracker, are recorded apart and completely.

    Why: several pipelines run in one process; a number in the wrong run is worse than none.
    Fix: keep the open run in the instance; never in a module, a class, or "the active run".
    """
    first, second = subject.build(), subject.build()
    first.start("run-one", "one", STARTED)
    second.start("run-two", "two", STARTED)
    first.params({"whose": "mark-of-one"})
    second.params({"whose": "mark-of-two"})
    second.metrics({"number_of_two": 2.0})
    first.metrics({"number_of_one": 1.0})
    second.finish("SUCCEEDED")
    first.finish("FAILED")
    found: Mapping[str, str] = subject.extras["recorded"](subject.folder)
    for own, other in (("one", "two"), ("two", "one")):
        text = found.get(f"run-{own}", "")
        for mark in (f"mark-of-{own}", f"number_of_{own}"):
            if mark not in text:
                broken(f"run-{own} has no record of {mark}")
        if f"of-{other}" in text or f"of_{other}" in text:
            broken(f"run-{own} has a record of run-{other}")


@check("tracker-keeps-masks", kinds=("tracker",), since=1, needs="recorded")
def keeps_masks(subject: Subject) -> None:
    """A parameter that arrives masked is recorded masked, under its own name.

    Why: the run masks secrets; a tracker that resolves them again gives them away.
    Fix: record parameters as they come; read nothing from the environment or from `config`.
    """
    tracker = subject.build()
    tracker.start("run-mask", "run", STARTED)
    tracker.params({"db_password": MASK})
    tracker.finish("SUCCEEDED")
    text = subject.extras["recorded"](subject.folder).get("run-mask", "")
    if "db_password" not in text or MASK not in text:
        broken(f"db_password = {MASK} was recorded as {text[-200:]!r}")


@check("tracker-more", kinds=("tracker",), since=1)
def takes_more(subject: Subject) -> None:
    """It takes a run within a run, labels, tables, figures and lineage, or leaves them out.

    Why: a run tells every tracker everything; what one has no use for must not stop the rest.
    Fix: take `parent` in `start`, and let `BaseTracker` pass over what you do not record.
    """
    parent, child = subject.build(), subject.build()
    parent.start("run-of-many", "batch", STARTED)
    child.start("run-of-one", "file", STARTED, "run-of-many")
    for told in _more():
        tell(child, told)
    child.finish("COMPLETED")
    parent.metrics({"files": 1.0})
    parent.finish("COMPLETED")


@check("tracker-resume", kinds=("tracker",), since=1, needs="recorded")
def resumes(subject: Subject) -> None:
    """Another instance takes up a run where the first left it, and all of it is one record.

    Why: what a service did not take is sent later, by another process.
    Fix: find the run by its id in `resume`; keep nothing of it in the instance alone.
    """
    first, second = subject.build(), subject.build()
    first.start("run-on", "run", STARTED)
    first.params({"whose": "mark-of-first"})
    tell(second, Record(at=STARTED, call="resume", values=("run-on", "run", STARTED, None)))
    second.metrics({"number_of_second": 2.0})
    second.finish("COMPLETED")
    first.finish("COMPLETED")
    text = subject.extras["recorded"](subject.folder).get("run-on", "")
    for mark in ("mark-of-first", "number_of_second"):
        if mark not in text:
            broken(f"the record of run-on has no {mark}")


def _more() -> Iterator[Record]:
    rows = pl.DataFrame(
        {
            "name": ["a", None, "名 前"],
            "share": [0.5, float("nan"), None],
            "ok": [True, None, False],
        }
    )
    data = Dataset(name="csv", role="source", uri="a b/é.csv", columns=(("id", "str"),))
    calls: list[tuple[str, tuple[Any, ...]]] = [
        ("labels", ({"version.polars": "2.1.0", "empty": "", "long": "x" * 10_000},)),
        ("table", ("features", rows)),
        ("table", ("empty", rows.clear())),
        ("figure", ("a.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")),
        ("lineage", ((data,), ())),
    ]
    return (Record(at=STARTED, call=call, values=values) for call, values in calls)


def _whole_run(tracker: Any, folder: Path, run: str) -> None:
    file = folder / "kept.txt"
    file.write_text("kept", encoding="utf-8")
    tracker.start(run, "pipeline", STARTED)
    tracker.params({"source": {"use": "csv"}, "rows": 10})
    tracker.metrics({"quality.score": 97.5, "rows": 10})
    tracker.metrics({"loss": 0.5}, step=1)
    tracker.metrics({"loss": 0.25}, 2)
    tracker.artifact(file, "kept")
    tracker.finish("SUCCEEDED")


def _odd_params() -> dict[str, Any]:
    return {
        "none": None, "nan": float("nan"), "big": 2**100, "text": "x" * 10_000, "script": "日本 🎉",
        "nested": {"list": [1, {"deep": (2, 3)}], "empty": {}}, "day": date(2020, 2, 29),
        "time": STARTED, "path": Path("a/b"), "set": {1}, "object": object(), "a.b/c d": True,
    }  # fmt: skip
