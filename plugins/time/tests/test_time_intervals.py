"""The join `interval` against a loop over the rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eventflow import ContextSchema, EventFrame
from eventflow_time import IntervalJoin
from eventflow_time.errors import OverlapError, UnknownEndError

START = datetime(2026, 3, 27, tzinfo=UTC)
KEYS = st.sampled_from(["a", "b", None])
EVENTS = st.lists(st.tuples(KEYS, st.none() | st.integers(0, 12)), min_size=1, max_size=20)
FACTS = st.lists(
    st.tuples(
        KEYS, st.none() | st.integers(0, 9), st.none() | st.integers(1, 12), st.integers(0, 12)
    ),
    max_size=6,
)
ROLES = {"key": ("who",), "timestamp": "since", "until": "until"}


def hours(values: list[Any]) -> pl.Series:
    """Return moments, in hours after the start."""
    found = [None if v is None else START + timedelta(hours=v) for v in values]
    return pl.Series(found, dtype=pl.Datetime("us", "UTC"))


def facts_of(rows: list[Any], **roles: str) -> EventFrame:
    """Return facts whose value is their place in the list."""
    who, since, until, known = ([r[i] for r in rows] for i in range(4))
    data = {"who": pl.Series(who, dtype=pl.String), "since": hours(since), "until": hours(until)}
    rest = {"known": hours(known), "fact": range(len(rows))}
    return EventFrame.of(pl.DataFrame({**data, **rest})).under(ContextSchema(**ROLES, **roles))


def joined(join: IntervalJoin, events: list[Any], facts: EventFrame) -> EventFrame:
    """Return the joined events."""
    who = pl.Series([e[0] for e in events], dtype=pl.String)
    rows = pl.DataFrame({"who": who, "at": hours([e[1] for e in events]), "row": range(len(who))})
    return join.join(EventFrame.of(rows, timestamp="at"), facts)


def found(join: IntervalJoin, events: list[Any], facts: EventFrame) -> list[Any]:
    """Return the fact of each event."""
    return joined(join, events, facts).collect().sort("row")["fact"].to_list()


def holding(event: Any, facts: list[Any], *, versioned: bool) -> list[int]:
    """Return the facts that hold for an event, by a loop."""
    who, at = event
    newest: dict[Any, tuple[int, int]] = {}
    for i, (whose, since, _, known) in enumerate(facts):
        if None in (who, at, since) or whose != who or (versioned and known >= at):
            continue
        version = (known, i) if versioned else (0, i)
        place = since if versioned else (since, i)
        newest[place] = max(newest.get(place, version), version)
    held = [i for _, i in newest.values()]
    return [i for i in held if facts[i][1] <= at and (facts[i][2] is None or at < facts[i][2])]


@given(EVENTS, FACTS, st.booleans())
def test_an_event_gets_the_facts_that_held_as_they_were_known(
    events: list[Any], facts: list[Any], versioned: bool
) -> None:
    """The one row in whose interval it lies, in the version known before; overlaps are refused."""
    times = [(who, at / 2) for who in "ab" for at in range(26)]
    several = any(len(holding(t, facts, versioned=versioned)) > 1 for t in times)
    distinct = {(f[0], f[1], f[3]) for f in facts}
    assume(not versioned or len(distinct) == len(facts))
    context = facts_of(facts, **({"known_at": "known"} if versioned else {}))
    if several:
        with pytest.raises(OverlapError, match="has ended"):
            found(IntervalJoin(), events, context)
        return
    expected = [next(iter(holding(e, facts, versioned=versioned)), None) for e in events]
    assert found(IntervalJoin(), events, context) == expected


def test_overlaps_can_end_where_the_next_begins() -> None:
    """`latest`: the row that begins later ends the one before it, which does not come back."""
    facts = facts_of([("a", 0, None, 0), ("a", 4, 6, 0)])
    events = [("a", hour) for hour in (0, 3, 4, 5, 6)]
    assert found(IntervalJoin(overlaps="latest"), events, facts) == [0, 0, 1, 1, None]
    with pytest.raises(OverlapError, match="1 rows of context begin before") as caught:
        found(IntervalJoin(), events, facts)
    assert "a, 2026-03-27 04:00:00+00:00" in str(caught.value)


def test_an_end_that_was_learned_later_is_not_known_before() -> None:
    """Until seven the contract had no end; the version known then ends it at nine."""
    facts = facts_of([("a", 0, None, 0), ("a", 0, 9, 7)], known_at="known")
    events = [("a", hour) for hour in (0, 1, 7, 8, 9)]
    assert found(IntervalJoin(), events, facts) == [None, 0, 0, 1, None]
    assert found(IntervalJoin(inclusive=True), events, facts) == [0, 0, 1, 1, None]


def test_events_that_find_nothing_are_counted_by_reason() -> None:
    """No key, no time, nothing of the key, only later facts, and facts that have ended."""
    events = [(None, 5), ("a", None), ("z", 5), ("a", 1), ("a", 9), ("a", 5)]
    frame = joined(IntervalJoin(), events, facts_of([("a", 2, 8, 0)]))
    assert dict(frame.accounts[-1].counts.collect().iter_rows()) == {
        "no who": 1,
        "no at": 1,
        "no context of that who": 1,
        "no context known yet": 1,
        "no context held then": 1,
    }
    bare = facts_of([("a", 2, 8, 0)]).under(ContextSchema(key=("who",), timestamp="since"))
    with pytest.raises(UnknownEndError, match="says of no column when its rows end"):
        joined(IntervalJoin(), events, bare)
