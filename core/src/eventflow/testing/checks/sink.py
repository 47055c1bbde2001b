"""Sinks: the whole result or nothing, and nothing to be seen before it is published."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from polars.io.plugins import register_io_source

from eventflow.errors import EventflowError
from eventflow.testing.check import broken, check, extra
from eventflow.testing.comparing import differences
from eventflow.testing.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from eventflow.frame import EventFrame
    from eventflow.testing.subject import Subject

_PATIENCE = 0.5
"""Seconds to wait for something to be put aside; what is kept elsewhere is never seen here."""

extra(
    "read_back", "function of what `commit` returned that gives the rows again, as a Polars frame"
)
extra(
    "visible",
    """function of the folder that gives what readers see of the output, comparable; by default the
    files in the folder whose names begin with no dot and no underscore""",
)


@check("sink-lazy", kinds=("sink",), since=1)
def writes_lazily(subject: Subject) -> None:
    """`write` returns a lazy node and reads no row; the engine executes it.

    Why: the engine writes in the same pass in which it counts and describes the result.
    Fix: return frame.lazy.sink_…(target, lazy=True).
    """
    probe = Probe(subject.data)
    sink = subject.build()
    node = sink.write(subject.frame.with_lazy(probe.scan()))
    sink.abort()
    if not isinstance(node, pl.LazyFrame):
        broken(f"write() returned a {type(node).__name__}, not a LazyFrame")
    if probe.reads:
        broken("write() read the rows, before anything was executed")


@check("sink-check", kinds=("sink",), since=1)
def checks_without_trace(subject: Subject) -> None:
    """`check` on a place where nothing is in the way passes and changes nothing.

    Why: it is called by `eventflow check`, on configurations that are never run.
    Fix: look, and make nothing; folders are made when rows are written.
    """
    before = set(subject.folder.rglob("*"))
    subject.build().check()
    if made := set(subject.folder.rglob("*")) ^ before:
        broken(f"check() made or removed {', '.join(sorted(path.name for path in made))}")


@check("sink-invisible", kinds=("sink",), since=1)
def hides_until_commit(subject: Subject) -> None:
    """Nothing can be seen of the output until `commit`, and all of it afterwards.

    Why: a reader never finds half a result, nor one that a quality gate refused.
    Fix: write to a hidden name beside the target and rename it in commit().
    """
    before, sink = _visible(subject), subject.build()
    node = sink.write(subject.frame)
    if _visible(subject) != before:
        broken("write() changed what can be seen, before anything was executed")
    _execute(node)
    if _visible(subject) != before:
        broken("what was written could be seen before commit()")
    sink.commit()
    if _visible(subject) == before:
        broken("nothing can be seen after commit()")


@check("sink-commit", kinds=("sink",), since=1)
def returns_what_exists(subject: Subject) -> None:
    """`commit` returns where the output is: at least one place, and every local one exists.

    Why: the run record, the report and the next pipeline point there.
    Fix: return the paths as the user wrote them, after the rename.
    """
    places = _publish(subject, subject.frame)
    if not places:
        broken("commit() returned no place")
    for place in places:
        if "://" not in str(place) and not Path(place).exists():
            broken(f"commit() returned {place}, which does not exist")


@check("sink-abort", kinds=("sink",), since=1)
def aborts_without_trace(subject: Subject) -> None:
    """`abort` removes what was written aside; before a write and a second time, it does nothing.

    Why: a refused run must leave no gigabytes behind; a run aborts in every state it may be in.
    Fix: remember what was put aside, remove it if it is there, and forget it.
    """
    before = _tree(subject.folder)
    subject.build().abort()
    sink = subject.build()
    _execute(sink.write(subject.frame))
    sink.abort()
    sink.abort()
    if left := _tree(subject.folder).keys() - before.keys():
        broken(f"abort() left {', '.join(sorted(left))}")


@check("sink-abort-late", kinds=("sink",), since=1)
def keeps_what_is_published(subject: Subject) -> None:
    """`abort` after `commit` is harmless: what was published stays.

    Why: something may fail after publishing, and the run then aborts its sink all the same.
    Fix: forget what was put aside as soon as it is published.
    """
    sink = subject.build()
    _execute(sink.write(subject.frame))
    sink.commit()
    before = _visible(subject)
    sink.abort()
    if _visible(subject) != before:
        broken("abort() after commit() removed or changed what was published")


@check("sink-failed-write", kinds=("sink",), since=1)
def survives_failed_writes(subject: Subject) -> None:
    """A write that fails half-way leaves nothing once it is aborted.

    Why: data breaks in the middle of files; a torn output is worse than none.
    Fix: remove what was put aside in abort(), complete or not.
    """
    before = _tree(subject.folder)
    sink = subject.build()
    _execute_failing(sink, subject)
    sink.abort()
    if left := _tree(subject.folder).keys() - before.keys():
        broken(f"a failed write left {', '.join(sorted(left))}")


@check("sink-replaces-whole", kinds=("sink",), since=1)
def replaces_as_a_whole(subject: Subject) -> None:
    """Existing output stays whole while it is written anew, and when that fails.

    Why: yesterday's result is what people use until today's is complete.
    Fix: touch the target in commit() only, in one step.
    """
    _publish(subject, subject.frame)
    before = _visible(subject)
    sink = subject.build()
    _execute_failing(sink, subject)
    while_writing = _visible(subject)
    sink.abort()
    if while_writing != before:
        broken("the old output changed before the new one was published")
    if _visible(subject) != before:
        broken("the old output changed, though writing the new one failed")


@check("sink-empty", kinds=("sink",), since=1)
def writes_empty_frames(subject: Subject) -> None:
    """A result without rows is published like any other.

    Why: a day without events is an ordinary day, and the next pipeline expects its file.
    Fix: write the columns; do not ask for a first row.
    """
    if not _publish(subject, subject.frame.pipe(lambda lazy: lazy.clear())):
        broken("commit() published nothing for a frame without rows")


@check("sink-read-back", kinds=("sink",), since=1, needs="read_back")
def writes_what_it_gets(subject: Subject) -> None:
    """What is read back are the rows that were written.

    Why: a sink that loses nulls, rows or digits spoils every result, unseen.
    Fix: write every value so that it can be told apart when read: null from empty, 1 from 1.0.
    """
    expected = subject.data
    found = subject.extras["read_back"](_publish(subject, subject.frame)).lazy().collect()
    missing = [name for name in expected.columns if name not in found.columns]
    if missing:
        broken(f"read back without the columns {', '.join(missing)}")
    if told := differences(found.select(expected.columns).cast(dict(expected.schema)), expected):
        broken(f"read back: {told}")


@check("sink-explain", kinds=("sink",), since=1)
def explains_without_raising(subject: Subject) -> None:
    """`explain` answers any error with a coded one or None, and never raises.

    Why: it is asked while a run is failing; an error here would hide the cause.
    Fix: return None for what is not the sink's.
    """
    for error in (RuntimeError("no matter"), OSError(28, "No space left on device"), KeyError(1)):
        answer = subject.build().explain(error)
        if answer is not None and not isinstance(answer, EventflowError):
            broken(f"explain({error!r}) returned {answer!r}")


def _execute(node: object) -> None:
    if not isinstance(node, pl.LazyFrame):
        broken(f"write() returned a {type(node).__name__}, not a LazyFrame")
    pl.collect_all([node], engine="streaming")


def _publish(subject: Subject, frame: EventFrame) -> Sequence[Path | str]:
    sink = subject.build()
    _execute(sink.write(frame))
    places: Sequence[Path | str] = sink.commit()
    return places


class _TornError(RuntimeError):
    """What the source of a failing write raises."""


def _execute_failing(sink: Any, subject: Subject) -> None:
    """Execute a write whose rows break off half-way, when something was put aside."""
    before = _tree(subject.folder)
    torn = subject.frame.with_lazy(_torn(subject.data, lambda: _tree(subject.folder) != before))
    try:
        _execute(sink.write(torn))
    except Exception as error:  # noqa: BLE001 - Polars wraps what a source raises as it likes
        sink.explain(error)
    else:
        broken("the rows broke off half-way, and writing them was reported a success")


def _torn(data: pl.DataFrame, written: Callable[[], bool]) -> pl.LazyFrame:
    """Return a scan that yields rows until something of them was put aside, then fails.

    Polars opens the target when the first rows reach the sink, which may take several batches.
    """

    def read(
        names: list[str] | None, predicate: pl.Expr | None, most: int | None, size: int | None
    ) -> Iterator[pl.DataFrame]:
        del predicate, most, size
        rows = data if names is None else data.select(names)
        end = time.monotonic() + _PATIENCE
        yield rows
        while not written() and time.monotonic() < end:
            time.sleep(0.002)
            yield rows
        msg = "the rows break off here"
        raise _TornError(msg)

    return register_io_source(read, schema=data.schema)


def _visible(subject: Subject) -> Any:
    if look := subject.extras.get("visible"):
        return look(subject.folder)
    files = _tree(subject.folder).items()
    return {name: content for name, content in files if not _hidden(name)}


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in Path(name).parts)


def _tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
