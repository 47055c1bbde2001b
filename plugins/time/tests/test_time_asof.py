"""The join `asof` against a loop over the rows, and what it says of events that find nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from eventflow import ContextSchema, EventFrame
from eventflow.context.errors import ContextTimeError, NoJoinKeyError, RepeatedContextError
from eventflow_time import AsOfJoin
from eventflow_time.errors import ColumnTakenError, UnknownSeriesError

START = datetime(2026, 3, 27, tzinfo=UTC)
KEYS = st.sampled_from(["a", "b", "c", None])
HOURS = st.none() | st.integers(0, 12)
EVENTS = st.lists(st.tuples(KEYS, HOURS), max_size=20)
FACTS = st.lists(st.tuples(KEYS, HOURS, HOURS), max_size=20, unique=True)
ROLES = ContextSchema(key=("who",), timestamp="since", known_at="known")


def hours(values: list[Any]) -> pl.Series:
    """Return moments, in hours after the start."""
    found = [None if v is None else START + timedelta(hours=v) for v in values]
    return pl.Series(found, dtype=pl.Datetime("us", "UTC"))


def events_of(rows: list[Any]) -> EventFrame:
    """Return events."""
    who, at = [r[0] for r in rows], [r[1] for r in rows]
    data = {"who": pl.Series(who, dtype=pl.String), "at": hours(at), "row": range(len(rows))}
    return EventFrame.of(pl.DataFrame(data), timestamp="at")


def facts_of(rows: list[Any]) -> EventFrame:
    """Return facts whose value is their place in the list."""
    who, since, known = ([r[i] for r in rows] for i in range(3))
    data = pl.DataFrame(
        {
            "who": pl.Series(who, dtype=pl.String),
            "since": hours(since),
            "known": hours(known),
            "fact": range(len(rows)),
        }
    )
    return EventFrame.of(data).under(ROLES)


def found(join: AsOfJoin, events: EventFrame, facts: EventFrame) -> list[Any]:
    """Return the fact of each event."""
    return join.join(events, facts).collect().sort("row")["fact"].to_list()


def naive(
    event: tuple[Any, Any], facts: list[tuple[Any, Any, Any]], limit: int, *, inclusive: bool
) -> int | None:
    """Return the fact of an event, by a loop."""
    who, at = event
    if who is None or at is None:
        return None
    end = at + 1 if inclusive else at
    usable = [
        (since, known, i)
        for i, (whose, since, known) in enumerate(facts)
        if whose == who and None not in (since, known) and max(since, known) < end
    ]
    best = max(usable, default=None)
    return None if best is None or at - best[0] > limit else best[2]


@given(EVENTS, FACTS, st.integers(1, 12), st.booleans())
def test_an_event_gets_the_newest_facts_that_were_known(
    events: list[Any], facts: list[Any], limit: int, inclusive: bool
) -> None:
    """The greatest timestamp among those known before; of equal ones that known last."""
    join = AsOfJoin(tolerance=f"{limit}h", inclusive=inclusive)
    expected = [naive(e, facts, limit, inclusive=inclusive) for e in events]
    assert found(join, events_of(events), facts_of(facts)) == expected


@given(EVENTS, FACTS, st.integers(0, 12))
def test_changing_the_future_changes_nothing(events: list[Any], facts: list[Any], cut: int) -> None:
    """Events up to a moment see the same whatever became known from it on, corrections included."""
    before = [e for e in events if e[1] is not None and e[1] <= cut]
    past = [f for f in facts if f[2] is None or f[2] < cut]
    corrected = [(who, since, 12 + cut) for who, since, _ in facts]
    changed = list(dict.fromkeys([*past, *corrected]))
    join = AsOfJoin()
    now = found(join, events_of(before), facts_of(past))
    assert found(join, events_of(before), facts_of(changed)) == now


@pytest.mark.parametrize("key", ["text", "number", "both", "none"])
def test_duckdb_finds_the_same(key: str) -> None:
    """`ASOF LEFT JOIN` with ``>``: text, numbers, both or no key, in any order of rows."""
    size, columns = 3000, {"text": ["t"], "number": ["n"], "both": ["t", "n"], "none": []}[key]
    frame = pl.select(i=pl.int_range(size)).with_columns(
        t=pl.format("k{}", pl.col("i") * 7 % 11), n=pl.col("i") * 13 % 17 - 8
    )
    moment = pl.lit(START).dt.offset_by(pl.format("{}m", pl.col("i") * 7919 % size))
    events = frame.with_columns(at=moment).sample(fraction=1, shuffle=True, seed=1)
    facts = frame.with_columns(
        since=pl.lit(START) + pl.duration(minutes=pl.col("i") * 6007 % size), fact="i"
    ).select(*columns, "since", "fact")
    condition = " and ".join([*(f"e.{c} = f.{c}" for c in columns), "e.at > f.since"])
    expected: Any = duckdb.connect().sql(
        f"select i, fact from events e asof left join facts f on {condition}"  # noqa: S608 - names of this test
    )
    made = AsOfJoin(by=columns).join(
        EventFrame.of(events, timestamp="at"), EventFrame.of(facts, timestamp="since")
    )
    rows = made.collect().select("i", "fact").sort("i")
    assert_frame_equal(rows, expected.pl().sort("i"), check_dtypes=False)
    assert rows["fact"].null_count() < size


def counts(frame: EventFrame) -> dict[str, int]:
    """Return reason → events that found nothing."""
    return dict(frame.accounts[-1].counts.collect().iter_rows())


def test_events_that_find_nothing_are_counted_by_reason() -> None:
    """No key, no time, a key that is not there, only later facts, and facts that are too old."""
    events = events_of([(None, 5), ("a", None), ("z", 5), ("b", 5), ("c", 9), ("a", 5), ("0", 5)])
    facts = facts_of([("a", 4, 4), ("b", 6, 6), ("c", 1, 1)])
    made = AsOfJoin(tolerance="6h", age="age").join(events, facts)
    rows = made.collect().sort("row")
    assert rows["fact"].to_list() == [None] * 5 + [0, None]
    assert rows["age"].to_list() == [None] * 5 + [3600.0, None]
    assert made.schema.columns["age"].unit == "s"
    assert counts(made) == {
        "no who": 1,
        "no at": 1,
        "no context of that who": 2,
        "no context known yet": 1,
        "context older than 6h": 1,
    }


def test_a_late_correction_of_an_older_hour_does_not_hide_a_newer_one() -> None:
    """At ten the reading of nine counts, though that of eight was corrected half an hour ago."""
    facts = facts_of([("a", 8, 8), ("a", 9, 9), ("a", 8, 10), ("a", 9, 11)])
    assert found(AsOfJoin(), events_of([("a", 9), ("a", 11), ("a", 12)]), facts) == [0, 1, 3]


def test_repeated_rows_are_an_error_or_chosen_by_a_rule() -> None:
    """Of one key, hour and time of becoming known; another time of becoming known is no repeat."""
    facts = facts_of([("a", 1, 2), ("a", 1, 2), ("a", 1, 3), ("b", 1, 2)])
    events = events_of([("a", 3)])
    with pytest.raises(RepeatedContextError, match=r"several rows for 1 value of who, since, kno"):
        AsOfJoin().join(events, facts).collect()
    assert found(AsOfJoin(repeats="first"), events, facts) == [0]
    assert found(AsOfJoin(repeats="last"), events, facts) == [1]


def test_times_are_instants_whatever_zone_unit_or_dtype_they_are_written_in() -> None:
    """Clocks of New York in milliseconds against UTC in nanoseconds, and dates against both."""
    wall = pl.Series([datetime(2026, 3, 27, 4)], dtype=pl.Datetime("ms"))  # noqa: DTZ001 - a wall clock
    york = EventFrame.of(
        pl.DataFrame({"at": wall, "row": [0]}), timestamp="at", timezone="America/New_York"
    )
    edge = START + timedelta(hours=8)
    since = pl.Series([edge - timedelta(microseconds=1), edge, datetime(2200, 1, 1, tzinfo=UTC)])
    utc = pl.DataFrame({"since": since.dt.cast_time_unit("ns"), "fact": [0, 1, 2]})
    assert found(AsOfJoin(by=[]), york, EventFrame.of(utc, timestamp="since")) == [0]
    assert found(AsOfJoin(by=[], inclusive=True), york, EventFrame.of(utc, timestamp="since")) == [
        1
    ]
    days = pl.DataFrame({"since": [date(2026, 3, 27), date(2026, 3, 28)], "fact": [0, 1]})
    berlin = EventFrame.of(days, timestamp="since", timezone="Asia/Tokyo")
    early = events_of([("a", 14), ("a", 16), ("a", -10)])
    assert found(AsOfJoin(by=[]), early, berlin) == [0, 1, None]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_a_day_of_tolerance_is_one_of_the_calendar_of_the_events(unit: Any) -> None:
    """In Berlin the 29th of March 2026 has 23 hours: facts of the day before are that old."""
    facts = EventFrame.of(
        pl.DataFrame({"since": hours([34, 33]), "fact": [0, 1]}), timestamp="since"
    )  # 28 March, 11:00 and 10:00 in Berlin
    at = hours([57]).dt.cast_time_unit(unit).dt.convert_time_zone("Europe/Berlin")  # 11:00
    noon = EventFrame.of(pl.DataFrame({"at": at, "row": [0]}), timestamp="at")
    older = facts.pipe(lambda rows: rows.filter(pl.col("fact") == 1))
    assert found(AsOfJoin(by=[], tolerance="1d"), noon, facts) == [0]
    assert found(AsOfJoin(by=[], tolerance="1d"), noon, older) == [None]
    assert found(AsOfJoin(by=[], tolerance="24h"), noon, older) == [1]
    assert found(AsOfJoin(by=[], tolerance="1d1h"), noon, older) == [1]
    oldest = EventFrame.of(pl.DataFrame({"since": hours([30]), "fact": [2]}), timestamp="since")
    assert found(AsOfJoin(by=[], tolerance="1d1h"), noon, oldest) == [None]


def test_what_cannot_be_joined_is_refused_in_words() -> None:
    """No key that is named, no time, a key that events lack, and a name that is taken."""
    events, facts = events_of([("a", 1)]), facts_of([("a", 0, 0)])
    bare = facts.under(ContextSchema(timestamp="since"))
    with pytest.raises(UnknownSeriesError, match=r"or by: \[\] where"):
        AsOfJoin().join(events, bare)
    with pytest.raises(ContextTimeError, match="says of no column when its rows hold"):
        AsOfJoin(by="who").join(events, facts.under(ContextSchema()))
    with pytest.raises(NoJoinKeyError, match=r"by: \{who: fact\}|by: \{.*: fact\}"):
        AsOfJoin().join(events, facts.under(ContextSchema(key=("fact",), timestamp="since")))
    with pytest.raises(ColumnTakenError, match="already a column row"):
        AsOfJoin(age="row").join(events, facts)
