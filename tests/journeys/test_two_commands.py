"""The README's first command does what the README says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

if TYPE_CHECKING:
    from command_line import CommandLine, Ended

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
FIRST = ("run", "docs/examples/churn.yaml")
FEATURES = {
    "days_since_last_activity",
    "account_tenure_days",
    "daily_value_rate",
    "feature_usage_rate",
    "activity_recency_score",
    "value_tier",
    "engagement_score",
}
VARIES = re.compile(r"\b[0-9a-f]{8}\b|\d+(?:\.\d+)? (?:s|ms|MiB|GiB|KiB|B)\b|\s+")


def _steady(text: str) -> str:
    """Leave out what differs from run to run: ids, times, sizes and the spaces they take."""
    return VARIES.sub(" ", text).strip()


def test_the_first_command_makes_churn_features(eventflow: CommandLine) -> None:
    """It succeeds, one row per customer is written, and no customer twice."""
    ended = eventflow(*FIRST)
    assert ended.code == 0, ended.stderr
    written = pl.read_parquet(eventflow.folder / "out" / "churn.parquet")
    assert set(written.columns) >= FEATURES
    assert written["customer_id"].n_unique() == written.height > 4_000


def test_the_first_command_accounts_for_every_row(eventflow: CommandLine) -> None:
    """Rows read = rows in the result + rows accounted for, and all published rows were read."""
    ledger = eventflow(*FIRST, "--json").document["ledger"]
    gone = sum(e["rows"] for e in ledger["entries"] if e["kind"] not in ("added", "flagged"))
    assert ledger["read"] == 1_067_371 == ledger["result"] + gone


def test_the_readme_shows_what_the_first_command_prints(eventflow: CommandLine) -> None:
    """The block in the README is the real output, but for ids, times and sizes."""
    [shown] = re.findall(
        r"<!-- output: eventflow run .+? -->\n```text\n(.*?)```", README, re.DOTALL
    )
    assert _steady(eventflow.in_a_terminal(*FIRST, NO_COLOR="1").stdout) == _steady(shown)


def test_the_first_command_writes_one_report_that_works_offline(eventflow: CommandLine) -> None:
    """One HTML file, with nothing fetched from anywhere."""
    eventflow(*FIRST)
    [report] = eventflow.folder.glob(".eventflow/runs/*/report.html")
    page = report.read_text(encoding="utf-8")
    assert "1,067,371" in page
    assert not re.search(r"""(?:src|href)=["']https?:""", page)
    assert report.stat().st_size < 150_000


@pytest.mark.parametrize("command", [("runs", "list"), ("runs", "show")], ids=" ".join)
def test_a_run_can_be_looked_up_afterwards(
    eventflow: CommandLine, command: tuple[str, str]
) -> None:
    """Its short id, as printed, finds it."""
    run_id = eventflow(*FIRST, "--json").document["run_id"].replace("-", "")[-8:]
    found: Ended = eventflow(*command, *([run_id] if command[1] == "show" else []))
    assert found.code == 0, found.stderr
    assert run_id in found.stdout
