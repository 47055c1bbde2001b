"""A table behind a scan that notes who reads it, when, and which columns are pulled."""

from __future__ import annotations

import linecache
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import polars as pl
from attrs import field, frozen
from polars.io.plugins import register_io_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_EXECUTES = (
    "collect", "collect_async", "collect_batches", "describe", "show",
    "sink_batches", "sink_csv", "sink_ipc", "sink_ndjson", "sink_parquet",
)  # fmt: skip
"""Methods of a lazy frame that execute it."""
_POLARS = Path(pl.__file__).parent
_KIT = Path(__file__).parent


@frozen
class Probe:
    """A table behind a scan that notes, for each time it is read, which columns are pulled.

    Attributes:
        data: The table.
        reads: For each read, the columns pulled, those of pushed-down filters included.
    """

    data: pl.DataFrame
    reads: list[frozenset[str]] = field(factory=list)

    def scan(self) -> pl.LazyFrame:
        """Return the table, lazily."""
        return register_io_source(self._read, schema=self.data.schema, is_pure=True)

    @property
    def pulled(self) -> frozenset[str]:
        """Every column pulled by any read."""
        return frozenset().union(*self.reads)

    def _read(
        self, names: list[str] | None, predicate: pl.Expr | None, most: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        used = () if predicate is None else predicate.meta.root_names()
        self.reads.append(frozenset(self.data.columns if names is None else names).union(used))
        rows = self.data if most is None else self.data.head(most)
        rows = rows if predicate is None else rows.filter(predicate)
        yield rows if names is None else rows.select(names)

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        """Collect, while the block runs, ``file:line: code`` of each call that reads the table."""
        culprits: list[str] = []
        with ExitStack() as stack:
            stack.enter_context(patch("polars.collect_all", self._noting(pl.collect_all, culprits)))
            for name in _EXECUTES:
                noting = self._noting(getattr(pl.LazyFrame, name), culprits)
                stack.enter_context(patch.object(pl.LazyFrame, name, noting))
            yield culprits

    def _noting(self, real: Callable[..., Any], culprits: list[str]) -> Callable[..., Any]:
        def noting(*args: Any, **options: Any) -> Any:
            before = len(self.reads)
            try:
                return real(*args, **options)
            finally:
                if len(self.reads) > before:
                    culprits.append(caller())

        return noting


def caller() -> str:
    """Return ``file:line: code`` of the nearest code that is neither Polars' nor the kit's."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the cheap way to walk the stack
    while frame is not None and inside_tools(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is None:
        return "somewhere"
    path, line = frame.f_code.co_filename, frame.f_lineno
    return f"{path}:{line}: {linecache.getline(path, line).strip()}".rstrip(": ")


def inside_tools(path: str) -> bool:
    """Whether a source file belongs to Polars or to the kit, and not to a component."""
    return any(Path(path).is_relative_to(folder) for folder in (_POLARS, _KIT))
