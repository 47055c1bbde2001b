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

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_UP = 1000


def timed(job: Callable[[str, str], None]) -> None:
    """Run ``job(csv, parquet)`` with the paths of the command line."""
    csv, parquet = sys.argv[1:3]
    with TemporaryDirectory() as folder:
        few = Path(folder) / "few.csv"
        with Path(csv).open("rb") as file:
            few.write_bytes(b"".join(islice(file, WARM_UP)))
        job(str(few), f"{folder}/few.parquet")
    began = perf_counter()
    job(csv, parquet)
    _tell(perf_counter() - began)


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
