"""Rows that are kept aside say every rule they matched, not only the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow.frame import REASON, REASONS, EventFrame, Rejection
from eventflow.runs.trail import Trail

if TYPE_CHECKING:
    from pathlib import Path

ROWS = {"n": [1, 9, -9, 50, 0]}
RULES = (
    Rejection("odd", pl.col("n") % 2 == 1, "quarantined"),
    Rejection("above 5", pl.col("n") > 5, "quarantined"),
    Rejection("above the mean", pl.col("n") > pl.col("n").mean(), "quarantined"),
    Rejection("negative", pl.col("n") < 0),
)


def test_a_row_kept_aside_lists_every_rule_it_matches() -> None:
    """The first rule counts it; the list has the others, judged over all rows, not those aside."""
    frame = EventFrame.of(ROWS).reject(*RULES)
    (account,) = frame.accounts
    assert account.rejected is not None
    rows = account.rejected.collect()
    assert {row["n"]: (row[REASON], row[REASONS]) for row in rows.to_dicts()} == {
        1: ("odd", ["odd"]),
        9: ("odd", ["odd", "above 5"]),
        50: ("above 5", ["above 5", "above the mean"]),
        -9: ("odd", ["odd", "negative"]),
    }
    assert dict(account.counts.collect().iter_rows()) == {"odd": 3, "above 5": 1, None: 1}
    assert frame.collect().to_dict(as_series=False) == {"n": [0]}


def test_consecutive_calls_share_one_list() -> None:
    """Two calls are one account, so a row that both would take has both reasons."""
    frame = EventFrame.of(ROWS).reject(RULES[0]).reject(RULES[1])
    (account,) = frame.accounts
    assert account.rejected is not None
    nine = account.rejected.filter(pl.col("n") == 9).collect()
    assert nine[REASONS].to_list() == [["odd", "above 5"]]


def test_the_file_names_both_columns_plainly(tmp_path: Path) -> None:
    """`reason` and `reasons`, unless the data has columns of these names."""
    frame = EventFrame.of({**ROWS, "reason": ["mine"] * 5}).reject(*RULES)
    trail = Trail(quarantine=tmp_path)
    trail.account(frame.accounts[0], {})
    answers = pl.collect_all(trail.queries())
    trail.answer(answers)
    [path] = {e.kept for e in trail.ledger().entries if e.kept}
    assert pl.read_parquet(str(path)).columns == ["n", "reason", REASON, "reasons"]
