"""Sessions against a plain Python loop, and their ids."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from eventflow import EventFrame
from eventflow_time import TemporalSessionStep

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = dict[str, Any]
    Run = Callable[[Any, list[Row]], list[Row]]

ALL = ["id", "start", "index", "elapsed", "end", "duration", "events"]


@given(data=st.data(), hours=st.sampled_from([1, 12, 24]))
def test_sessions_are_cut_where_nothing_happened_for_the_gap(
    run: Run, streams: Any, histories: Any, data: st.DataObject, hours: int
) -> None:
    """A pause of exactly the gap begins a new one; each column follows from that."""
    rows = data.draw(streams)
    made = run(TemporalSessionStep(gap=f"{hours}h", columns=ALL), rows)
    told = {found["row"]: found for found in made}
    sessions = [s for rows_ in histories(rows).values() for s in _cut(rows_, hours)]
    for session in sessions:
        start, end = session[0]["time"], session[-1]["time"]
        for row in session:
            found = told.pop(row["row"])
            micros = (start - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
            assert found["session_id"] == f"{row['entity']}@{micros}"
            assert (found["session_start"], found["session_end"]) == (start, end)
            assert found["session_index"] == 1 + sum(r["time"] < row["time"] for r in session)
            assert found["session_elapsed"] == (row["time"] - start).total_seconds()
            assert found["session_duration"] == (end - start).total_seconds()
            assert found["session_events"] == len(session)
    for found in told.values():  # rows without entity or time
        assert {found[f"session_{column}"] for column in ALL} == {None}


def _cut(rows: list[Row], hours: int) -> list[list[Row]]:
    sessions: list[list[Row]] = []
    for row in rows:
        if not sessions or row["time"] - sessions[-1][-1]["time"] >= timedelta(hours=hours):
            sessions.append([])
        sessions[-1].append(row)
    return sessions


def _frame(**columns: Any) -> EventFrame:
    return EventFrame.of(columns, timestamp="at")


def test_keys_of_several_columns_never_run_together() -> None:
    """``a/b`` with ``c`` and ``a`` with ``b/c`` are two entities."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    frame = _frame(x=["a/b", "a", "a\\"], y=["c", "b/c", "b/c"], at=[at] * 3)
    ids = TemporalSessionStep(gap="1h", by=["x", "y"]).apply(frame, None).collect()["session_id"]
    assert ids.n_unique() == 3


def test_a_session_id_does_not_change_with_what_else_is_in_the_data() -> None:
    """The same session has the same id in a day's file and in the year's."""
    at = [datetime(2026, 1, d, tzinfo=UTC) for d in (1, 2, 9, 10)]
    step = TemporalSessionStep(gap="3d", by=[])
    whole = step.apply(_frame(at=at), None).collect().sort("at")["session_id"]
    part = step.apply(_frame(at=at[2:]), None).collect().sort("at")["session_id"]
    assert part.to_list() == whole.to_list()[2:]


def test_a_session_over_the_night_of_a_clock_change_is_as_long_as_it_was() -> None:
    """01:30 and 03:30 lie one hour apart when summer time begins, with a zone or without."""
    walls = [datetime(2026, 3, 29, 1, 30), datetime(2026, 3, 29, 3, 30)]  # noqa: DTZ001 - a wall clock
    frame = EventFrame.of({"at": walls}, timestamp="at", timezone="Europe/Berlin")
    step = TemporalSessionStep(gap="90m", by=[])
    naive = step.apply(frame, None).collect().sort("at")
    zoned = frame.pipe(lambda f: f.with_columns(pl.col("at").dt.replace_time_zone("Europe/Berlin")))
    aware = step.apply(zoned, None).collect().sort("at")
    assert naive["session_elapsed"].to_list() == aware["session_elapsed"].to_list() == [0, 3600]
    assert naive["session_start"].to_list() == [walls[0]] * 2


def test_dates_have_sessions_too() -> None:
    """With dates a gap is counted in days, and so is the id."""
    days = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 9)]
    made = TemporalSessionStep(gap="2d", by=[]).apply(_frame(at=days), None).collect().sort("at")
    assert made["session_start"].to_list() == [days[0], days[0], days[2]]
    assert made["session_id"].to_list() == ["20454", "20454", "20462"]


def test_a_gap_of_nothing_is_refused() -> None:
    """Every event would be its own session."""
    with pytest.raises(ValidationError, match="longer than nothing"):
        TemporalSessionStep(gap="0s")
