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
