"""The shipped pipelines of the feature blueprints say what SQL says of the same data."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import duckdb
import pytest

if TYPE_CHECKING:
    from command_line import CommandLine

DATA = files("eventflow_datasets") / "data" / "online_retail.parquet"
LINES = "select distinct * from published where stock_code not like 'TEST%'"
DAYS = """
select country, invoice_date::date as d, sum(quantity * price) as r,
       count(distinct customer_id) as c
from lines group by all
"""
SALES = """
select stock_code, invoice_date::date as d, sum(quantity * price) as r, sum(quantity) as q,
       round_even(sum(quantity * round(price * 10000)::bigint) / sum(quantity), 0) / 10000 as p
from lines where stock_code >= '10000' and stock_code < 'A' and quantity > 0 and price > 0
group by all
"""
SLOPES = """
select slope, fit, points, price_elasticity, price_elasticity_r2, price_elasticity_n
from made join (
    select stock_code, regr_slope(ln(q), ln(p)) as slope,
           regr_r2(ln(q), ln(p)) as fit, count(*) as points
    from sales group by 1
) on stock_code = product_id
where price_elasticity_r2 is not null
"""


def _made(eventflow: CommandLine, name: str) -> duckdb.DuckDBPyConnection:
    """Run an example; return its rows (`made`) beside the cleaned lines (`lines`)."""
    ended = eventflow("run", f"docs/examples/{name}.yaml", "--json")
    assert ended.code == 0, ended.stderr
    ledger = ended.document["ledger"]
    gone = sum(e["rows"] for e in ledger["entries"] if e["kind"] not in ("added", "flagged"))
    added = sum(e["rows"] for e in ledger["entries"] if e["kind"] == "added")
    assert ledger["read"] + added == ledger["result"] + gone
    tables = duckdb.connect()
    tables.read_parquet(str(DATA)).create_view("published")
    tables.read_parquet(str(eventflow.folder / "out" / f"{name}.parquet")).create_view("made")
    tables.sql(LINES).create_view("lines")
    return tables


def test_the_revenue_example_adds_up(eventflow: CommandLine) -> None:
    """Every country's calendar is complete, and holds what its invoices say."""
    tables = _made(eventflow, "revenue")
    tables.sql(DAYS).create_view("days")
    ours = tables.sql(
        "select series, count(distinct date), sum(customer_count)::bigint, sum(revenue) "
        "from made group by 1 order by 1"
    ).fetchall()
    theirs = tables.sql(
        "select country, date '2011-12-10' - min(d), sum(c)::bigint, sum(r) "
        "from days group by 1 order by 1"
    ).fetchall()
    assert [row[:3] for row in ours] == [row[:3] for row in theirs]
    assert [row[3] for row in ours] == pytest.approx([row[3] for row in theirs], abs=1e-4)
    week = "select sum(r) / 7 from days where d > date '2011-12-02' and country = 'France'"
    last = "select revenue_ma_7 from made where date = date '2011-12-09' and series = 'France'"
    assert tables.sql(last).fetchall()[0] == pytest.approx(tables.sql(week).fetchall()[0])


def test_the_price_example_tells_the_slopes_of_sql(eventflow: CommandLine) -> None:
    """Elasticity, fit and days of every article that has one, as DuckDB's own regression."""
    tables = _made(eventflow, "price")
    tables.sql(SALES).create_view("sales")
    both = tables.sql(SLOPES).fetchall()
    assert len(both) > 3_000
    for slope, fit, points, ours, our_fit, our_points in both:
        assert ours == pytest.approx(slope, rel=1e-6, abs=1e-8)
        assert our_fit == pytest.approx(fit, rel=1e-6, abs=1e-8)
        assert our_points == points
    wrong = tables.sql(
        "select count(*) from made join (select stock_code, sum(r) as r from sales group by 1) "
        "on stock_code = product_id where abs(r - revenue) > 0.01 or revenue <= 0"
    )
    assert wrong.fetchall() == [(0,)]
