"""The same work in SQL."""

from __future__ import annotations

import duckdb
from timing import timed

QUERY = """
with cells as (
    select cell, time_bucket(interval 6 hours, "at") as bin_start, count(*) as count,
           sum(amount) as amount_sum, entropy(kind) * ln(2) as kind_entropy
    from events group by all
)
select c.*, c.count / sum(c.count) over (partition by c.bin_start) as count_share,
       b.count as count_lag_1
from cells c
left join cells b on b.cell = c.cell and b.bin_start = c.bin_start - interval 6 hours
"""


def job(source: str, target: str) -> None:
    """Run it."""
    tables = duckdb.connect()
    tables.execute("set timezone = 'UTC'")
    tables.read_parquet(source).create_view("events")
    tables.from_query(QUERY).write_parquet(target)


if __name__ == "__main__":
    timed(job)
