"""Times as numbers, the end of the day as 24:00, and clocks that are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from bad_input import left, refusal, run, warned

if TYPE_CHECKING:
    from pathlib import Path

REVENUE = {"use": "revenue_projection", "as_of": "2024-03-11"}
FIRST = 1709251200  # 2024-03-01 in UTC
SECONDS = 86_400


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _days(times: list[Any]) -> str:
    return "date,revenue\n" + "".join(f"{at},{n}\n" for n, at in enumerate(times, 1))


COUNTED: dict[str, tuple[list[Any], str]] = {
    "seconds": ([FIRST + n * SECONDS for n in range(10)], "s"),
    "milliseconds": ([(FIRST + n * SECONDS) * 1000 for n in range(10)], "ms"),
    "seconds with a fraction": ([FIRST + n * SECONDS + 0.5 for n in range(10)], "s"),
    "digits of a date": ([20240301 + n for n in range(10)], '"%Y%m%d"'),
}


@pytest.mark.parametrize(("times", "option"), COUNTED.values(), ids=COUNTED)
def test_numbers_for_times_are_refused_with_the_option_that_reads_them(
    times: list[Any], option: str
) -> None:
    """For a field of a blueprint and for a role; what it says to write works as it is told."""
    data, written = _days(times), f"parse: {{date: {option}}}"
    problem = refusal(data, blueprint=REVENUE)
    assert (problem.code, problem.fix) == ("EF304", f"under source write  {written}")
    problem = refusal(data, schema={"timestamp": "date"})
    assert (problem.code, problem.fix) == ("EF302", f"under source write  {written}")
    made = run(data, source={"parse": {"date": option.strip('"')}}, blueprint=REVENUE)
    days = made.data.sort("date")
    assert days["date"].to_list() == [date(2024, 3, n) for n in range(1, 11)]
    assert days["revenue"].to_list() == list(range(1, 11))


def test_milliseconds_taken_for_seconds_are_refused() -> None:
    """EF620: every sampled time would lie far after 2199, and with another unit in 2024."""
    times = COUNTED["milliseconds"][0]
    problem = refusal(_days(times), source={"parse": {"date": "s"}}, blueprint=REVENUE)
    assert problem.code == "EF620"
    assert "write parse: {date: ms}" in problem.fix


def test_seconds_taken_for_milliseconds_by_a_step_are_flagged() -> None:
    """The ledger counts the rows that lie in 1970; nothing is lost, and nothing is hidden."""
    cast = {"use": "cast", "columns": {"date": "datetime"}, "formats": {"date": "ms"}}
    made = run(_days(COUNTED["seconds"][0]), steps=[cast])
    assert left(made) == {"in 1970 or after 2199, counted in ms: date": 10}
    assert made.data["date"].dt.year().unique().to_list() == [1970]


def test_a_parquet_file_of_numbers_is_cast() -> None:
    """There is no text to parse, so the fix is the step, with the unit to fill in."""
    pl.DataFrame({"date": COUNTED["seconds"][0], "revenue": 1.0}).write_parquet("in.parquet")
    source = {"use": "parquet", "path": "in.parquet"}
    problem = refusal("", source=source, blueprint=REVENUE)
    cast = "{use: cast, columns: {date: datetime}, formats: {date: s}}"
    assert problem.fix.startswith(f"add the step  {cast}")
    step = {"use": "cast", "columns": {"date": "datetime"}, "formats": {"date": "s"}}
    assert run("", source=source, steps=[step], blueprint=REVENUE).data.height == 10


def test_24_00_belongs_to_the_next_day() -> None:
    """As in ISO 8601: the sale at the end of the first day counts for the second."""
    made = run(_days(["2024-03-01T24:00", "2024-03-05T10:00"]), blueprint=REVENUE)
    assert made.data.sort("date")["revenue"].to_list() == [1, 0, 0, 2, 0, 0, 0, 0, 0]


CHANGES = ["2024-03-31T02:30", "2024-10-27T02:30", *["2024-07-01T12:00+02:00"] * 20]
"""A time that Paris skipped, one that it had twice, and instants."""


def test_clock_changes_set_rows_aside() -> None:
    """Unless the options say otherwise: both have no one meaning."""
    made = run(_days(CHANGES), source={"timezone": "Europe/Paris"})
    assert left(made) == {'value does not fit column "date"': 2}
    assert made.data.height == 20


def test_clock_changes_have_the_meaning_that_the_options_give() -> None:
    """Every row is kept."""
    options = {"repeated_times": "later", "skipped_times": "forward", "timezone": "Europe/Paris"}
    made = run(_days(CHANGES), source=options)
    assert left(made) == {}
    first, second = made.data.sort("revenue")["date"].to_list()[:2]
    assert first == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)
    assert second == datetime(2024, 10, 27, 1, 30, tzinfo=UTC)


def test_local_times_without_instants_stay_local() -> None:
    """A column of wall clocks loses nothing: its days are those on the wall."""
    walls = ["2024-03-31T02:30", "2024-03-31T23:30", "2024-10-27T02:30"]
    schema = {"timestamp": "date", "timezone": "Europe/Paris"}
    blueprint = {**REVENUE, "as_of": "2024-10-28"}
    days = run(_days(walls), schema=schema, blueprint=blueprint).data.filter(pl.col("revenue") > 0)
    assert days.sort("date").select("date", "revenue").rows() == [
        (date(2024, 3, 31), 3.0),
        (date(2024, 10, 27), 3.0),
    ]


def test_dates_in_text_need_a_format_in_sql() -> None:
    """EF320 before the run: the first row would decide how all are read."""
    text = {"schema": {"date": "str"}}
    steps = [{"use": "derive", "columns": {"day": "DATE(date)"}}]
    problem = refusal(_days(["2024-03-01"]), source=text, steps=steps)
    assert problem.code == "EF320"
    assert "DATE(date, '%Y-%m-%d')" in problem.fix
    steps[0]["columns"] = {"day": "DATE(date, '%Y-%m-%d')"}
    made = run(_days(["2024-03-01"]), source=text, steps=steps)
    assert made.data["day"].to_list() == [date(2024, 3, 1)]
    assert warned(made) == {}


def test_a_date_long_ago_makes_a_long_calendar_that_is_counted() -> None:
    """1900 is what a spreadsheet makes of 0; the ledger shows 45,000 added days."""
    made = run(_days(["1900-01-01", "2024-03-10"]), blueprint=REVENUE)
    assert left(made) == {"rows made": made.data.height - 2}
    assert made.data.height == 45_360


def test_years_of_two_digits_are_never_taken_for_the_first_century() -> None:
    """They are text; the fix reads them, and a format with four digits sets them aside."""
    data = _days(["01/03/24", "14/03/24"])
    blueprint = {**REVENUE, "as_of": "2024-03-15"}
    problem = refusal(data, blueprint=blueprint)
    assert problem.fix == 'under source write  parse: {date: "%d/%m/%y"}'
    made = run(data, source={"parse": {"date": "%d/%m/%y"}}, blueprint=blueprint)
    assert made.data["date"].min() == date(2024, 3, 1)
    problem = refusal(data, source={"parse": {"date": "%d/%m/%Y"}}, blueprint=blueprint)
    assert problem.code == "EF610"
