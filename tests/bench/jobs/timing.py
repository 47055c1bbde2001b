"""What every job prints at its end: the seconds of the job alone, in a process that did it before.

A job is done once on the first rows, so that imports, thread pools, compiled templates and the like
are there for every contestant; then it is timed on the whole file.
"""

from __future__ import annotations

import json
import sys
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_UP = 1000
_WARM_UP_PARQUET = 100_000
"""Enough for every group of every window to have rows."""


def timed(job: Callable[[str, str], None]) -> None:
    """Run ``job(events, parquet)`` on the paths of the command line: CSV or Parquet in."""
    events, parquet = sys.argv[1:3]
    with TemporaryDirectory() as folder:
        few = Path(folder) / f"few{Path(events).suffix}"
        _first_rows(Path(events), few)
        job(str(few), f"{folder}/few-out.parquet")
    began = perf_counter()
    job(events, parquet)
    _tell(perf_counter() - began)


def _first_rows(events: Path, few: Path) -> None:
    if few.suffix == ".parquet":
        pl.scan_parquet(events).head(_WARM_UP_PARQUET).sink_parquet(few)
        return
    with events.open("rb") as file:
        few.write_bytes(b"".join(islice(file, WARM_UP)))


def timed_counts(job: Callable[[str], dict[str, int]]) -> None:
    """Run ``job(parquet)`` and write what it counts as JSON; paths are on the command line.

    The first rows are in ``few.parquet`` beside the whole.
    """
    rows, out = map(Path, sys.argv[1:3])
    job(str(rows.with_name("few.parquet")))
    began = perf_counter()
    found = job(str(rows))
    seconds = perf_counter() - began
    out.write_text(json.dumps({name: int(count) for name, count in found.items()}))
    _tell(seconds)


def _tell(seconds: float) -> None:
    print(json.dumps({"seconds": seconds}))  # noqa: T201 - the harness reads it
