"""By hand in DuckDB: for each window and grouping a group-by and a pivot, joined by customer."""

from __future__ import annotations

import duckdb
import windows_shape as shape
from timing import timed


def job(events: str, parquet: str) -> None:
    """Run it."""
    connection = duckdb.connect()
    parts = []
    for days in shape.DAYS:
        for first in shape.GROUPINGS:
            name = f"{first}_{days}"
            connection.execute(_query(events, name, days, first))
            parts.append(name)
    joined = " ".join(f"full join {part} using (customer)" for part in parts[1:])
    names = {
        f"{first}_{kind}_{a}_{days}d": shape.column(first, kind, days, a)
        for values in shape.GROUPINGS.values()
        for first in values
        for kind in shape.KINDS
        for days in shape.DAYS
        for a in shape.AGGREGATES
    }
    selected = ", ".join(f'"{old}" as "{new}"' for old, new in names.items())
    connection.execute(
        f"copy (select customer, {selected} from {parts[0]} {joined}) to '{parquet}'"
    )


def _query(events: str, name: str, days: int, first: str) -> str:
    amount = shape.AMOUNT
    functions = {"count": "count(*)"} | {
        a: f"{'avg' if a == 'mean' else a}({amount})" for a in shape.AGGREGATES[1:]
    }
    aggregated = ", ".join(f'{sql} as "{a}"' for a, sql in functions.items())
    used = ", ".join(f'first("{a}") as "{a}_{days}d"' for a in functions)
    return f"""
        create temp table {name} as
        pivot (
            select customer, {first} || '_' || kind as grouped, {aggregated}
            from read_parquet('{events}')
            where day >= date '{shape.AS_OF}' - {days} and day < date '{shape.AS_OF}'
            group by customer, {first}, kind
        ) on grouped using {used} group by customer
        """


if __name__ == "__main__":
    timed(job)
