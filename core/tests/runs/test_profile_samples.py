"""Samples of results whose number of rows nobody knows before they are written."""

from __future__ import annotations

import polars as pl
import pytest

from eventflow.runs.profile import SAMPLE, SMALL, best, samples


def _sampled(rows: int, known: int | None) -> pl.DataFrame:
    lazy = pl.LazyFrame({"n": pl.int_range(rows, eager=True)})
    return best(pl.collect_all(samples(lazy, known), engine="streaming"), rows)


@pytest.mark.parametrize("known", [True, False])
def test_a_small_result_is_its_own_sample(*, known: bool) -> None:
    """Up to the limit, every row is described."""
    assert _sampled(SMALL, SMALL if known else None).height == SMALL


@pytest.mark.parametrize("rows", [SMALL + 1, 16 * SMALL, 16 * SMALL + 1])
@pytest.mark.parametrize("known", [True, False])
def test_a_large_result_is_sampled_from_all_its_rows(rows: int, *, known: bool) -> None:
    """Not from those that happen to come first: means and ends agree with those of the whole."""
    found = _sampled(rows, rows if known else None)["n"]
    assert SAMPLE / 4 <= len(found) <= 2 * SMALL
    assert found.mean() == pytest.approx((rows - 1) / 2, rel=0.01)
    assert found.max() > 0.99 * rows  # type: ignore[operator] # a number
