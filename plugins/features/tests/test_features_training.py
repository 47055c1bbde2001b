"""Training sets: features before each cut-off, labels from it on, as a naive loop finds them."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow.schema import EventMetadata, EventSchema
from eventflow.testing import contract
from eventflow_features import FeatureAggregationStep, TrainingSetStep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BERLIN = ZoneInfo("Europe/Berlin")
AS_OF = datetime(2024, 7, 1, tzinfo=UTC)
LATE = "2020-05-02T08:00:00Z"
FEATURES = ["count", "sum(n)", "mean(n)", "min(n)", "n_unique(n)", "last(n)", "time_since"]
LABELS = {"window": "1w", "aggregates": {"bought": "count", "spend": "sum(n)", "best": "max(n)"}}

TestTraining = contract(
    TrainingSetStep,
    config={
        "windows": ["30d", "60d..30d", "all"],
        "cutoffs": {"every": "1mo", "from": "2020-01-31", "to": "2020-06-30"},
        "labels": {"window": "30d", "aggregates": {"bought": "count", "spend": "sum(amount)"}},
    },
    by=["entity"],
)
TestTrainingByTwoKeys = contract(
    TrainingSetStep,
    config={
        "by": ["entity", "category"],
        "cutoffs": ["2020-03-01", LATE],
        "groups": ["all", {"columns": "flag", "limit": 1}],
        "aggregates": {"rows": "count", "last": "last(quantity)", "idle": "time_since"},
    },
    by=["entity", "category"],
)


def training(form: str, cutoffs: Any, **options: Any) -> TrainingSetStep:
    """Return the step of these tests, over a column ``n``."""
    options = {"aggregates": FEATURES, "windows": ["1d", "3d..1d", "all"], **options}
    return TrainingSetStep(cutoffs=cutoffs, form=form, as_of=AS_OF, **options)


def made(step: TrainingSetStep, events: Sequence[tuple[Any, ...]], zone: str) -> pl.DataFrame:
    """Return the rows of a step over events of who, at and n."""
    aware = {"who": pl.String(), "at": pl.Datetime("us", zone), "n": pl.Int64()}
    lazy = pl.LazyFrame(events, schema=aware, orient="row")
    frame = EventFrame(lazy, EventSchema(entity="who", timestamp="at"))
    return step.apply(frame, None).collect().sort("who", "cutoff")


def naive(events: Sequence[tuple[Any, ...]], moments: Sequence[datetime]) -> list[dict[str, Any]]:
    """Return what the step answers, by a loop over entities, cut-offs and events."""
    out = []
    whole = [e for e in events if e[0] is not None and e[1] is not None]
    for who in sorted({e[0] for e in whole}):
        mine = [(at, n) for name, at, n in whole if name == who]
        for cutoff in moments:
            if not any(at < cutoff for at, _ in mine):
                continue
            row: dict[str, Any] = {"who": who, "cutoff": cutoff}
            for name, low, high in (("1d", 1, 0), ("3d_1d", 3, 1), ("all", 9_999, 0)):
                first, end = (wall_back(cutoff, days) for days in (low, high))
                row |= named(name, cutoff, [e for e in mine if first <= e[0] < end])
            after = [n for at, n in mine if cutoff <= at < wall_back(cutoff, -7)]
            known = [n for n in after if n is not None]
            row |= {"bought": len(after), "spend": sum(known), "best": max(known, default=None)}
            out.append(row)
    return out


def wall_back(at: datetime, days: int) -> datetime:
    """Return the same wall clock some days before, as an instant."""
    return (at.astimezone(BERLIN) - timedelta(days=days)).astimezone(UTC)


def named(window: str, cutoff: datetime, seen: Sequence[tuple[datetime, Any]]) -> dict[str, Any]:
    """Return the features of one window."""
    known = sorted((at, n) for at, n in seen if n is not None)
    values = [n for _, n in known]
    since = (cutoff - max(at for at, _ in seen)) / timedelta(days=1) if seen else None
    answers = {
        "count": len(seen),
        "n_sum": sum(values),
        "n_mean": sum(values) / len(values) if values else None,
        "n_min": min(values, default=None),
        "n_n_unique": len(set(values)),
        "n_last": values[-1] if values else None,
        "time_since": since,
    }
    return {f"{name}_{window}": value for name, value in answers.items()}


def rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with floats to twelve digits: a quotient may differ in the last one."""
    return {k: round(v, 12) if isinstance(v, float) else v for k, v in row.items()}


SPRING = [datetime(2024, 3, day, 12, tzinfo=BERLIN).astimezone(UTC) for day in (29, 30, 31)]
MOMENTS = [*SPRING, datetime(2024, 4, 6, 9, 30, tzinfo=UTC)]
_edges = [wall_back(at, days) for at in MOMENTS for days in (-7, 0, 1, 3)]
_times = st.one_of(
    st.none(),
    st.builds(
        lambda at, tick: at + timedelta(microseconds=tick),
        st.sampled_from(_edges),
        st.integers(-1, 1),
    ),
    st.integers(-300, 400).map(lambda hours: MOMENTS[0] + timedelta(hours=hours)),
)
_event = st.tuples(st.sampled_from(["a", "b", "ä", None]), _times, st.none() | st.integers(-50, 50))
streams = st.lists(_event, max_size=30).map(lambda events: [*events, *events[:3]])


@settings(deadline=None, max_examples=40)
@given(events=streams, seed=st.integers(0, 2**16), form=st.sampled_from(["tiles", "masks"]))
def test_every_row_is_what_a_naive_loop_finds(
    events: list[tuple[Any, ...]], seed: int, form: str
) -> None:
    """Shuffles, ties at an edge, duplicates, nulls and a clock change alter nothing."""
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    shuffled = dice.sample(events, len(events))
    step = training(form, dice.sample(MOMENTS, len(MOMENTS)), labels=LABELS)
    found = made(step, shuffled, "Europe/Berlin").to_dicts()
    expected = naive(events, MOMENTS)
    assert [rounded(row) for row in found] == [rounded(row) for row in expected]


@pytest.mark.parametrize("form", ["tiles", "masks"])
def test_features_are_those_of_one_aggregation_per_cutoff(form: str) -> None:
    """At each cut-off they equal `features.aggregate` as of it, for every kind of aggregate."""
    dice = random.Random(4)  # noqa: S311 - not for secrets
    day = datetime(2024, 1, 1, tzinfo=UTC)
    events = pl.LazyFrame(
        {
            "who": [dice.choice("abc") for _ in range(400)],
            "at": [day + timedelta(hours=dice.randrange(4_000)) for _ in range(400)],
            "n": [dice.randrange(9) for _ in range(400)],
            "m": [dice.random() for _ in range(400)],
            "kind": [dice.choice("xyz") for _ in range(400)],
        }
    )
    frame = EventFrame(events, EventSchema(entity="who", timestamp="at"))
    options: dict[str, Any] = {
        "windows": ["10d", "1mo", "all"],
        "groups": ["all", {"columns": "kind", "values": ["x", "y"]}],
        "aggregates": ["std(m)", "median(m)", "top_k(n)", "trend(m)", "gap_mean", "gap_cv",
                       "time_since", "time_since(n)", "entropy(n)", "first(n)"],
        "form": form,
    }  # fmt: skip
    cutoffs = {"every": "1mo", "from": "2024-01-31", "to": "2024-05-31"}
    whole = TrainingSetStep(cutoffs=cutoffs, as_of=AS_OF, **options).apply(frame, None).collect()
    months = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]
    assert sorted(set(whole["cutoff"].dt.date())) == [*months, date(2024, 5, 31)]
    for (cutoff,), part in whole.group_by("cutoff"):
        once = FeatureAggregationStep(as_of=cutoff, **options).apply(frame, None).collect()
        assert part.drop("cutoff").sort("who").columns == once.columns
        for column in once.columns:
            got, wanted = (f.sort("who")[column].to_list() for f in (part, once))
            if once[column].dtype.is_float():
                wanted = [v if v is None else pytest.approx(v, rel=1e-9) for v in wanted]
            assert got == wanted, (cutoff, column)


def test_a_wall_clock_and_a_date_are_read_in_the_zone_of_the_frame() -> None:
    """Cut-offs are instants there; a label month is one of its calendar, over a clock change."""
    walls = [datetime(2024, 3, 14, 23), datetime(2024, 3, 15), datetime(2024, 4, 14, 23)]  # noqa: DTZ001 - naive on purpose
    schema = EventSchema(entity="who", timestamp="at")
    lazy = pl.LazyFrame({"who": ["a"] * 3, "at": walls})
    cutoff = datetime(2024, 3, 15, tzinfo=BERLIN)
    step = TrainingSetStep(
        cutoffs=[cutoff],
        aggregates=["count"],
        labels={"window": "1mo", "aggregates": {"later": "count"}},
        as_of=AS_OF,
    )
    for events in (lazy, lazy.with_columns(pl.col("at").dt.date())):
        frame = EventFrame(events, schema, EventMetadata(timezone="Europe/Berlin"))
        after = step.apply(frame, None)
        [row] = after.collect().to_dicts()
        assert row == {"who": "a", "cutoff": cutoff, "count": 1, "later": 2}
        assert after.schema.timestamp == "cutoff"
        assert after.columns()["cutoff"] == pl.Datetime("us", "Europe/Berlin")


def test_groups_are_learned_before_the_first_cutoff() -> None:
    """A category that only later events have teaches nothing: features name none of it."""
    rows = {
        "who": ["a"] * 4,
        "at": [datetime(2024, month, 1, tzinfo=UTC) for month in (1, 3, 3, 3)],
        "kind": ["early", "late", "late", "late"],
    }
    frame = EventFrame(pl.LazyFrame(rows), EventSchema(entity="who", timestamp="at"))
    step = TrainingSetStep(
        cutoffs=["2024-02-01", "2024-04-01"], groups="kind", aggregates=["count"], as_of=AS_OF
    )
    statistics = step.learn(frame)
    assert statistics is not None
    after = step.apply(frame, step.fit(statistics.collect())).collect().sort("cutoff")
    assert after.columns == ["who", "cutoff", "count_kind_early", "count_kind_other"]
    assert after["count_kind_other"].to_list() == [0, 3]


def test_labels_that_are_not_known_yet_make_no_row() -> None:
    """A window that ends at as_of is over; one that ends later is not, nor is a later cut-off."""
    events = [("a", datetime(2024, 1, 1, tzinfo=UTC), 1)]
    cutoffs = {"every": "1d", "from": "2024-06-22", "to": "2024-07-05"}
    with_labels = made(training("auto", cutoffs, labels=LABELS), events, "UTC")
    assert with_labels["cutoff"].dt.day().to_list() == [22, 23, 24]
    without = made(training("auto", cutoffs), events, "UTC")
    assert without["cutoff"].max() == AS_OF


def test_many_cutoffs_are_one_plan() -> None:
    """A hundred daily cut-offs of three windows are computed at once, in either form."""
    events = [("a", datetime(2023, 1, 1, tzinfo=UTC) + timedelta(days=3 * n), n) for n in range(99)]
    cutoffs = {"every": "1d", "from": "2023-01-02", "to": "2023-04-11"}
    options = {"aggregates": ["count", "sum(n)"], "labels": LABELS}
    tiles, masks = (
        made(training(f, cutoffs, **options), events, "UTC") for f in ("tiles", "masks")
    )
    assert tiles.height == 100
    assert tiles.equals(masks)


ROWS: dict[str, Any] = {"who": ["a"], "at": [datetime(2024, 1, 1, tzinfo=UTC)], "n": [1]}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"cutoffs": ["2025-01-01"]}, "EF325  no cut-off is over at as_of"),
        ({"time": "when"}, 'EF301  there is no column "when"'),
        ({"by": "cutoff"}, 'EF301  there is no column "cutoff"'),
        ({"aggregates": {"bought": "count"}}, 'EF322  more than one column would be called "bou'),
        ({"aggregates": {"cutoff": "count"}}, 'EF322  more than one column would be called "cut'),
        ({"aggregates": ["mean(who)"]}, 'EF321  cannot take mean of "who"'),
        ({"labels": {"window": "1d", "aggregates": ["sum(nope)"]}}, "at labels.aggregates.0"),
    ],
)
def test_what_does_not_fit_is_told_while_the_plan_is_built(
    options: dict[str, Any], told: str
) -> None:
    """Each fault has its code and its key; nothing is read."""
    base = {"cutoffs": ["2024-02-01"], "aggregates": ["count"], "labels": LABELS, "as_of": AS_OF}
    frame = EventFrame(pl.LazyFrame(ROWS), EventSchema(entity="who", timestamp="at"))
    step = TrainingSetStep(**{**base, **options})
    with pytest.raises(EventflowError) as caught:
        step.apply(frame, None)
    assert told in f"{caught.value} at {caught.value.problems[0].key}"


def test_no_time_and_no_moment_are_told() -> None:
    """Cut-offs need a time; labels need to know up to when events are known."""
    step = TrainingSetStep(cutoffs=["2024-02-01"], aggregates=["count"], labels=LABELS)
    with pytest.raises(EventflowError, match="EF323  a label window needs as_of"):
        step.apply(EventFrame(pl.LazyFrame(ROWS), EventSchema(entity="who", timestamp="at")), None)
    with pytest.raises(EventflowError, match='EF323  "cutoffs" needs to know which column'):
        step.apply(EventFrame(pl.LazyFrame(ROWS), EventSchema(entity="who")), None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cutoffs": []}, "list 1 to 1,000 cut-offs"),
        ({"cutoffs": {"every": "soon", "from": "2024-01-01", "to": "2024-02-01"}}, "the length"),
        ({"cutoffs": {"every": "1d", "from": "2024-02-01", "to": "2024-01-01"}}, "before from"),
        ({"cutoffs": {"every": "1s", "from": "2024-01-01", "to": "2024-02-01"}}, "more than 1,000"),
        ({"labels": {"window": "all", "aggregates": ["count"]}}, "cannot read the length"),
        (
            {"labels": {"window": "1d", "aggregates": {"x": {"op": "count", "window": "2d"}}}},
            "labels share one window, but x names its own",
        ),
    ],
)
def test_what_is_no_cutoff_or_label_is_refused(change: dict[str, Any], told: str) -> None:
    """The message says what is wrong, before any data is looked at."""
    build: Callable[..., TrainingSetStep] = TrainingSetStep
    with pytest.raises(ValueError, match=told):
        build(**{"cutoffs": ["2024-01-01"], **change})
