"""DuckDB's ASOF join."""

from __future__ import annotations

import duckdb
from asof_shape import CONTEXT
from timing import timed


def job(events: str, target: str) -> None:
    """Run it."""
    joined = "e.key = c.key and e.time > c.time"
    duckdb.sql(
        f"copy (select e.*, c.price from '{events}' e"
        f" asof left join '{CONTEXT}' c on {joined}) to '{target}' (compression zstd)"
    )


if __name__ == "__main__":
    timed(job)
