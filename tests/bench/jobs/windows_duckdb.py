"""By hand in DuckDB: tiles, merged per window with a join, then one pivot."""

from __future__ import annotations

import duckdb
import windows_shape as shape
from timing import timed


def job(events: str, parquet: str) -> None:
    """Run it."""
    connection = duckdb.connect()
    cases = " ".join(
        f"when day >= date '{shape.AS_OF}' - {days} then {i}" for i, days in enumerate(shape.DAYS)
    )
    connection.execute(
        f"""
        create temp table tiles as
        select customer, card, channel, kind, case {cases} end as tile,
            count(*) as n, sum({shape.AMOUNT}) as total,
            min({shape.AMOUNT}) as low, max({shape.AMOUNT}) as high
        from read_parquet('{events}') where day < date '{shape.AS_OF}' group by all
        """
    )
    windows = ", ".join(f"({i}, {days})" for i, days in enumerate(shape.DAYS))
    merged = " union all ".join(
        f"""
        select customer, {first} || '_' || kind as grouped, days, sum(n)::bigint as count,
            sum(total) as sum, sum(total) / sum(n) as mean, min(low) as min, max(high) as max
        from tiles join (values {windows}) w(last, days) on tile <= last
        group by customer, {first}, kind, days
        """
        for first in shape.GROUPINGS
    )
    names = {
        f"{first}_{kind}|{days}_{a}": shape.column(first, kind, days, a)
        for values in shape.GROUPINGS.values()
        for first in values
        for kind in shape.KINDS
        for days in shape.DAYS
        for a in shape.AGGREGATES
    }
    selected = ", ".join(f'"{old}" as "{new}"' for old, new in names.items())
    connection.execute(
        f"""
        copy (select customer, {selected} from (
            pivot (
                select customer, grouped || '|' || days as name, count, sum, mean, min, max
                from ({merged})
            ) on name using {_firsts()} group by customer
        )) to '{parquet}'
        """
    )


def _firsts() -> str:
    return ", ".join(f'first("{a}") as "{a}"' for a in shape.AGGREGATES)


if __name__ == "__main__":
    timed(job)
