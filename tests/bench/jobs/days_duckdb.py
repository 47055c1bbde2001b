"""The same work in SQL."""

from __future__ import annotations

import duckdb
from timing import timed

QUERY = """
select cell, time_bucket(interval 1 day, "at") as bin_start, count(*) as count,
       sum(amount) as amount_sum, avg(amount) as amount_mean,
       first(amount order by "at", amount) as amount_first,
       last(amount order by "at", amount) as amount_last,
       count(distinct kind) as kind_n_unique, entropy(kind) * ln(2) as kind_entropy
from events group by all
"""


def job(source: str, target: str) -> None:
    """Run it."""
    tables = duckdb.connect()
    tables.execute("set timezone = 'UTC'")
    tables.read_parquet(source).create_view("events")
    tables.from_query(QUERY).write_parquet(target)


if __name__ == "__main__":
    timed(job)
