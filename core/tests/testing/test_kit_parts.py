"""What checks are made of: comparing rows, the probe, sample events and strategies."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.blueprint import close
from eventflow.testing import Probe, differences, event_frames, sample_context, sample_events
from eventflow.testing.frames import AS_OF

if TYPE_CHECKING:
    from random import Random

    from eventflow.frame import EventFrame

ROWS = pl.DataFrame({"who": ["a", "b", "b"], "n": [1, 2, 2], "x": [0.1, None, 3.0]})


def test_what_checks_can_be_told_is_known_before_the_first_contract() -> None:
    """In a fresh process, `EXTRAS` and `CHECKS` are filled when they are first asked for."""
    code = "from eventflow import testing as t; print('missing' in t.EXTRAS, 'usable' in t.CHECKS)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["True", "True"]


def test_the_order_of_rows_is_no_difference() -> None:
    """Rows are a multiset: reversed they are the same, one twice they are not."""
    assert differences(ROWS.reverse(), ROWS) is None
    told = differences(pl.concat([ROWS, ROWS.head(1)]), ROWS)
    assert told == "row who='a', n=1: 2 rows, expected 1"


def test_a_difference_names_key_column_and_both_values() -> None:
    """So that the author finds the row."""
    other = ROWS.with_columns(n=pl.col("n") + (pl.col("who") == "a"))
    told = differences(other, ROWS, key=["who"])
    assert told == "row who='a': n is 2, expected 1 (exact)"


def test_columns_and_dtypes_are_compared_first() -> None:
    """A missing, a surplus and a changed column are told in words."""
    assert differences(ROWS.drop("n"), ROWS) == "lacks the columns n"
    assert differences(ROWS, ROWS.drop("n")) == "has the surplus columns n"
    assert differences(ROWS.cast({"n": pl.Int8}), ROWS) == "column n is Int8, expected Int64"


@pytest.mark.parametrize(("far", "agrees"), [(1e-12, True), (1e-6, False)])
def test_floats_agree_to_their_parity(far: float, agrees: bool) -> None:
    """A billionth by default, and what is declared."""
    other = ROWS.with_columns(pl.col("x") * (1 + far))
    assert (differences(other, ROWS) is None) is agrees
    assert differences(other, ROWS, parity={"x": close(1e-3)}) is None


@given(event_frames(max_rows=12), st.randoms(use_true_random=False))
def test_any_shuffle_of_any_frame_is_the_same_multiset(frame: EventFrame, dice: Random) -> None:
    """The comparison itself depends on no order."""
    rows = frame.collect()
    order = dice.sample(range(rows.height), rows.height)
    assert differences(rows[order], rows) is None


def test_the_probe_tells_who_read_what() -> None:
    """File, line and code of the call, and the columns that were pulled."""
    probe = Probe(ROWS)
    with probe.watched() as culprits:
        planned = probe.scan().filter(pl.col("n") > 1).select("x")
        assert probe.reads == []
        planned.collect()
    assert probe.pulled == {"x", "n"}
    [culprit] = culprits
    assert __file__ in culprit
    assert culprit.endswith("planned.collect()")


def test_sample_events_hold_what_real_events_do() -> None:
    """Nulls in every column, ties in time, refunds, an entity of one row; none after `AS_OF`."""
    data = sample_events().collect()
    assert all(data[column].null_count() for column in data.columns)
    assert data["time"].drop_nulls().is_duplicated().any()
    assert (data["amount"] < 0).any()
    assert 1 in data.group_by("entity").len()["len"]
    assert (data["time"] < AS_OF).all()
    assert sample_events().collect().equals(data)
    assert sample_events(10).collect().equals(data.head(10))


def test_the_sample_context_serves_some_entities_once() -> None:
    """So that a join finds something, and something is missing."""
    keys = sample_context().collect()["entity"]
    events = sample_events().collect()["entity"].drop_nulls()
    assert not keys.is_duplicated().any()
    assert events.is_in(keys.implode()).any()
    assert not events.is_in(keys.implode()).all()
