"""pandas' merge_asof, which wants both sides sorted by time."""

from __future__ import annotations

import pandas as pd  # type: ignore[import-untyped] # its stubs pin other versions
from asof_shape import CONTEXT
from timing import timed


def job(events: str, target: str) -> None:
    """Run it."""
    ours, theirs = (pd.read_parquet(path).sort_values("time") for path in (events, CONTEXT))
    joined = pd.merge_asof(ours, theirs, on="time", by="key", allow_exact_matches=False)
    joined.to_parquet(target, index=False)


if __name__ == "__main__":
    timed(job)
