from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
import pytest
from attrs import frozen

from eventflow_files.csv import CsvSource
from eventflow_files.ndjson import NdjsonSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from eventflow.frame import EventFrame

Engine = Literal["streaming", "in-memory"]


@frozen
class Reading:
    """What one execution of a source gave: rows, counts by reason, and the rows set aside."""

    rows: pl.DataFrame
    counts: dict[str | None, int]
    rejected: pl.DataFrame

    @property
    def bad(self) -> int:
        """Number of rows set aside."""
        return sum(n for reason, n in self.counts.items() if reason is not None)


def _execute(frame: EventFrame, engine: Engine = "streaming") -> Reading:
    """Execute a source's frame with its account in one go, as a run does."""
    [account] = frame.accounts
    assert account.rejected is not None
    rows, counts, rejected = pl.collect_all(
        [frame.lazy, account.counts, account.rejected],
        engine=engine,
    )
    return Reading(rows, dict(counts.select("reason", "rows").iter_rows()), rejected)


@pytest.fixture
def execute() -> Callable[..., Reading]:
    """Execute a source's frame with its account in one go, as a run does."""
    return _execute


@pytest.fixture
def read_csv(tmp_path: Path) -> Callable[..., Reading]:
    """Write bytes to a CSV file and read it."""

    def read(body: bytes, *, engine: Engine = "streaming", **options: Any) -> Reading:
        path = tmp_path / "data.csv"
        path.write_bytes(body)
        options.setdefault("max_bad_rows", 1.0)
        return _execute(CsvSource(path=str(path), **options).scan(), engine)

    return read


@pytest.fixture
def read_ndjson(tmp_path: Path) -> Callable[..., Reading]:
    """Write bytes to an NDJSON file and read it."""

    def read(body: bytes, **options: Any) -> Reading:
        path = tmp_path / "data.ndjson"
        path.write_bytes(body)
        options.setdefault("max_bad_rows", 1.0)
        return _execute(NdjsonSource(path=str(path), **options).scan())

    return read


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Run the test as a user whom file permissions bind."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
