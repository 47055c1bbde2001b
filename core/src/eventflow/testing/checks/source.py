"""Sources: lazy, honest about their columns, and the same rows however they are asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl
import polars.selectors as cs

from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow.schema import SchemaError
from eventflow.testing.check import broken, check, extra
from eventflow.testing.watching import bytes_read, watching

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.testing.subject import Subject

extra("sniff_bytes", "bytes a source may read while a plan is built; 1 MiB by default")
extra("changed", "function of the folder that changes the source's input, for `source-fingerprint`")
extra("missing", "options that name an input which does not exist, for `source-missing`")

SNIFF_BYTES = 1 << 20
_SLACK = 1 << 16
_MANY = 50_000
_PROJECTED = re.compile(r"PROJECT(?:\[[^\]]*\])? (\*|\d+)/(\d+) COLUMNS")


@check("source-lazy", kinds=("source",), since=1)
def scans_lazily(subject: Subject) -> None:
    """Scanning reads no more than a beginning to tell the columns, and holds no rows in the plan.

    Why: a plan is built to be checked and explained; data larger than memory must stay where it is.
    Fix: return a scan (pl.scan_…, register_io_source) instead of reading; for more than 1 MiB to
        tell the columns, say so: sniff_bytes=….
    """
    _scan(subject)  # imports what is delayed to the first use
    source, before = subject.build(), bytes_read()
    with watching() as watch:
        frame = source.scan()
        frame.columns()
    if watch.executed:
        broken(f"scan() read data: {watch.executed[0]}")
    if re.search(r"\bDF \[", frame.lazy.explain(optimized=False)):
        broken("the plan of scan() holds rows in memory")
    after, allowed = bytes_read(), int(subject.extras.get("sniff_bytes", SNIFF_BYTES))
    if before is not None and after is not None and after - before > allowed + _SLACK:
        broken(f"scan() read {after - before:,} bytes, at most {allowed:,}")


@check("source-schema", kinds=("source",), since=1)
def declares_what_is_there(subject: Subject) -> None:
    """It returns an EventFrame whose declared roles and columns exist, with the declared dtypes.

    Why: steps and blueprints bind their fields by the schema, before anything is read.
    Fix: correct the EventSchema, or cast the columns in the scan.
    """
    frame = _scan(subject)
    try:
        frame.schema.check(frame.columns())
    except SchemaError as error:
        broken("; ".join(problem.message for problem in error.problems))


@check("source-dtypes", kinds=("source",), since=1)
def delivers_what_it_plans(subject: Subject) -> None:
    """The rows have the columns and dtypes that the plan says.

    Why: the whole pipeline is checked against the plan; what differs fails in the middle of a run.
    Fix: give the scan the schema that its batches really have.
    """
    frame = _scan(subject)
    planned, found = dict(frame.columns()), dict(frame.lazy.collect(engine="streaming").schema)
    for name in dict.fromkeys((*planned, *found)):
        if planned.get(name) != found.get(name):
            broken(f"column {name}: planned {planned.get(name)}, delivered {found.get(name)}")


@check("source-repeatable", kinds=("source",), since=1)
def scans_twice_the_same(subject: Subject) -> None:
    """Scanning again gives the same rows: the same frame, the same source, another of its kind.

    Why: statistics and features are gathered in several passes, which must see the same data.
    Fix: keep nothing from one scan to the next; open the input anew in each.
    """
    source = subject.build()
    frame = _scan(subject, source)
    first = _collect(frame.lazy)
    again = {
        "the same frame": frame, "the same source": source.scan(), "another": subject.build().scan()
    }  # fmt: skip
    for what, other in again.items():
        _same(_collect(other.lazy), first, f"reading {what} again")


@check("source-engines", kinds=("source",), since=1)
def answers_both_engines(subject: Subject) -> None:
    """Polars' streaming and in-memory engines give the same rows.

    Why: the engine is the user's choice, and may not change the answer.
    Fix: yield every batch once, in both; keep no position between calls of the reader.
    """
    lazy = _scan(subject).lazy
    streamed, held = lazy.collect(engine="streaming"), lazy.collect(engine="in-memory")
    _same(streamed, held, "the streaming engine")


@check("source-pushdown", kinds=("source",), since=1)
def honours_pushdown(subject: Subject) -> None:
    """Asking for some columns, some rows or the first rows gives the same values as the whole.

    Why: Polars hands projections, filters and limits to the scan; a run never asks for everything.
    Fix: in a register_io_source reader, apply with_columns, predicate and n_rows, in that meaning.
    """
    lazy = _scan(subject).lazy
    whole = _collect(lazy)
    for name in _some_columns(whole):
        _same(_collect(lazy.select(name)), whole.select(name), f"only column {name}")
        for what, rows in _filters(whole, name):
            _same(_collect(lazy.filter(rows)), whole.filter(rows), f"only rows where {name} {what}")
    for most in (0, 1, 3, whole.height + 1):
        found = _collect(lazy.head(most))
        if found.height != min(most, whole.height):
            broken(f"the first {most} rows: {found.height} rows of {whole.height}")
        if not found.hash_rows().is_in(whole.hash_rows().implode()).all():
            broken(f"the first {most} rows: a row that is not in the whole")
    columns = whole.columns[::-1][:2]
    _same(_collect(lazy.select(columns)), whole.select(columns), f"only columns {columns}")


@check("source-columns-read", kinds=("source",), since=1)
def reads_needed_columns(subject: Subject) -> None:
    """When one column is asked for, the scan of the plan reads fewer than all.

    Why: a run reads only the columns it needs; on wide data that is most of the time it takes.
    Fix: let the projection reach the scan: no map_batches, no with_row_index, no cache before it.
    """
    lazy = _scan(subject).lazy
    columns = lazy.collect_schema().names()
    if len(columns) <= 1:
        return
    for name in (columns[0], columns[-1]):
        plan = lazy.select(name).explain()
        for read, width in _PROJECTED.findall(plan):
            if int(width) > 1 and (read == "*" or int(read) == int(width)):
                broken(f"for column {name} alone, the plan reads all {width} columns")


@check("source-no-nan", kinds=("source",), since=1)
def has_no_nan(subject: Subject) -> None:
    """A missing number is null; no float is NaN.

    Why: NaN is a value to Polars: it passes completeness checks and spoils sums, maxima and sorts.
    Fix: .fill_nan(None) on float columns, in the scan.
    """
    lazy = _scan(subject).lazy.select(cs.float().is_nan().any())
    found = [name for name, nan in _collect(lazy).row(0, named=True).items() if nan] if len(
        lazy.collect_schema()) else []  # fmt: skip
    if found:
        broken(f"NaN in {', '.join(found)}")


@check("source-estimate", kinds=("source",), since=1)
def estimates_without_reading(subject: Subject) -> None:
    """The estimated size is a number of bytes or None, and reads no data.

    Why: the engine decides with it, before a run, whether rows may be kept between passes.
    Fix: estimate from file sizes or metadata; return None where that says nothing.
    """
    subject.build().estimated_bytes()
    with watching() as watch:
        size = subject.build().estimated_bytes()
    if watch.executed:
        broken(f"estimated_bytes() read data: {watch.executed[0]}")
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 0):
        broken(f"estimated_bytes() returned {size!r}")


@check("source-fingerprint-stable", kinds=("source",), since=1)
def has_a_stable_fingerprint(subject: Subject) -> None:
    """The fingerprint of an unchanged input is the same text every time, or None.

    Why: a run is told to be repeatable by it; one that drifts says data changed.
    Fix: derive it from the input alone: size, time of change, content; never from ids or clocks.
    """
    source = subject.build()
    first, second, other = source.fingerprint(), source.fingerprint(), subject.build().fingerprint()
    if not (first is None or (isinstance(first, str) and first)):
        broken(f"fingerprint() returned {first!r}")
    if not first == second == other:
        broken(f"the fingerprint of the same input was {first}, {second} and {other}")


@check("source-fingerprint", kinds=("source",), since=1, needs="changed")
def has_a_telling_fingerprint(subject: Subject) -> None:
    """The fingerprint changes when the input does.

    Why: a run record claims that the same fingerprint means the same data.
    Fix: include size, time of change and a hash of the content.
    """
    before = subject.build().fingerprint()
    subject.extras["changed"](subject.folder)
    if before == subject.build().fingerprint():
        broken(f"the input changed, and the fingerprint stayed {before}")


@check("source-missing", kinds=("source",), since=1, needs="missing")
def tells_missing_input(subject: Subject) -> None:
    """A missing input is a coded error that names it, at the latest when rows are read.

    Why: a wrong path is the most common mistake; users need the place and the fix, no traceback.
    Fix: raise a subclass of EventflowError in scan().
    """
    try:
        _collect(subject.component(**subject.extras["missing"]).scan().lazy)
    except EventflowError:
        return
    except Exception as error:  # noqa: BLE001 - every other kind is what the law forbids
        broken(f"a missing input raised {type(error).__name__}: {str(error)[:120]}")
    broken("a missing input was read as if it were there")


@check("source-batches", kinds=("source",), since=1, needs="batches")
def streams_the_same_rows(subject: Subject) -> None:
    """Its batches together are the rows of its scan, each with the scan's columns.

    Why: one definition runs on a file and on a stream, and must give the same answer.
    Fix: yield every row once, in frames of one schema, the last and smallest batch included.
    """
    expected = _collect(_scan(subject).lazy)
    parts = [_collect(frame.lazy) for frame in subject.build().batches()]
    for part in parts:
        if part.schema != expected.schema:
            broken(f"a batch has the columns {dict(part.schema)}, the scan {dict(expected.schema)}")
    _same(pl.concat([expected.clear(), *parts]), expected, "all batches together")


def _scan(subject: Subject, source: Any = None) -> EventFrame:
    """Scan a source, a new one if none is given."""
    frame = (source or subject.build()).scan()
    if not isinstance(frame, EventFrame):
        broken(f"scan() returned a {type(frame).__name__}, not an EventFrame")
    return frame


def _collect(lazy: pl.LazyFrame) -> pl.DataFrame:
    return lazy.collect(engine="streaming")


def _same(found: pl.DataFrame, expected: pl.DataFrame, what: str) -> None:
    """Fail unless two tables hold the same rows, whatever their order."""
    if found.columns != expected.columns:
        broken(f"{what}: columns {found.columns} instead of {expected.columns}")
    if found.height != expected.height:
        broken(f"{what}: {found.height} rows instead of {expected.height}")
    if not found.hash_rows().sort().equals(expected.hash_rows().sort()):
        broken(f"{what}: other values than in the whole")


def _some_columns(whole: pl.DataFrame) -> list[str]:
    """Return all columns; of a large table three, so that a check stays quick."""
    return whole.columns if whole.height < _MANY else whole.columns[:: max(whole.width // 3, 1)]


def _filters(whole: pl.DataFrame, name: str) -> Iterator[tuple[str, pl.Expr]]:
    yield "is null", pl.col(name).is_null()
    present = whole[name].drop_nulls()
    if present.len() and not present.dtype.is_nested():
        value = present[present.len() // 2]
        yield f"= {value!r}", pl.col(name) == pl.lit(value, dtype=present.dtype)
