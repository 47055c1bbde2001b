"""Expressions that read dates in text."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from eventflow.frame import EventFrame
from eventflow_features.columns import DeriveStep
from eventflow_features.errors import ExpressionError
from eventflow_features.rows import FilterStep

ROWS = EventFrame.of({"s": ["2024-02-29", "2024-03-01"], "d": [date(2024, 2, 29)] * 2})


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("DATE(s)", "DATE(s, '%Y-%m-%d')"),
        ("DATETIME(s)", "STRPTIME(s, '%Y-%m-%d %H:%M:%S')"),
        ("TIME(s)", "TIME(s, '%H:%M:%S')"),
        ("CAST(s AS DATE)", "DATE(s, '%Y-%m-%d')"),
        ("TRY_CAST(s AS TIMESTAMP)", "STRPTIME(s, '%Y-%m-%d %H:%M:%S')"),
        ("coalesce(DATE(upper(s)), d)", "DATE(…, '%Y-%m-%d')"),
    ],
)
def test_text_is_not_read_as_a_date_without_a_format(text: str, written: str) -> None:
    """The first value would decide for all; the error says how to state it, before a run."""
    with pytest.raises(ExpressionError) as raised:
        DeriveStep(columns={"x": text}).apply(ROWS, None)
    assert f"write {written}" in str(raised.value)
    assert raised.value.problems[0].code == "EF320"


def test_the_python_form_is_held_to_the_same() -> None:
    """A Polars expression is looked at as SQL is, in a condition too."""
    with pytest.raises(ExpressionError, match="without saying"):
        FilterStep(where=pl.col("s").str.to_date() > date(2024, 2, 1)).apply(ROWS, None)


@pytest.mark.parametrize(
    "text", ["DATE(s, '%Y-%m-%d')", "DATE('2024-02-29')", "CAST(d AS DATE)", "DATE '2024-02-29'"]
)
def test_a_format_a_constant_and_a_date_are_read(text: str) -> None:
    """They mean the same in any order of the rows."""
    made = DeriveStep(columns={"x": text}).apply(ROWS, None).collect()
    assert made["x"].min() == date(2024, 2, 29)
