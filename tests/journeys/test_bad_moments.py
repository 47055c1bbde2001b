"""Dates, customers and moments that a churn table should not have, through the whole pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from bad_input import CHURN, CUSTOMERS, assert_adds_up, assert_failed_well, put

if TYPE_CHECKING:
    from command_line import CommandLine

GOOD = "".join(f"{n:03},2023-05-{n:02},2022-01-01,{n}\n" for n in range(1, 29))
CLEANED = CHURN.replace(
    "quality:\n", "steps:\n  - use: filter\n    where: total_value > 100\nquality:\n"
)
GATE = "EF401"
GATED = "quality:\n  minimum_score: 50\n  uniqueness: 0.5\n"
REFUSED = {
    "header alone": ("", CHURN, "EF401", "there are no rows"),
    "header alone, and no gate": (
        "", CHURN.replace(GATED, ""), "EF305", "has a header) and no rows",
    ),
    "unknown timestamp format": ("7,7 weeks ago,2023-01-01,5\n", CHURN, "EF304", "temporal"),
    "ambiguous dates": ("7,03/04/2023,01/02/2022,5\n", CHURN, "EF304", "temporal"),
    "columns that are null": ("7,,2023-01-01,\n8,,2023-01-01,\n", CHURN, "EF305", "no activity"),
    "time zones in every second row": (
        "7,2023-05-01T10:00:00+02:00,2023-01-01,5\n8,2023-05-01T10:00:00,2023-01-01,6\n",
        CHURN, "EF610", "in.csv:3",
    ),
    "no rows after cleaning": (GOOD, CLEANED, "EF401", "no rows"),
    "as of before all data": (GOOD, CHURN.replace("2024", "1999"), "EF305", "as_of"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "text", "code", "said"), REFUSED.values(), ids=REFUSED)
def test_a_table_that_cannot_serve_is_refused(
    eventflow: CommandLine, rows: str, text: str, code: str, said: str
) -> None:
    """With the column or the reason; nothing is written."""
    ended = eventflow("run", put(eventflow, CUSTOMERS + rows, text))
    assert ended.code == (3 if code == GATE else 1), ended.stdout
    assert_failed_well(eventflow, ended, code, said)


def test_as_of_far_in_the_future_is_taken_at_its_word(eventflow: CommandLine) -> None:
    """The moment is the user's to choose: recency grows with it."""
    ended = eventflow("run", put(eventflow, CUSTOMERS + GOOD, CHURN.replace("2024", "2124")))
    assert ended.code == 0, ended.stdout
    made = pl.read_parquet(eventflow.folder / "out" / "result.parquet")
    assert made["days_since_last_activity"].min() > 36_000  # type: ignore[operator] # a number


def test_odd_customers_each_have_a_stated_outcome(eventflow: CommandLine) -> None:
    """Refunds count below zero, zero tenure is null, the impossible is quarantined, zeros stay."""
    odd = (
        "0042,2023-05-01,2022-01-01,-50\n"  # a refund, and zeros before the number
        "zero,2023-12-31T12:00,2023-12-31T12:00,5\n"  # an account of half a day
        "late,2024-02-01,2023-01-01,5\n"  # active after the moment
        "odd,2023-01-01,2023-06-01,5\n"  # active before the account was made
        ",2023-01-01,2022-06-01,5\n"  # nobody
        "028,2023-05-28,2022-01-01,28\n"  # a customer twice
    )
    ended = eventflow("run", put(eventflow, CUSTOMERS + GOOD + odd, CHURN), "--json")
    assert ended.code == 0, ended.stdout
    assert_adds_up(ended.document["ledger"])
    gone = {e["reason"]: e["rows"] for e in ended.document["ledger"]["entries"] if e["rows"]}
    assert sum(gone.values()) == 3
    made = pl.read_parquet(eventflow.folder / "out" / "result.parquet")
    assert made["customer_id"].dtype == pl.String
    by = {row["customer_id"]: row for row in made.iter_rows(named=True)}
    assert by["0042"]["daily_value_rate"] < 0
    assert by["zero"]["account_tenure_days"] == 0
    assert by["zero"]["daily_value_rate"] is None
    assert not by.keys() & {"late", "odd", None}
    assert made.height == 31, "a customer who is there twice is the gate's business"


def test_customers_twice_close_the_gate(eventflow: CommandLine) -> None:
    """With the default gate the run ends with 3 and says which column repeats."""
    text = CHURN.replace("  minimum_score: 50\n  uniqueness: 0.5\n", "  minimum_score: 80\n")
    ended = eventflow("run", put(eventflow, CUSTOMERS + GOOD + GOOD, text))
    assert ended.code == 3, ended.stdout
    assert_failed_well(eventflow, ended, "EF401", "customer_id")
