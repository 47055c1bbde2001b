"""What every job prints at its end: the seconds of the job alone, without imports."""

from __future__ import annotations

import json
import sys
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def timed(job: Callable[[str, str], None]) -> None:
    """Run ``job(csv, parquet)`` with the paths of the command line."""
    began = perf_counter()
    job(sys.argv[1], sys.argv[2])
    print(json.dumps({"seconds": perf_counter() - began}))  # noqa: T201 - the harness reads it
