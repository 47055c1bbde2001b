"""What the revenue tests share: making features by hand, and the independent oracle in SQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from by_hand import Engine, Made, made_by
from eventflow.frame import EventFrame
from eventflow_revenue.blueprint import RevenueProjection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AS_OF = datetime(2021, 3, 1, tzinfo=UTC)

ORACLE = """
with raw as (
    select coalesce(series, '') as s, date::date as d, revenue, customer_count as c
    from read_parquet('{path}')
    where date < timestamp '{as_of}' and revenue is not null
), days as (
    select s, d, sum(revenue) as r, sum(c)::bigint as c from raw group by all
), every as (
    select s, unnest(generate_series(lo, (timestamp '{as_of}' - interval 1 microsecond)::date,
                                     interval 1 day))::date as d, lo
    from (select s, min(d) as lo from days group by s)
), full_ as (
    select every.s, every.d, lo, coalesce(r, 0) as r, coalesce(c, 0) as c
    from every left join days using (s, d)
), placed as (
    select *, isodow(d) as w, week(d) as k, month(d) as m, quarter(d) as q, d - lo + 1 as n,
           date_trunc('week', d)::date as wc, date_trunc('year', d)::date as yc,
           (d - ((week(d) - 1) * 7 + isodow(d) - 1)::int)::date as ic
    from full_
)
select s as series, d as date, r as revenue, c as customer_count,
       d = (timestamp '{as_of}')::date as period_incomplete, {features}
from placed as t order by 1, 2
"""


def _features() -> str:
    sql = []
    frame = "over (partition by s order by d rows between {} preceding and current row)"
    for days in (7, 30, 90):
        window = frame.format(days - 1)
        sql.append(f"case when n >= {days} then avg(r) {window} end as revenue_ma_{days}")
        sql.append(f"case when n >= {days} then stddev_samp(r) {window} end "
                   f"as revenue_volatility_{days}")  # fmt: skip
    for days in (1, 7, 30):
        base = f"lag(r, {days}) over (partition by s order by d)"
        sql.append(f"(r - {base}) / nullif(abs({base}), 0) as revenue_growth_{days}d")
    for season, part, cycle in (
        ("day_of_week", "w", "wc"), ("week_of_year", "k", "ic"), ("month", "m", "yc"),
        ("quarter", "q", "yc"),
    ):  # fmt: skip
        past = f"from placed as o where o.s = t.s and o.{cycle} < t.{cycle} and o.{cycle} >= o.lo"
        mean = f"(select avg(o.r) {past})"
        part_mean = f"(select avg(o.r) {past} and o.{part} = t.{part})"
        index = f"{part_mean} / case when {mean} > 1e-9 then {mean} end"
        sql.append(f"{index} as seasonal_{season}")
    sql.append("r / nullif(c, 0) as revenue_per_customer")
    return ", ".join(sql)


def _make(
    data: pl.DataFrame,
    *,
    as_of: datetime = AS_OF,
    engine: Engine = "streaming",
    roles: dict[str, str] | None = None,
    **options: Any,
) -> Made:
    made = RevenueProjection(**options)
    frame = EventFrame.of(data, **(roles or {}))
    return made_by(made, frame, as_of, engine=engine, order=("series", "date"))


@pytest.fixture(scope="session")
def make() -> Callable[..., Made]:
    """Run the blueprint on data, step by step, without the rest of the framework."""
    return _make


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., pl.DataFrame]:
    """Compute calendar and features in DuckDB, by the documented rules."""
    path: Path = tmp_path_factory.mktemp("oracle") / "revenue.parquet"

    def compute(data: pl.DataFrame, as_of: datetime = AS_OF) -> pl.DataFrame:
        data.write_parquet(path)
        text = as_of.replace(tzinfo=None).isoformat(sep=" ")
        sql = ORACLE.format(path=path, as_of=text, features=_features())
        found = duckdb.execute(sql)
        names = [column[0] for column in found.description]
        return pl.DataFrame(found.fetchall(), schema=names, orient="row", infer_schema_length=None)

    return compute


@pytest.fixture(scope="session")
def same() -> Callable[[pl.DataFrame, pl.DataFrame], None]:
    """Check that two tables agree: nulls and integers exactly, floats to 1e-9."""

    def check(made: pl.DataFrame, expected: pl.DataFrame) -> None:
        assert set(made.columns) == set(expected.columns)
        assert made.height == expected.height
        for name in made.columns:
            scale = max((abs(v) for v in expected[name] if isinstance(v, float)), default=1.0)
            for ours, theirs in zip(made[name], expected[name], strict=True):
                if isinstance(ours, float) and theirs is not None:
                    close = pytest.approx(theirs, rel=1e-9, abs=1e-7 * scale)
                    assert ours == close, name
                else:
                    assert ours == theirs, name

    return check
