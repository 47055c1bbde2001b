"""The source `holidays`: days of the calendar as context, against dates that everybody knows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from eventflow import ContextEnricherStep, EventFrame, ExactJoin, Pipeline
from eventflow.context.schema import ContextSchema
from eventflow.testing import contract
from eventflow_time import PublicHolidaysSource, TemporalHolidaysStep

GERMANY = {"country": "DE", "language": "en_US", "years": (2024, 2025)}

TestHolidays = contract(PublicHolidaysSource, config=GERMANY)
TestSubdivisions = contract(
    PublicHolidaysSource, config={**GERMANY, "subdivision": ["BY", "BE"], "days": "all"}
)


def _rows(**options: Any) -> pl.DataFrame:
    return PublicHolidaysSource(**{**GERMANY, **options}).scan().collect()


def test_holidays_are_those_of_the_place() -> None:
    """Epiphany is free in Bavaria, Women's Day in Berlin, and neither in all of Germany."""
    rows = _rows(subdivision=["BY", "BE"], years=(2024, 2024))
    free = {place: set(days["date"]) for (place,), days in rows.group_by("subdivision")}
    assert free["BY"] - free["BE"] >= {date(2024, 1, 6)}
    assert free["BE"] - free["BY"] == {date(2024, 3, 8)}
    whole = _rows(years=(2024, 2024))
    assert set(whole["date"]) == free["BE"] & free["BY"]
    assert whole["subdivision"].null_count() == whole.height


def test_a_substitute_day_is_told_from_the_holiday_it_stands_for() -> None:
    """Christmas 2022 was a Sunday: the Monday was free in its place in the United States."""
    rows = _rows(country="US", years=(2022, 2022)).filter(pl.col("date").dt.month() == 12)
    assert dict(rows.select("date", "is_observed").iter_rows()) == {
        date(2022, 12, 25): False,
        date(2022, 12, 26): True,
    }


def test_all_days_tell_an_ordinary_day_from_one_that_is_not_covered() -> None:
    """A row a day, leap day included; ordinary days have no name."""
    rows = _rows(days="all", years=(2024, 2024))
    assert rows.height == 366
    assert rows.filter(~pl.col("is_holiday"))["holiday"].null_count() == 366 - 9
    assert rows.filter(pl.col("is_holiday")).height == 9


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({}, ("date",)),
        ({"country": ["DE", "FR"], "language": None}, ("country", "date")),
        ({"subdivision": "BY"}, ("date",)),
        ({"subdivision": ["BY", "BE"]}, ("subdivision", "date")),
    ],
)
def test_the_key_is_the_date_and_what_there_are_several_of(
    options: dict[str, Any], key: tuple[str, ...]
) -> None:
    """And it identifies each row."""
    frame = PublicHolidaysSource(**{**GERMANY, **options}).scan()
    assert isinstance(frame.schema, ContextSchema)
    assert frame.schema.identity == key
    assert frame.collect().select(key).is_unique().all()


def test_events_learn_of_holidays_by_their_date() -> None:
    """Also those after them: a calendar is known ahead, so the events' times play no part."""
    events = EventFrame.of(
        {
            "at": [datetime(2023, 6, 1, tzinfo=UTC), datetime(2024, 12, 25, tzinfo=UTC)],
            "due": [date(2024, 12, 25), date(2024, 12, 24)],
        },
        timestamp="at",
    )
    source = PublicHolidaysSource(**GERMANY, days="all")
    step = ContextEnricherStep(source, ExactJoin(by={"due": "date"}), columns="is_holiday")
    rows = Pipeline([step]).run(events).collect().sort("due")
    assert rows["is_holiday"].to_list() == [False, True]


def test_the_source_and_the_step_agree() -> None:
    """`time.holidays` marks the days that the source lists, with the same names."""
    days = pl.date_range(date(2024, 1, 1), date(2025, 12, 31), eager=True).alias("date")
    step = TemporalHolidaysStep(**GERMANY, time="date")
    marked = step.apply(EventFrame.of(days.to_frame()), None).collect()
    columns = ["date", "is_holiday", "holiday"]
    listed = _rows(days="all").select(columns)
    assert listed.sort("date").equals(marked.select(columns).sort("date"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"country": "DX"}, "no holidays of"),
        ({"country": ["DE", "FR"], "subdivision": "BY"}, "a source for each country"),
        ({"subdivision": ["BY", "BY"]}, "DE-BY is asked for twice"),
        ({"subdivision": "Bavaria"}, "no subdivision"),
        ({"years": (2025, 2024)}, "2024, 2025"),
        ({"language": "tlh"}, "not named in"),
    ],
)
def test_what_no_calendar_has_is_refused_at_once(options: dict[str, Any], words: str) -> None:
    """Before anything is computed, with what there is."""
    with pytest.raises(ValidationError, match=words):
        PublicHolidaysSource(**{**GERMANY, **options})
