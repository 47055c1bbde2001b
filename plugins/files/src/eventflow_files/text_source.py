"""What CSV and NDJSON sources share: a lazy scan that reads blocks, and the account of bad rows."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, ClassVar, Self

import polars as pl
from attrs import evolve, field, frozen
from polars.io.plugins import register_io_source

from eventflow.base import BaseSource
from eventflow.schema import EventMetadata
from eventflow_files.advice import advise, advise_time, sampled
from eventflow_files.badrows import STRUCTURE, Tally, accounted, hidden_schema, marked, misfit
from eventflow_files.columns import Column, format_dtype
from eventflow_files.compression import compression_of
from eventflow_files.fingerprint import fingerprint
from eventflow_files.paths import called, resolve
from eventflow_files.reading import BlockReader
from eventflow_files.sniff import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from eventflow.frame import EventFrame
    from eventflow.types import TextAdvice
    from eventflow_files.options import TextOptions
    from eventflow_files.reading import Codec
    from eventflow_files.sniff import TextFile

_EXPANSION = 6


@frozen
class TextPlan:
    """How the files of a source will be read.

    Attributes:
        files: The files, in order.
        schema: Column → dtype of what is delivered.
        codec: Makes the codec for the n-th file.
        undetermined: Columns without a value in the sample; they are text.
        imprecise: Columns of floats whose sampled values have more digits than floats keep, with
            what reads all digits, in words.
    """

    files: tuple[TextFile, ...]
    schema: dict[str, pl.DataType]
    codec: Callable[[int], Codec]
    undetermined: tuple[str, ...] = ()
    imprecise: Mapping[str, str] = field(factory=dict)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every reason for which a row can be bad."""
        return (*STRUCTURE, *map(misfit, self.schema))

    def expected_rows(self) -> float | None:
        """About how many rows all files hold; None if unknown."""
        rows = [file.expected_rows() for file in self.files]
        known = [r for r in rows if r is not None]
        return sum(known) if len(known) == len(rows) else None


class TextSource(BaseSource):
    """A source of text files; subclasses say what the files' beginnings tell."""

    suffixes: ClassVar[tuple[str, ...]]
    config: TextOptions

    def plan(self) -> TextPlan:
        """Read the beginning of each file (at most 1 MiB) and decide how to read the rest."""
        raise NotImplementedError

    def scan(self) -> EventFrame:
        """Return the rows, lazily; bad rows are accounted for when it is executed.

        Raises:
            FileError: A file is missing, unreadable, empty, or does not fit the options.
        """
        plan, options = self.plan(), self.config
        lazy = register_io_source(
            lambda names, predicate, rows, _: _read(plan, options, names, predicate, rows),
            schema={**plan.schema, **hidden_schema()},
            is_pure=True,
        )
        frame = accounted(lazy, plan.reasons)
        about = EventMetadata(
            dataset=called(options.path) or None,
            timezone=options.timezone,
            undetermined=plan.undetermined,
            imprecise=dict(plan.imprecise),
        )
        return evolve(frame, metadata=about)

    def stated(self) -> dict[str, Column]:
        """Return the columns of which the options say how they are read."""
        options = self.config
        schema = options.schema_
        return (
            {name: Column.of(name, dtype, self.config.local) for name, dtype in schema.items()}
            | {
                name: Column(
                    name, schema.get(name) or format_dtype(form), (form,), self.config.local
                )
                for name, form in options.parse.items()
            }
            | {
                name: Column(name, schema.get(name) or pl.Float64(), number=form)
                for name, form in options.numbers.items()
            }
        )

    def expecting(self, dtypes: Mapping[str, pl.DataType]) -> Self:
        """Return this source with these dtypes in its `schema`."""
        changed = copy(self)
        schema = {**self.config.schema_, **dtypes}
        changed.config = self.config.model_copy(update={"schema_": schema})
        return changed

    def reading(self, column: str, families: Collection[str]) -> TextAdvice | None:
        """Say how a column could be read, from the beginning of the first file."""
        plan, options = self.plan(), self.config
        dtype = plan.schema.get(column)
        counts = dtype is not None and dtype.is_numeric() and "temporal" in families
        if dtype != pl.String and not counts:
            return None
        file, codec = plan.files[0], plan.codec(0)
        window = file.open(options)
        try:
            head = window.peek(HEAD)
        finally:
            window.close()
        split = codec.split(head, final=len(head) < HEAD, most=options.infer_rows)
        rows, records = sampled(codec, [r for r in split.records if r.reason is None])
        if counts:
            return advise_time(rows[column])
        places = [f"{file.path}:{file.line + record.offset}" for record in records]
        return advise(rows[column], places, families, options)

    def files(self) -> tuple[Path, ...]:
        """Return the files the path means."""
        return resolve(self.config.path, self.suffixes)

    def estimated_bytes(self) -> int | None:
        """Return about the size of the text, as parsed rows take about as much memory."""
        return sum(
            f.stat().st_size * (1 if compression_of(f) is None else _EXPANSION)
            for f in self.files()
        )

    def fingerprint(self) -> str | None:
        """Return a hash over each file's path, size, time, beginning and end."""
        return fingerprint(self.files())

    def paths_read(self) -> Sequence[Path | str]:
        """Return the files the path means now."""
        return self.files()


def _read(
    plan: TextPlan,
    options: TextOptions,
    names: Sequence[str] | None,
    predicate: pl.Expr | None,
    most: int | None,
) -> Iterator[pl.DataFrame]:
    """Read the files: called by Polars when, and only when, the frame is executed."""
    tally = Tally(options.bad_rows, options.max_bad_rows, plan.expected_rows())
    for rows in _files(plan, options, tally):
        kept = rows if most is None else rows.head(most)
        most = None if most is None else most - kept.height
        kept = kept if predicate is None else kept.filter(predicate)
        yield kept if names is None else kept.select(names)
        if most == 0:
            return
    tally.finish()


def _files(plan: TextPlan, options: TextOptions, tally: Tally) -> Iterator[pl.DataFrame]:
    empty = pl.DataFrame(schema=plan.schema)
    yield marked(empty, [], plan.reasons)
    for number, file in enumerate(plan.files):
        window = file.open(options)
        try:
            codec = plan.codec(number)
            name = str(file.path)
            reader = BlockReader(window, codec, name, file.line, options.max_line_bytes)
            for good, bad in reader.frames():
                tally.add(good.height + len(bad), bad)
                yield marked(good, bad, plan.reasons)
        finally:
            window.close()
