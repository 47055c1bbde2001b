"""Filling: what each strategy takes, forward filling, indicators, dropped rows."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow_features import MissingStep

if TYPE_CHECKING:
    from collections.abc import Callable

    Prepare = Callable[..., Any]

T = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "dtype", "filled"),
    [
        ([1.0, 2.0, 3.0, None], pl.Float64, 2.0),
        ([0.0, 0.0, 1.0, 1.0, 90.0, None], pl.Float64, 1.0),
        ([1, 2, 90, None], pl.Int8, 2),
        ([1, 2, None], pl.Int64, 2),
        ([True, False, True, None], pl.Boolean, True),
        (["b", "a", "b", None], pl.Categorical, "b"),
        (["b", "a", None], pl.Enum(["b", "a"]), "a"),
        ([Decimal("1.25"), Decimal("2.25"), None], pl.Decimal(10, 2), Decimal("1.75")),
        ([None, None], pl.Float64, None),
        ([date(2026, 1, 1), None], pl.Date, None),
    ],
    ids=str,
)
def test_auto_takes_what_suits_the_dtype(
    prepare: Prepare, values: list[Any], dtype: pl.DataType, filled: Any
) -> None:
    """Symmetric floats: mean; skewed ones: median; integers: median to even; others: mode."""
    rows = pl.DataFrame({"x": pl.Series(values, dtype=dtype)})
    done = prepare(MissingStep(), rows)
    assert done.rows["x"].to_list() == [filled if v is None else v for v in values]
    assert done.rows["x"].dtype == dtype


def test_new_data_is_filled_with_what_was_learned(prepare: Prepare) -> None:
    """The mean of the fitting data fills, whatever the new data holds."""
    fitting, new = pl.DataFrame({"x": [1.0, 3.0]}), pl.DataFrame({"x": [100.0, None]})
    assert prepare(MissingStep(strategy="mean"), fitting, new).rows["x"].to_list() == [100.0, 2.0]


def test_infinities_take_no_part_in_the_mean(prepare: Prepare) -> None:
    """One infinite value does not make every filled value infinite."""
    rows = pl.DataFrame({"x": [1.0, float("inf"), 3.0, None]})
    assert prepare(MissingStep(strategy="mean"), rows).rows["x"].to_list()[3] == 2.0


def test_strategies_by_family_and_by_column(prepare: Prepare) -> None:
    """What is said of a column counts before what is said of its family."""
    rows = pl.DataFrame({"a": [1.0, None], "b": [1.0, None], "c": ["x", None], "d": [True, None]})
    step = MissingStep(
        columns={"a": "none"}, dtypes={"number": "constant", "text": "mode"}, values={"b": 0}
    )
    assert prepare(step, rows).rows.rows()[1] == (None, 0.0, "x", None)


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        ("2026-01-02", pl.Date, date(2026, 1, 2)),
        ("2026-01-02T03:00", pl.Datetime("us"), datetime(2026, 1, 2, 3)),  # noqa: DTZ001 - as the column
        (
            "2026-01-02T03:00",
            pl.Datetime("us", "Europe/Berlin"),
            datetime(2026, 1, 2, 2, tzinfo=UTC),
        ),
        ("other", pl.String, "other"),
        (-1, pl.Int16, -1),
        (False, pl.Boolean, False),
    ],
    ids=str,
)
def test_constants_are_read_as_the_columns_dtype(
    prepare: Prepare, value: Any, dtype: pl.DataType, expected: Any
) -> None:
    """Times are ISO text, read in the zone of the column."""
    rows = pl.DataFrame({"x": pl.Series([None], dtype=dtype)})
    done = prepare(MissingStep(columns={"x": "constant"}, values={"x": value}), rows)
    assert done.rows["x"].to_list() == [expected]


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ("x", pl.Int64),
        (300, pl.Int8),
        ("x", pl.Enum(["a"])),
        ("yes", pl.Boolean),
        ("soon", pl.Date),
        (1.5, pl.Int64),
    ],
    ids=str,
)
def test_a_constant_that_does_not_fit_is_refused(
    prepare: Prepare, value: Any, dtype: pl.DataType
) -> None:
    """EF340 names constant, column and dtype before any row is read."""
    rows = pl.DataFrame({"x": pl.Series([None], dtype=dtype)})
    with pytest.raises(EventflowError, match=f'EF340  the constant "{value}" is no value of "x"'):
        prepare(MissingStep(columns={"x": "constant"}, values={"x": value}), rows)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"columns": {"name": "mean"}}, 'EF340  cannot apply mean to "name", which is str'),
        ({"columns": {"list": "mode"}}, 'EF340  cannot apply mode to "list"'),
        ({"columns": {"x": "constant"}}, "EF323  constant needs values.x"),
        ({"columns": {"x": "forward"}}, "EF323  forward needs by"),
        ({"columns": {"x": "forward"}, "by": "name"}, "EF323  forward needs time"),
        ({"columns": ["y"]}, 'EF301  there is no column "y"'),
        ({"indicators": ["x"], "columns": ["x"]}, "EF322  more than one column would be called"),
    ],
    ids=str,
)
def test_what_cannot_work_is_refused(prepare: Prepare, options: Any, told: str) -> None:
    """While the plan is built, with the option to write."""
    rows = pl.DataFrame({"x": [1.0], "name": ["a"], "list": [[1]], "x_missing": [0]})
    with pytest.raises(EventflowError, match=told):
        prepare(MissingStep(**options), rows)


def test_indicators_tell_what_was_missing(prepare: Prepare) -> None:
    """Also where nothing could be filled, and in new data without a gap."""
    rows = pl.DataFrame({"x": [1.0, None], "y": [None, None]}, schema_overrides={"y": pl.Int8})
    done = prepare(MissingStep(indicators="all"), rows)
    assert done.rows["x_missing"].to_list() == [False, True]
    assert done.rows["y_missing"].to_list() == [True, True]
    again = prepare(MissingStep(indicators="all"), rows, pl.DataFrame({"x": [5.0], "y": [2]}))
    assert again.rows.rows() == [(5.0, 2, False, False)]


def test_dropped_rows_are_accounted_for_by_column(prepare: Prepare) -> None:
    """Each leaves for the first column it lacks, before anything is filled."""
    rows = pl.DataFrame({"x": [1.0, None, None], "y": [1, 2, None], "z": [None, 1, 1]})
    step = MissingStep(columns={"x": "drop", "y": "drop", "z": "constant"}, values={"z": 9})
    done = prepare(step, rows)
    assert done.rows.rows() == [(1.0, 1, 9)]
    assert done.ledger == {"dropped: no x": 2}


MOMENTS = st.none() | st.integers(0, 4).map(lambda h: T + timedelta(hours=h))
EVENTS = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), MOMENTS, st.none() | st.integers(0, 3)),
    max_size=14,
)


@given(events=EVENTS, seed=st.integers(0, 5))
@settings(deadline=None, max_examples=60)
def test_forward_takes_the_last_value_before(
    events: list[tuple[str | None, datetime | None, int | None]], seed: int
) -> None:
    """As a loop over each entity's earlier rows does, in whatever order the rows come."""
    numbered = list(enumerate(events))
    random.Random(seed).shuffle(numbered)  # noqa: S311 - not for secrets
    schema: Any = {"row": pl.Int64, "who": pl.String, "at": pl.Datetime("us", "UTC"), "x": pl.Int64}
    data = pl.DataFrame([(i, *event) for i, event in numbered], schema=schema, orient="row")
    frame = EventFrame.of(data, entity="who", timestamp="at")
    done = MissingStep(columns={"x": "forward"}).apply(frame, None).collect().sort("row")
    assert done["x"].to_list() == [_forward(event, events) for event in events]


def _forward(event: tuple[Any, ...], events: list[tuple[Any, ...]]) -> Any:
    who, at, x = event
    if x is not None or who is None or at is None:
        return x
    past = [e for e in events if e[0] == who and e[1] is not None and e[1] < at]
    known = [(e[1], e[2]) for e in past if e[2] is not None]
    return max(known)[1] if known else None
