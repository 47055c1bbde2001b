"""Outliers: fences against NumPy and SciPy, and what becomes of the rows outside."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow_features import OutlierStep

if TYPE_CHECKING:
    from collections.abc import Callable

    Prepare = Callable[..., Any]

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)
TEN = [*map(float, range(1, 11))]


def _fences(step: OutlierStep, values: list[float]) -> Any:
    learned = step.learn(EventFrame.of({"x": values}))
    assert learned is not None
    state = step.fit(learned.collect())
    return state.low["x"], state.high["x"]


@given(values=VALUES, low=st.floats(0, 0.4))
@settings(deadline=None)
def test_fences_agree_with_numpy_and_scipy(values: list[float], low: float) -> None:
    """Quartiles and percentiles are linear; the deviations are the population's."""
    x = np.array(values)
    first, third = np.percentile(x, [25, 75])
    reach = 1.5 * (third - first)
    close: Any = {"rtol": 1e-9, "atol": 1e-6}
    assert_allclose(_fences(OutlierStep(), values), (first - reach, third + reach), **close)
    between = _fences(OutlierStep(method="percentile", percentiles=[low, 0.9]), values)
    assert_allclose(between, np.quantile(x, [low, 0.9]), **close)
    sigma = _fences(OutlierStep(method="zscore", factor=2), values)
    assert_allclose(sigma, (x.mean() - 2 * x.std(), x.mean() + 2 * x.std()), **close)
    mad = stats.median_abs_deviation(x)
    if mad > 1e-3:
        reach = 3.5 * mad / 0.6745
        robust = _fences(OutlierStep(method="modified_zscore"), values)
        assert_allclose(robust, (np.median(x) - reach, np.median(x) + reach), **close)


def test_modified_zscore_without_a_mad_takes_the_mean_deviation() -> None:
    """More than half the values equal: the mean absolute deviation steps in, as SPSS does it."""
    values = [5.0] * 8 + [6.0, 9.0]
    reach = 3.5 * 1.253314 * 0.5
    step = OutlierStep(method="modified_zscore")
    assert _fences(step, values) == pytest.approx((5 - reach, 5 + reach))


@pytest.mark.parametrize(
    ("action", "rows", "ledger"),
    [
        ("cap", [*TEN, 16.0], {"flagged: outlier capped: x": 1}),
        ("null", [*TEN, None], {"flagged: outlier made null: x": 1}),
        ("drop", TEN, {"dropped: outlier: x": 1}),
    ],
)
def test_each_row_outside_is_treated_and_counted(
    prepare: Prepare, action: str, rows: list[float], ledger: dict[str, int]
) -> None:
    """Q1 3.5, Q3 8.5, fences -4 and 16: 99 is outside."""
    done = prepare(OutlierStep(action=action), pl.DataFrame({"x": [*TEN, 99.0]}))
    assert done.rows["x"].to_list() == rows
    assert done.ledger == ledger


def test_marks_tell_which_rows_are_outside(prepare: Prepare) -> None:
    """Values stay; a column tells; null and NaN are no outliers; infinities are."""
    fitting = pl.DataFrame({"x": [*TEN, None]})
    new = pl.DataFrame({"x": [5.0, 99.0, None, float("inf"), float("-inf")]})
    done = prepare(OutlierStep(action="flag"), fitting, new)
    assert done.rows["x_outlier"].to_list() == [False, True, False, True, True]
    assert done.rows["x"].to_list() == new["x"].to_list()
    assert done.ledger == {"flagged: outlier marked: x": 3}


def test_integers_are_capped_at_an_integer_inside(prepare: Prepare) -> None:
    """The fences -1.925 and 13.675 cap at -1 and 13; the dtype stays."""
    fitting = pl.DataFrame({"x": pl.Series([2, 4, 5, 6, 8, 11], dtype=pl.Int8)})
    new = pl.DataFrame({"x": pl.Series([-128, 3, 127], dtype=pl.Int8)})
    done = prepare(OutlierStep(factor=1.9), fitting, new)
    assert done.rows["x"].to_list() == [-1, 3, 13]
    assert done.rows["x"].dtype == pl.Int8


def test_fences_beyond_the_dtype_cap_nothing(prepare: Prepare) -> None:
    """A lower fence below 0 leaves unsigned numbers alone."""
    rows = pl.DataFrame({"x": pl.Series([0, 1, 250, 254, 255], dtype=pl.UInt16)})
    done = prepare(OutlierStep(factor=9), rows)
    assert done.rows["x"].to_list() == [0, 1, 250, 254, 255]


def test_columns_have_methods_of_their_own(prepare: Prepare) -> None:
    """Named columns only; ``none`` leaves one alone; each is counted by itself."""
    rows = pl.DataFrame({"x": [*TEN, 99.0], "y": [*TEN, 99.0], "z": [*TEN, 99.0]})
    step = OutlierStep(columns={"x": "iqr", "y": "none", "z": "percentile"}, percentiles=[0, 0.5])
    done = prepare(step, rows)
    assert done.rows.row(-1) == (16.0, 99.0, 6.0)
    assert done.ledger == {"flagged: outlier capped: x": 1, "flagged: outlier capped: z": 5}


def test_dropped_rows_leave_for_the_first_column_that_is_out(prepare: Prepare) -> None:
    """A row that is out twice is counted once."""
    rows = pl.DataFrame({"x": [*TEN, 99.0, 99.0], "y": [*TEN, 99.0, 5.0]})
    done = prepare(OutlierStep(action="drop", outcome="quarantined"), rows)
    assert done.ledger == {"quarantined: outlier: x": 2}
    assert done.rows.height == 10


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"columns": ["name"]}, 'EF340  cannot apply iqr to "name", which is str'),
        ({"columns": ["y"]}, 'EF301  there is no column "y"'),
        ({"columns": ["x"], "action": "flag"}, "EF322"),
    ],
    ids=str,
)
def test_what_cannot_work_is_refused(prepare: Prepare, options: Any, told: str) -> None:
    """While the plan is built."""
    rows = pl.DataFrame({"x": [1.0], "name": ["a"], "x_outlier": [0]})
    with pytest.raises(EventflowError, match=told):
        prepare(OutlierStep(**options), rows)


def test_percentiles_ascend_from_0_to_1() -> None:
    """Percent instead of a share, or two the wrong way round, is refused with the options."""
    for percentiles in ([1, 99], [0.9, 0.1]):
        with pytest.raises(ValueError, match="two quantiles from 0 to 1, the lower one first"):
            OutlierStep(percentiles=percentiles)


def test_fences_stay_as_learned(prepare: Prepare) -> None:
    """New data that has shifted is judged by the fences of the fitting data."""
    dice = random.Random(1)  # noqa: S311 - not for secrets
    fitting = pl.DataFrame({"x": [dice.gauss(0, 1) for _ in range(500)]})
    new = pl.DataFrame({"x": [dice.gauss(100, 1) for _ in range(500)]})
    done = prepare(OutlierStep(method="zscore"), fitting, new)
    assert done.rows["x"].n_unique() == 1
    assert done.ledger == {"flagged: outlier capped: x": 500}
