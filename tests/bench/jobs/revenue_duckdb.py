"""The same in DuckDB SQL."""

from __future__ import annotations

import duckdb
from timing import timed

AS_OF, LAST = "date '1998-12-02'", "date '1998-12-01'"
CYCLES = {
    "day_of_week": ("isodow(date)", "date_trunc('week', date)::date"),
    "week_of_year": ("week(date)", "date - (week(date) * 7 - 8 + isodow(date))::integer"),
    "month": ("month(date)", "date_trunc('year', date)::date"),
    "quarter": ("quarter(date)", "date_trunc('year', date)::date"),
}


def job(sales: str, parquet: str) -> None:
    """Run it."""
    db = duckdb.connect()
    db.execute(f"""
        create temp table days as
        with folded as (
            select nation as series, date, sum(revenue) as revenue,
                   count(distinct customer) as customer_count
            from read_parquet('{sales}') where date < {AS_OF} group by all),
        firsts as (select series, min(date) as first from folded group by series),
        every as (
            select series, first,
                   unnest(generate_series(first, {LAST}, interval 1 day))::date as date
            from firsts)
        select series, date, first, coalesce(revenue, 0) as revenue,
               coalesce(customer_count, 0) as customer_count,
               {", ".join(f"{p} as {s}_part, {c} as {s}_cycle" for s, (p, c) in CYCLES.items())}
        from every left join folded using (series, date)""")
    db.execute(f"""
        create temp table counted as
        select *, {", ".join(_counted(season) for season in CYCLES)} from days""")
    db.execute(f"""
        copy (
            with placed as (
                select *, date - first + 1 as age, {", ".join(_sums(season) for season in CYCLES)}
                from counted)
            select series, date, revenue, customer_count, false as period_incomplete,
                   {", ".join(_trailing(days) for days in (7, 30, 90))},
                   {", ".join(_growth(days) for days in (1, 7, 30))},
                   {", ".join(_index(season) for season in CYCLES)},
                   case when customer_count > 0 then revenue / customer_count end
                       as revenue_per_customer
            from placed window s as (partition by series order by date)
        ) to '{parquet}' (format parquet, compression zstd, compression_level 1)""")


def _counted(season: str) -> str:
    whole = f"({season}_cycle >= first)::integer"
    return f"{whole} as {season}_days, {whole} * revenue as {season}_revenue"


def _sums(season: str) -> str:
    return ", ".join(
        f"{_total(value, by)} - {_total(value, [*by, f'{season}_cycle'])} as {season}_{of}_{what}"
        for what in ("days", "revenue")
        for value in (f"{season}_{what}",)
        for of, by in (("part", ["series", f"{season}_part"]), ("all", ["series"]))
    )


def _total(value: str, by: list[str]) -> str:
    return f"sum({value}) over (partition by {', '.join(by)} order by date)"


def _index(season: str) -> str:
    part, whole = f"{season}_part", f"{season}_all"
    ratio = f"({part}_revenue / {part}_days) / ({whole}_revenue / {whole}_days)"
    known = f"{part}_days > 0 and {whole}_revenue > 0"
    return f"case when {known} then {ratio} end as seasonal_{season}"


def _trailing(days: int) -> str:
    over = f"over (partition by series order by date rows {days - 1} preceding)"
    return (
        f"case when age >= {days} then avg(revenue) {over} end as revenue_ma_{days}, "
        f"case when age >= {days} then stddev_samp(revenue) {over} end as revenue_volatility_{days}"
    )


def _growth(days: int) -> str:
    base = f"lag(revenue, {days}) over s"
    return f"(revenue - {base}) / nullif(abs({base}), 0) as revenue_growth_{days}d"


if __name__ == "__main__":
    timed(job)
