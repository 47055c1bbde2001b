"""Encoding: methods, names, unseen and null; time-ordered statistics against a loop."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx  # noqa: PT013 - reads as a word

from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow_features import EncodeStep

if TYPE_CHECKING:
    from collections.abc import Callable

    Prepare = Callable[..., Any]

T = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _shops(*names: str | None) -> pl.DataFrame:
    return pl.DataFrame({"shop": names}, schema={"shop": pl.String})


@pytest.mark.parametrize(
    ("categories", "options", "method"),
    [
        (1, {}, "label"),
        (2, {}, "label"),
        (3, {}, "one_hot"),
        (4, {"limit": 4}, "one_hot"),
        (5, {"limit": 4}, "frequency"),
        (5, {"limit": 4, "target": "y", "key": ["y"]}, "target"),
    ],
    ids=str,
)
def test_auto_goes_by_the_number_of_categories(
    prepare: Prepare, categories: int, options: dict[str, Any], method: str
) -> None:
    """Label up to two, one-hot up to the limit, then target if one is named, else frequency."""
    rows = pl.DataFrame({"shop": [f"s{i}" for i in range(categories)] * 2})
    done = prepare(EncodeStep(**options), rows.with_columns(y=pl.int_range(pl.len())))
    assert done.state.columns["shop"].method == method


def test_numbers_as_categories_are_sorted_by_value(prepare: Prepare) -> None:
    """10 comes after 9; Booleans are false, true."""
    rows = pl.DataFrame({"code": [9, 10, -1, 9], "flag": [True, False, None, True]})
    done = prepare(EncodeStep(columns={"code": "label", "flag": "label"}), rows)
    assert done.rows.rows() == [(1, 1), (2, 0), (0, None), (1, 1)]


def test_frequency_is_the_share_of_the_fitting_data(prepare: Prepare) -> None:
    """Of the rows with a value; unseen is 0, null stays null."""
    step = EncodeStep(columns={"shop": "frequency"})
    done = prepare(step, _shops("a", "a", "b", "c", None), _shops("a", "c", "z", None))
    assert done.rows["shop"].to_list() == [0.5, 0.25, 0.0, None]


def test_given_categories_need_no_fitting_data(prepare: Prepare) -> None:
    """Columns and codes are those of the option, whatever the data holds."""
    step = EncodeStep(method="one_hot", categories={"shop": ["b", "a"]})
    done = prepare(step, _shops("a", "z", None))
    assert done.rows.columns == ["shop_b", "shop_a"]
    assert done.rows.rows() == [(0, 1), (0, 0), (0, 0)]
    label = EncodeStep(method="label", categories={"shop": ["b", "a"]})
    assert prepare(label, _shops("a", "b", "z")).rows["shop"].to_list() == [1, 0, -1]


def test_rare_categories_share_a_column(prepare: Prepare) -> None:
    """At most `limit` columns with the rare one; of equals the last in order are rare."""
    step = EncodeStep(columns={"shop": "one_hot"}, limit=3)
    done = prepare(step, _shops("d", "d", "a", "b", "c"), _shops("a", "c", "unseen", None))
    assert done.rows.columns == ["shop_a", "shop_d", "shop_rare"]
    assert done.rows.rows() == [(1, 0, 0), (0, 0, 1), (0, 0, 1), (0, 0, 0)]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"columns": ["price"]}, 'EF340  cannot apply auto to "price", which is f64'),
        ({"columns": {"shop": "target"}}, "EF323  target needs target"),
        ({"columns": {"shop": "target"}, "target": "y"}, "EF323  target encoding needs key"),
        (
            {"columns": {"shop": "target_ordered"}, "target": "y"},
            "EF323  target_ordered needs time",
        ),
        (
            {"columns": {"shop": "target_ordered"}, "target": "y", "time": "y"},
            'EF340  cannot apply target_ordered to "y"',
        ),
        (
            {"columns": {"shop": "target"}, "target": "name", "folds": 1},
            'EF340  cannot apply target encoding to "name"',
        ),
        ({"columns": {"shop": "one_hot"}}, 'EF322  more than one column would be called "shop_a"'),
    ],
    ids=str,
)
def test_what_cannot_work_is_refused(prepare: Prepare, options: Any, told: str) -> None:
    """Before any row is encoded, with the option to write."""
    rows = pl.DataFrame({"shop": ["a"], "name": ["x"], "y": [1], "price": [0.5], "shop_a": [2]})
    with pytest.raises(EventflowError, match=told):
        prepare(EncodeStep(**options), rows)


def test_folds_of_another_version_are_refused(prepare: Prepare) -> None:
    """EF341 instead of encoding a row with its own target; without a target there is no danger."""
    rows = pl.DataFrame({"row": range(20), "shop": ["a", "b"] * 10, "y": range(20)})
    step = EncodeStep(columns={"shop": "target"}, target="y", key=["row"])
    state = prepare(step, rows).state
    old = type(state)(columns=state.columns, probe="0")
    with pytest.raises(EventflowError, match=r'EF341  the folds of "shop" were dealt by another'):
        step.apply(EventFrame.of(rows), old)
    assert step.apply(EventFrame.of(rows.drop("y")), old).collect()["shop"].null_count() == 0


def test_roles_that_encoded_columns_cannot_have_are_gone(prepare: Prepare) -> None:
    """A Float64 column is no entity, and a column that is gone has no role; labels keep theirs."""
    rows = pl.DataFrame({"shop": ["a", "b"], "kind": ["x", "y"]})
    step = EncodeStep(columns={"shop": "frequency", "kind": "one_hot"})
    done = prepare(step, rows, entity="shop", event_type="kind")
    assert dict(done.frame.schema.roles()) == {}


HOURS = st.none() | st.integers(0, 6)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), HOURS, st.none() | st.integers(0, 4)), max_size=16
)
Event = tuple[str | None, int | None, int | None]


def _ordered(step: EncodeStep, fitting: list[Event], new: list[Event]) -> list[Any]:
    schema: Any = {"row": pl.Int64, "shop": pl.String, "at": pl.Int64, "y": pl.Int64}
    frames = []
    for events in (fitting, new):
        numbered = [(i, *event) for i, event in enumerate(events)]
        random.Random(3).shuffle(numbered)  # noqa: S311 - not for secrets
        data = pl.DataFrame(numbered, schema=schema, orient="row")
        at = pl.lit(T) + pl.duration(hours=pl.col("at"))
        frames.append(EventFrame.of(data.with_columns(at=at), timestamp="at"))
    learned = step.learn(frames[0])
    assert learned is not None
    done = step.apply(frames[1], step.fit(learned.collect()))
    return done.collect().sort("row")["shop"].to_list()


def _loop(event: Event, known: list[Event], delay: int, weight: float) -> float | None:
    shop, at, _ = event
    if shop is None or at is None:
        return None
    past = [e for e in known if e[1] is not None and e[2] is not None and e[1] + delay < at]
    own, every = ([e[2] or 0 for e in x] for x in ([e for e in past if e[0] == shop], past))
    if not every and weight:
        return None
    prior = sum(every) / len(every) if every else None
    if not weight:
        return sum(own) / len(own) if own else prior
    assert prior is not None
    return (sum(own) + weight * prior) / (len(own) + weight)


@given(events=EVENTS, delay=st.sampled_from([0, 1, 3]), weight=st.sampled_from([0.0, 1.0, 2.5]))
@settings(deadline=None, max_examples=60)
def test_time_ordered_means_agree_with_a_loop(
    events: list[Event], delay: int, weight: float
) -> None:
    """Only targets known before the row's time count: not its own, nor those of the same time."""
    step = EncodeStep(
        columns={"shop": "target_ordered"}, target="y", known_after=delay * HOUR, smoothing=weight
    )
    expected = [_loop(event, events, delay, weight) for event in events]
    assert _ordered(step, events, events) == approx(expected, nan_ok=True)


@given(fitting=EVENTS, new=EVENTS, delay=st.sampled_from([0, 2]))
@settings(deadline=None, max_examples=60)
def test_rows_after_the_fitting_data_count_it_too(
    fitting: list[Event], new: list[Event], delay: int
) -> None:
    """What was fitted, and what the new data tells since: as one long history."""
    step = EncodeStep(
        columns={"shop": "target_ordered"}, target="y", known_after=delay * HOUR, smoothing=1.0
    )
    later = [(shop, None if at is None else at + 7 + delay, y) for shop, at, y in new]
    expected = [_loop(event, [*fitting, *later], delay, 1.0) for event in later]
    assert _ordered(step, fitting, later) == approx(expected, nan_ok=True)


def test_a_prior_serves_until_something_is_past(prepare: Prepare) -> None:
    """The first row gets the prior; without one it gets null."""
    rows = pl.DataFrame({"row": [0, 1], "shop": ["a", "a"], "at": [T, T + HOUR], "y": [4.0, 9.0]})
    options = {"columns": {"shop": "target_ordered"}, "target": "y", "time": "at"}
    assert prepare(EncodeStep(**options), rows).rows["shop"].to_list() == [None, 4.0]
    told = prepare(EncodeStep(**options, prior=2.0), rows)
    assert told.rows["shop"].to_list() == [2.0, 4.0]


def test_two_columns_are_encoded_from_what_they_were(prepare: Prepare) -> None:
    """A key that is itself encoded still deals the folds it dealt when fitting."""
    rows = pl.DataFrame(
        {
            "row": range(40),
            "shop": ["a", "b", "c", "d"] * 10,
            "kind": ["x", "y"] * 20,
            "at": [T + i * HOUR for i in range(40)],
            "y": [i % 7 for i in range(40)],
        }
    )
    one = EncodeStep(columns={"kind": "target"}, target="y", key=["shop"])
    both = EncodeStep(
        columns={"kind": "target", "shop": "target_ordered"}, target="y", key=["shop"], time="at"
    )
    expected = prepare(one, rows).rows["kind"].to_list()
    assert prepare(both, rows).rows["kind"].to_list() == approx(expected)
