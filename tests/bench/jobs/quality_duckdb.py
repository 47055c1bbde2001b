"""The twenty rules as one query."""

from __future__ import annotations

import duckdb
from timing import timed_counts

COLUMNS = ("id", "a", "b", "c", "d", "kind", "code")
GOOD = {
    "id range": "id >= 0",
    "a range": "a between -4 and 4",
    "b range": "b between 0 and 60",
    "c range": "c between 0 and 98",
    "d range": "d <= 998",
    "kind allowed": "kind in ('x', 'y', 'z')",
    "code pattern": "regexp_matches(code, '^C[0-9]{2,5}$')",
    "b + c positive": "b + c >= 0",
    "c near d": "c <= d + 98",
    "a below b": "a < b + 3",
    "c doubled": "c * 2 < 197",
    "b and c": "b + c < 150",
}


def job(path: str) -> dict[str, int]:
    """Count the rows that fail each rule."""
    counts = {f"{c} present": f"count(*) - count({c})" for c in COLUMNS}
    counts["id unique"] = "count(id) - count(distinct id)"
    counts |= {name: f"count(*) filter (not ({good}))" for name, good in GOOD.items()}
    with duckdb.connect() as connection:
        row = connection.execute(f"select {', '.join(counts.values())} from '{path}'").fetchone()
    assert row is not None
    return dict(zip(counts, row, strict=True))


if __name__ == "__main__":
    timed_counts(job)
