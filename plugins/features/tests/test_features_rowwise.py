"""Which expressions compute each row alone."""

from __future__ import annotations

import polars as pl
import pytest

from eventflow_features.rowwise import is_row_wise

ALONE = [
    "a > 1", "a in (1, 2)", "s in ('a', 'b')", "upper(s)", "case when a > 1 then 2 else 3 end",
    "cast(a as double)", "coalesce(a, b)", "extract(year from t)", "not s like 'C%'",
    "a between 1 and 2", "a / b", "a is not null and b > 2", "1", "nullif(a, 0)", "s || 'x'",
    "t - interval '1 day'", "abs(-a)",
]  # fmt: skip

TOGETHER = [
    pl.sql_expr("sum(a)"), pl.sql_expr("a - sum(a)"), pl.sql_expr("a > avg(a)"),
    pl.sql_expr("case when a > max(a) then 1 end"), pl.sql_expr("count(*)"), pl.len(),
    pl.col("a").sum().over("b"), pl.col("a").shift(1), pl.col("a").cum_sum(), pl.col("a").rank(),
    pl.col("l").explode(), pl.col("a").unique(), pl.col("a").sort(), pl.col("a").diff(),
    pl.col("a").fill_null(strategy="forward"), pl.col("a").reverse(), pl.col("a").implode(),
    pl.col("a").filter(pl.col("a") > 1), pl.int_range(pl.len()), pl.col("a").is_duplicated(),
]  # fmt: skip


@pytest.mark.parametrize("text", ALONE)
def test_an_expression_over_one_row_is_allowed(text: str) -> None:
    """SQL that looks at one row is recognised, constants and CASE included."""
    assert is_row_wise(pl.sql_expr(text))


@pytest.mark.parametrize("expr", TOGETHER, ids=str)
def test_an_expression_over_other_rows_is_refused(expr: pl.Expr) -> None:
    """Aggregates, windows, shifts and everything that depends on row order are recognised."""
    assert not is_row_wise(expr)
