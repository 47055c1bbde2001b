"""Law 2, the same answer everywhere: row order, splits, engines, memory and an independent SQL."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

import eventflow
from eventflow_datasets.retail import OnlineRetail
from law_kit import MAIN_JOB, assert_same_features, counted, host_with, inside, source_of

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.runs.result import RunResult

RAW = str(files("eventflow_datasets") / "data" / "online_retail.parquet")

SQL = """
with lines as (
    select distinct * from read_parquet('{path}')
    where customer_id is not null and stock_code not like 'TEST%'
      and invoice_date < timestamp '2011-12-10'
), customers as (
    select customer_id, max(invoice_date) as last, min(invoice_date) as first,
           sum(quantity * price::decimal(18, 4))::double as spent,
           count(distinct case when quantity > 0 then invoice end) as bought,
           count(distinct case when quantity < 0 then invoice end) as returned
    from lines group by all
), days as (
    select *, datesub('day', last, timestamp '2011-12-10') as idle,
           datesub('day', first, timestamp '2011-12-10') as age,
           case when spent > 1000 * bought then 1.0 when spent > 250 * bought then 0.5
                else 0.0 end as plan
    from customers
), rates as (
    select *, spent / nullif(age, 0) as worth, returned * 365.25 / 12 / nullif(age, 0) as support,
           bought / nullif(age, 0) as uses, pow(2, -idle / 30.0) as fresh
    from days
), fitted as (
    select quantile_cont(spent, [0.25, 0.5, 0.75]) as e,
           quantile_cont(worth, [0.05, 0.95]) as w, quantile_cont(uses, [0.05, 0.95]) as u
    from rates
)
select customer_id, idle as days_since_last_activity, age as account_tenure_days,
       worth as daily_value_rate, support as support_intensity, uses as feature_usage_rate,
       fresh as activity_recency_score,
       case when spent <= e[1] then 1 when spent <= e[2] then 2 when spent <= e[3] then 3 else 4 end
           as value_tier,
       plan as plan_value_score,
       case when age = 0 then fresh else
           0.4 * fresh + 0.4 * least(greatest((uses - u[1]) / (u[2] - u[1]), 0), 1)
                       + 0.2 * least(greatest((worth - w[1]) / (w[2] - w[1]), 0), 1) end
           as engagement_score
from rates, fitted
"""


def assert_same_result(ours: RunResult, theirs: RunResult) -> None:
    """Compare rows by key, ledger and verdicts."""
    assert ours.data is not None
    assert theirs.data is not None
    assert_same_features(ours.data, theirs.data, "customer_id")
    assert counted(ours) == counted(theirs)
    assert ours.quality == theirs.quality
    assert ours.record.output_verdict == theirs.record.output_verdict


def shuffled(seed: int) -> pl.LazyFrame:
    """Return the raw invoice lines in another order."""
    return pl.read_parquet(RAW).sample(fraction=1, shuffle=True, seed=seed).lazy()


def in_files(folder: Path) -> pl.LazyFrame:
    """Return the raw invoice lines from seven files, dealt out line by line."""
    rows = pl.read_parquet(RAW).with_row_index("n")
    for part in range(7):
        lines = rows.filter(pl.col("n") % 7 == part).drop("n")
        lines.write_parquet(folder / f"{6 - part}.parquet")
    return pl.scan_parquet(folder / "*.parquet")


def test_the_main_job_equals_sql_customer_by_customer(main_job: RunResult) -> None:
    """All nine features of every customer, from SQL that shares nothing with the blueprint."""
    found = duckdb.execute(SQL.format(path=RAW))
    names = [column[0] for column in found.description]
    expected = pl.DataFrame(found.fetchall(), schema=names, orient="row")
    assert main_job.data is not None
    assert main_job.data.height == 5_940
    assert main_job.data.columns == expected.columns
    assert_same_features(main_job.data, expected, "customer_id")
    assert pl.read_parquet(main_job.outputs[0]).equals(main_job.data)


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_rows_change_nothing(here: Path, main_job: RunResult, seed: int) -> None:
    """The main job on the same lines in another order: same rows, ledger and quality."""
    host = host_with(shop=source_of(shuffled(seed), OnlineRetail.schema))
    result = eventflow.run(MAIN_JOB, overrides=inside(here, "source.use=shop"), host=host)
    assert_same_result(result, main_job)


def test_rows_dealt_out_over_files_change_nothing(here: Path, main_job: RunResult) -> None:
    """The main job on the same lines in seven files, in a wrong order and with little memory."""
    shop = source_of(in_files(here), OnlineRetail.schema, nbytes=None)
    overrides = inside(here, "source.use=shop")
    result = eventflow.run(MAIN_JOB, overrides=overrides, host=host_with(shop=shop))
    assert_same_result(result, main_job)


@pytest.mark.parametrize("option", ["polars=in-memory", "memory_share=0"])
def test_engine_and_memory_change_nothing(here: Path, main_job: RunResult, option: str) -> None:
    """The other Polars engine, and scanning again instead of holding rows, give the same."""
    overrides = inside(here, "engine.use=local", f"engine.{option}")
    assert_same_result(eventflow.run(MAIN_JOB, overrides=overrides), main_job)


def test_a_single_thread_changes_nothing(here: Path, main_job: RunResult) -> None:
    """Polars with one thread, which only a new process can be told, gives the same rows."""
    program = (
        "import sys, polars, eventflow\n"
        "assert polars.thread_pool_size() == 1\n"
        "eventflow.run(sys.argv[1], overrides=sys.argv[2:])\n"
    )
    command = [sys.executable, "-c", program, str(MAIN_JOB), *inside(here)]
    subprocess.run(command, check=True, env={**os.environ, "POLARS_MAX_THREADS": "1"})
    assert main_job.data is not None
    assert_same_features(pl.read_parquet(here / "out.parquet"), main_job.data, "customer_id")


CUSTOMERS = 5_000
BAD = ["x,y", "1,2020-01-01,2019-01-01,5,0,0,free,too much", ",2020-01-01,2019-01-01,5,0,0,free"]


def customer_lines() -> list[str]:
    """Return lines of a customer table with every kind of flaw: gaps, futures, bad rows."""
    lines = []
    for n in range(CUSTOMERS):
        last = f"20{20 + n % 3}-{1 + n % 12:02}-{1 + n % 28:02}"
        created = f"20{15 + n % 7}-{1 + n % 11:02}-{1 + n % 27:02}"
        plan = ("free", "basic", "gold", "")[n % 4]
        value = "" if n % 17 == 0 else f"{(n * 7919) % 100_000 / 100 - 20}"
        lines.append(f"{n:06},{last},{created},{value},{n % 5},{n % 97},{plan}")
    return [*lines, *BAD]


def customers(folder: Path, parts: int = 1, step: int = 1, **engine: Any) -> RunResult:
    """Run the blueprint on the table, cut into files, its lines in steps of a prime."""
    header = (
        "customer_id,last_activity_date,account_created_date,total_value,support_tickets,"
        "feature_usage_count,plan_type\n"
    )
    lines = customer_lines()
    lines = [lines[n * step % len(lines)] for n in range(len(lines))]
    table = folder / f"{parts}-{step}"
    table.mkdir()
    for part in range(parts):
        text = "\n".join(lines[part::parts])
        (table / f"{part}.csv").write_text(f"{header}{text}\n", encoding="utf-8")
    return eventflow.run(
        {
            "source": {"use": "csv", "path": f"{table}/*.csv", "schema": {"customer_id": "str"}},
            "steps": [{"use": "filter", "where": "total_value > -10 OR total_value IS NULL"}],
            "quality": {"completeness": 0.9},
            "blueprint": {"use": "customer_churn", "as_of": "2022-06-01"},
            "engine": {"use": "local", **engine},
        }
    )


@pytest.mark.parametrize(
    "otherwise",
    [
        {"parts": 4},
        {"step": 1009},
        {"parts": 3, "step": 211, "memory_share": 0},
        {"polars": "in-memory"},
        {"polars": "in-memory", "memory_share": 0},
    ],
    ids=str,
)
def test_a_customer_table_gives_the_same_however_it_is_read(
    here: Path, otherwise: dict[str, Any]
) -> None:
    """Split over files, in another order, with either engine, held or scanned again."""
    (here / "plain").mkdir()
    plain, other = customers(here / "plain"), customers(here, **otherwise)
    assert_same_result(other, plain)
    assert plain.ledger.read == CUSTOMERS + len(BAD)
    assert plain.ledger.adds_up
    assert {"too few fields", "too many fields"} <= {e.reason for e in plain.ledger.entries}
