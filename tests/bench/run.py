"""Run the benchmarks and print Markdown: ``python tests/bench/run.py [NAME ...]``.

A name is a module of this folder; see `NAMES` and `LARGE`.
"""

from __future__ import annotations

import sys
import tempfile
from importlib import import_module
from pathlib import Path

NAMES = (
    "startup", "overhead", "churn", "whole", "windows", "cutoffs", "cells", "grid", "zones", "asof",
    "prepare", "quality", "charts", "tpch", "bus", "redis_bus", "nats_bus", "events", "eventstore",
    "main_job", "observed",
)  # fmt: skip
LARGE = ("tpch10", "windows86")
"""Benchmarks of many minutes and gigabytes, run when they are named."""


def main(names: list[str]) -> None:
    """Run what was asked for, all by default, in a folder that is removed afterwards."""
    here = Path(__file__).parent
    sys.path[:0] = [str(here), str(here.parent / "faults")]  # the latter has servers of its own
    with tempfile.TemporaryDirectory(prefix="eventflow-bench-") as folder:
        for name in names or NAMES:
            for line in import_module(name).bench(Path(folder)):
                print(line, flush=True)  # noqa: T201 - a script that prints its result


if __name__ == "__main__":
    main(sys.argv[1:])
