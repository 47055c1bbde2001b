"""Recipes across packages: found by tag, run alone on real data, checked against plain SQL."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

import eventflow
from eventflow.recipes import RecipeRegistry

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

PROGRAM = Path(sys.executable).with_name("eventflow")
ACTIVITY = """
SELECT customer_id,
       count(DISTINCT invoice) FILTER (recent) AS orders,
       count(*) FILTER (recent) AS lines,
       coalesce(sum(quantity * price) FILTER (recent), 0) AS spent,
       max(quantity * price) FILTER (recent) AS largest,
       date_diff('second', max(invoice_date), DATE '2011-12-10'::TIMESTAMP) / 86400 AS since_last
FROM (SELECT *, invoice_date >= TIMESTAMP '2011-12-10' - INTERVAL 60 DAY AS recent FROM retail)
WHERE customer_id IS NOT NULL AND quantity > 0 AND price > 0
  AND invoice_date < TIMESTAMP '2011-12-10'
GROUP BY customer_id
"""


def told(folder: Path, *arguments: str) -> dict[str, Any]:
    """Run `eventflow recipes … --json` and return its document."""
    ended = subprocess.run(
        [PROGRAM, "recipes", *arguments, "--json"],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def by_customer(rows: pl.DataFrame) -> Mapping[str, tuple[Any, ...]]:
    """Return customer → numbers, those of floating point to nine digits."""
    close = rows.with_columns(pl.col(pl.Float64).round_sig_figs(9))
    return {row[0]: row[1:] for row in close.iter_rows()}


def test_customer_activity_is_found_by_tag_and_agrees_with_sql(tmp_path: Path) -> None:
    """A recipe of two recipes on a million lines: DuckDB finds the same, and every row is told."""
    names = [r["name"] for r in told(tmp_path, "list", "--tag", "customers")["recipes"]]
    assert {"customer_activity", "retail_purchases"} <= set(names)
    record = told(
        tmp_path, "run", "customer_activity", "--set", "window=60d", "--sink", "out.parquet"
    )
    made = pl.read_parquet(tmp_path / "out.parquet")
    host = eventflow.PluginHost()
    source = host.load(host.find("source", "online_retail"))()
    retail = source.scan().collect()
    instant = (
        pl.col("invoice_date").dt.replace_time_zone("Europe/London").dt.convert_time_zone("UTC")
    )
    with duckdb.connect() as database:
        database.register("retail", retail.with_columns(instant.dt.replace_time_zone(None)))
        expected = database.sql(ACTIVITY).pl()
    assert by_customer(made.select(expected.columns)) == by_customer(
        expected.with_columns(pl.col("orders", "lines").cast(pl.Int64))
    )
    assert record["ledger"]["read"] == retail.height
    reasons = {e["reason"]: e["rows"] for e in record["ledger"]["entries"]}
    bought = retail.filter(pl.col("customer_id").is_not_null())
    kept = bought.filter(pl.col("quantity") > 0)
    assert reasons["no customer_id"] == retail.height - bought.height
    assert reasons["taken back"] == bought.height - kept.height
    assert reasons["without a price"] == kept.filter(pl.col("price") <= 0).height


def test_a_recipe_serves_other_data_and_other_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns of other names, one with a space, ids with zeros in front, from a file."""
    monkeypatch.chdir(tmp_path)
    Path("till.csv").write_text(
        "who,when,order id,pieces,each\n"
        "007,2026-01-01T10:00:00,a,2,1.5\n007,2026-01-02T10:00:00,b,-1,1.5\n"
        "008,2026-01-03T10:00:00,c,1,4.0\n,2026-01-03T10:00:00,d,1,4.0\n",
        encoding="utf-8",
    )
    columns = {
        "customer_id": "who", "invoice_date": "when", "invoice": "order id",
        "quantity": "pieces", "price": "each",
    }  # fmt: skip
    asked = RecipeRegistry().configuration("customer_activity", window="30d", columns=columns)
    asked["source"] = {"use": "csv", "path": "till.csv"}
    asked["blueprint"]["as_of"] = "2026-01-10"
    result = eventflow.run(asked)
    assert result.data is not None
    rows = result.data.select("who", "orders", "lines", "spent", "largest")
    assert set(rows.iter_rows()) == {("007", 1, 1, 3.0, 3.0), ("008", 1, 1, 4.0, 4.0)}


def test_steps_of_a_recipe_run_on_a_frame_in_python() -> None:
    """The registry's pipeline keeps what a loop over the rows keeps."""
    rows = [("a", 2, 1.5), ("a", -1, 1.5), (None, 1, 1.0), ("b", 1, 0.0), ("b", 3, 2.0)]
    names = ("customer_id", "quantity", "price")
    frame = eventflow.EventFrame.of(
        {name: [row[i] for row in rows] for i, name in enumerate(names)}
    )
    made = RecipeRegistry().pipeline("retail_purchases").run(frame).collect()
    expected = {(c, q * p) for c, q, p in rows if c is not None and q > 0 and p > 0}
    assert set(made.select("customer_id", "amount").iter_rows()) == expected
