"""Columns whose dtype a file does not tell, through the whole pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bad_input import CHURN, CUSTOMERS, assert_adds_up, assert_failed_well, put

if TYPE_CHECKING:
    from command_line import CommandLine

SAMPLED = CHURN.replace("path: in.csv", "path: in.csv\n  infer_rows: 20")
GOOD = "".join(f"{n:03},2023-05-{n:02},2022-01-01,\n" for n in range(1, 29))
ROLES = "schema:\n  timestamp: last_activity_date\n"


def test_a_column_without_values_serves_any_field(eventflow: CommandLine) -> None:
    """Its completeness is 0, a warning names it, and the run goes on."""
    ended = eventflow("run", put(eventflow, CUSTOMERS + GOOD, CHURN), "--json")
    assert ended.code == 0, ended.stdout
    warned = " ".join(f"{w['code']} {w['message']}" for w in ended.document["warnings"])
    assert "EF312 no value in the sample" in warned
    assert "total_value (read as f64)" in warned
    assert "EF402 completeness of total_value is 0 %" in warned
    made = pl.read_parquet(eventflow.folder / "out" / "result.parquet")
    assert made["daily_value_rate"].null_count() == made.height == 28


def test_values_that_come_after_the_sample_count(eventflow: CommandLine) -> None:
    """A number beyond the sample is a number; what is none is quarantined with its line."""
    late = "101,2023-05-01,2022-01-01,12.5\n102,2023-05-01,2022-01-01,much\n"
    ended = eventflow("run", put(eventflow, CUSTOMERS + GOOD + late, SAMPLED), "--json")
    assert ended.code == 0, ended.stdout
    ledger = ended.document["ledger"]
    assert_adds_up(ledger)
    assert (ledger["read"], ledger["result"]) == (30, 29)
    [entry] = [e for e in ledger["entries"] if e["rows"]]
    aside = pl.read_parquet(eventflow.folder / entry["kept"])
    assert aside.select("line", "detail").rows() == [(31, "'much'")]
    made = pl.read_parquet(eventflow.folder / "out" / "result.parquet")
    assert made.drop_nulls("daily_value_rate")["customer_id"].to_list() == ["101"]


def test_a_role_takes_a_column_without_values(eventflow: CommandLine) -> None:
    """It becomes what the role needs."""
    text = ROLES + CHURN[: CHURN.index("quality:")] + CHURN[CHURN.index("sink:") :]
    ended = eventflow("run", put(eventflow, CUSTOMERS + "7,,2023-01-01,5\n", text))
    assert ended.code == 0, ended.stdout
    assert "last_activity_date (read as datetime)" in ended.stdout


def test_a_field_taken_for_text_is_refused_with_the_line_that_made_it_so(
    eventflow: CommandLine,
) -> None:
    """The fix names the column and its type, and works as it is told."""
    rows = GOOD + "029,n/a,2022-01-01,5\n030,n/a,2022-01-01,5\n"
    ended = eventflow("run", put(eventflow, CUSTOMERS + rows, CHURN))
    assert ended.code == 1
    assert_failed_well(
        eventflow, ended, "EF304", "in.csv:30 'n/a'", "schema: {last_activity_date: date}",
        'null_values: ["n/a"]', "{use: cast, columns: {last_activity_date: date}}",
    )  # fmt: skip
    stated = "path: in.csv\n  schema: {last_activity_date: date}\n  null_values: [n/a]"
    mended = CHURN.replace("path: in.csv", stated)
    assert eventflow("run", put(eventflow, CUSTOMERS + rows, mended)).code == 0


def test_a_role_on_text_is_refused_with_the_same_advice(eventflow: CommandLine) -> None:
    """A cast comes too late for it, so only the source's option is named."""
    rows = GOOD + "029,soon,2022-01-01,5\n"
    ended = eventflow("run", put(eventflow, CUSTOMERS + rows, ROLES + CHURN))
    assert ended.code == 1
    assert_failed_well(
        eventflow, ended, "EF302", "in.csv:30 'soon'", "schema: {last_activity_date: date}"
    )
    assert "use: cast" not in ended.stdout
