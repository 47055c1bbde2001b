"""What the framework itself costs: a tiny run, and checking a long pipeline."""

from __future__ import annotations

import json
import sys
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import polars as pl
from harness import Contestant, compete, table

import eventflow
from eventflow import BaseSource, EventFrame, Pipeline, PluginHost
from eventflow_features import DeriveStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

ROWS = pl.DataFrame({"a": range(10), "b": range(10)})


class TenRows(BaseSource):
    """Ten rows."""

    name = "ten_rows"

    def scan(self) -> EventFrame:
        """Return them."""
        return EventFrame.of(ROWS)


def bench(folder: Path) -> Iterable[str]:
    """Time a one-step pipeline on ten rows, a whole recorded run of it, and a long check."""
    yield "\n## Overhead, once loaded (median of 50)\n"
    frame = EventFrame.of(ROWS)
    step = DeriveStep(columns={"c": "a + b"})
    ours = _ms(lambda: Pipeline([step]).run(frame).collect())
    yield f"- one-step `Pipeline` on 10 rows, collected: {ours}"
    by_hand = _ms(lambda: ROWS.lazy().with_columns(c=pl.col("a") + pl.col("b")).collect())
    yield f"- the same by hand: {by_hand}"
    host = PluginHost()
    host.register(TenRows)
    config: dict[str, Any] = {
        "name": "tiny",
        "source": {"use": "ten_rows"},
        "steps": [{"use": "derive", "columns": {"c": "a + b"}}],
        "runs": {"path": str(folder / "runs")},
    }
    whole = _ms(lambda: eventflow.run(config, host=host))
    yield f"- a whole run, recorded with report and store: {whole}"
    yield from _check(folder)


def _ms(work: Callable[[], object]) -> str:
    took = []
    work()
    for _ in range(50):
        began = perf_counter()
        work()
        took.append(perf_counter() - began)
    return f"{median(took) * 1000:.2f} ms"


def _check(folder: Path) -> Iterable[str]:
    steps = [{"use": "derive", "columns": {f"c{i}": f"quantity + {i}"}} for i in range(50)]
    long = {"name": "long", "source": {"use": "online_retail"}, "steps": steps}
    path = folder / "long.yaml"
    path.write_text(json.dumps(long))
    check = Contestant("eventflow check, 50 steps", [_command(), "check", str(path)])
    compete([check], folder, rounds=5)
    return table("Check", [check], against=check)


def _command() -> str:
    return sys.executable.rpartition("/")[0] + "/eventflow"
