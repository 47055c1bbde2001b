"""Money, decimal commas, times as numbers, 24:00 and clock changes, as text sources read them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from pydantic import ValidationError

from eventflow.types import TextAdvice
from eventflow_files.badrows import misfit
from eventflow_files.csv import CsvSource
from eventflow_files.errors import EpochUnitError
from eventflow_files.ndjson import NdjsonSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Read = Callable[..., Any]

UTC_TIME = pl.Datetime("us", "UTC")


def _at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc] # parts of a date and a time


@pytest.mark.parametrize(
    ("example", "text", "value"),
    [
        ("$1,234.50", "$1,234.50", 1234.5),
        ("1.234,50 €", "1.234,50 €", 1234.5),
        ("1234.5", "(12.00)", -12.0),
        ("1234,5", "12,5", 12.5),
    ],
)
def test_money_is_read_as_the_example_says(
    read_csv: Read, read_ndjson: Read, example: str, text: str, value: float
) -> None:
    """The same in CSV and NDJSON; what is written otherwise is set aside with its text."""
    out = read_csv(f'v;w\n"{text}";1\n"¥ 5";2\n'.encode(), numbers={"v": example})
    assert out.rows["v"].to_list() == [value]
    assert out.rejected["detail"].to_list() == ["'¥ 5'"]
    lines = "\n".join(json.dumps({"v": v}) for v in (text, "¥ 5"))
    out = read_ndjson(lines.encode(), numbers={"v": example})
    assert out.rows["v"].to_list() == [value]
    assert out.counts[misfit("v")] == 1


def test_money_may_be_exact(read_csv: Read, read_ndjson: Read) -> None:
    """A decimal in `schema` keeps every digit; in JSON, of numbers in quotes."""
    amount, exact = "12,345,678,901,234,567.89", Decimal("12345678901234567.89")
    options = {"numbers": {"v": "1,234.5"}, "schema": {"v": "decimal(38,2)"}}
    assert read_csv(f'v,w\n"{amount}",1\n'.encode(), **options).rows["v"].item() == exact
    quoted = json.dumps({"v": str(exact)}).encode()
    assert read_ndjson(quoted, schema={"v": "decimal(38,2)"}).rows["v"].item() == exact


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"numbers": {"v": "1,234"}}, "write one number as the file has them"),
        ({"numbers": {"v": "1.5"}, "schema": {"v": "date"}}, "leave out one"),
        ({"numbers": {"v": "1.5"}, "parse": {"v": "s"}}, "a time or a number"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    options: dict[str, Any], words: str
) -> None:
    """Before any file is looked at."""
    with pytest.raises(ValidationError, match=words):
        CsvSource(path="a.csv", **options)


@pytest.mark.parametrize(
    ("unit", "text", "time"),
    [
        ("s", "1709251200", _at(2024, 3, 1)),
        ("s", "1709251200.25", _at(2024, 3, 1, 0, 0, 0, 250_000)),
        ("ms", "1709251200001", _at(2024, 3, 1, 0, 0, 0, 1000)),
        ("us", "-1", _at(1969, 12, 31, 23, 59, 59, 999_999)),
        ("ns", "1709251200000000999", _at(2024, 3, 1)),
        ("d", "19783", _at(2024, 3, 1)),
    ],
)
def test_numbers_count_time(
    read_csv: Read, read_ndjson: Read, unit: str, text: str, time: datetime
) -> None:
    """Since 1970 in UTC, in the unit that is stated."""
    body = f"t,v\n{text},1\nsoon,2\n".encode()
    out = read_csv(body, parse={"t": unit}, has_header=True)
    assert out.rows["t"].to_list() == [time]
    assert out.rejected["detail"].to_list() == ["'soon'"]
    assert read_ndjson(f'{{"t": {text}}}'.encode(), parse={"t": unit}).rows["t"].item() == time


def test_counted_times_become_what_the_schema_says(read_csv: Read) -> None:
    """A date, or the clock of the zone without it."""
    body, late = b"t,v\n1709249400,1\n", "2024-03-01T00:30:00"
    told = {
        "date": date(2024, 2, 29),
        "datetime": datetime.fromisoformat(late),
    }
    for dtype, value in told.items():
        options = {"parse": {"t": "s"}, "schema": {"t": dtype}, "timezone": "Europe/Paris"}
        assert read_csv(body, **options).rows["t"].item() == value


@pytest.mark.parametrize(("stated", "right"), [("s", "ms"), ("ms", "s"), ("us", "ms")])
def test_a_unit_that_makes_times_odd_is_refused(tmp_path: Path, stated: str, right: str) -> None:
    """All sampled times in 1970 or after 2199, and of our day by another unit: a mistake."""
    count = {"s": 1709251200, "ms": 1709251200000}[right]
    for name, text, source in (
        ("a.csv", f"t,v\n{count},1\n", CsvSource),
        ("a.ndjson", f'{{"t": {count}}}\n', NdjsonSource),
    ):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        with pytest.raises(EpochUnitError, match=f"write parse: {{t: {right}}}"):
            source(path=str(path), parse={"t": stated}).scan()


@pytest.mark.parametrize(
    ("values", "options"),
    [
        (["1709251200", "1709337600"], "parse: {t: s}"),
        (["1709251200000"], "parse: {t: ms}"),
        (["1709251200.5"], "parse: {t: s}"),
        (["20240229", "20240301"], 'parse: {t: "%Y%m%d"}'),
    ],
)
def test_numbers_where_times_are_needed_come_with_what_to_write(
    tmp_path: Path, values: list[str], options: str
) -> None:
    """And what is written then gives times."""
    path = tmp_path / "a.csv"
    path.write_text("t,v\n" + "".join(f"{v},1\n" for v in values), encoding="utf-8")
    source = CsvSource(path=str(path), has_header=True)
    assert source.reading("t", ("temporal",)) == TextAdvice(options)
    assert source.reading("t", ("string",)) is None
    assert source.reading("v", ("temporal",)) is None


@pytest.mark.parametrize(
    ("values", "options", "unfit"),
    [
        (["$1,234.50", "$3"], 'numbers: {v: "$1,234.50"}', None),
        (["1.234,50 €", "3,5 €"], 'numbers: {v: "1.234,50 €"}', None),
        (["12,50", "3"], 'numbers: {v: "1234,50"}', None),
        (["5.5", "(3)"], 'numbers: {v: "1234.50"}', None),
        (["12.5%", "3%"], 'numbers: {v: "1234.50 %"}', None),
        (["1,234"], 'numbers: {v: "1,234.50"}  or  numbers: {v: "1234,50"}', None),
        (
            ["$1,005", "-"],
            'numbers: {v: "$1,234.50"}  or  numbers: {v: "1234,50 $"}  and  null_values: ["-"]',
            "a.csv:3  '-'",
        ),
        (["$5", "$6", "€7"], 'numbers: {v: "$1234.50"}', "a.csv:4  '€7'"),
    ],
)
def test_money_where_numbers_are_needed_comes_with_what_to_write(
    tmp_path: Path, values: list[str], options: str, unfit: str | None
) -> None:
    """Both ways where the sample leaves it open; another currency is told with its line."""
    path = tmp_path / "a.csv"
    path.write_text("w,v\n" + "".join(f'x,"{v}"\n' for v in values), encoding="utf-8")
    advice = CsvSource(path=str(path)).reading("v", ("numeric",))
    assert advice is not None
    assert advice.options == options
    assert (advice.unfit and advice.unfit.removeprefix(f"{tmp_path}/")) == unfit


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-02-29T24:00", "2024-03-01T00:00"),
        ("2024-12-31 24:00:00", "2025-01-01T00:00"),
        ("2024-12-31 24:00:00.000", "2025-01-01T00:00"),
        ("2024-12-31 24:00:01", None),
        ("2024-12-31 24:01", None),
        ("2024-12-31 25:00", None),
    ],
)
def test_24_00_is_the_end_of_the_day(
    read_csv: Read, read_ndjson: Read, text: str, time: str | None
) -> None:
    """The next day's 00:00, as ISO 8601 has it; later than that there is nothing."""
    others = ["2024-01-01T10:00"] * 20
    out = read_csv(("t,v\n" + "".join(f"{t},1\n" for t in (*others, text))).encode())
    if time is None:
        out = read_csv(f"t,v\n{text},1\n".encode(), schema={"t": "datetime"})
    assert out.rows["t"].to_list()[20:] == ([] if time is None else [datetime.fromisoformat(time)])
    lines = "\n".join(json.dumps({"t": t}) for t in (*others, text))
    out = read_ndjson(lines.encode(), schema={"t": "datetime"})
    assert out.rows["t"].to_list()[20:] == ([] if time is None else [datetime.fromisoformat(time)])


def test_24_00_with_an_offset_or_in_a_zone(read_csv: Read) -> None:
    """The day is that of the offset, or of the zone."""
    body = b"t,v\n2024-03-30T24:00:00+02:00,1\n2024-03-30T24:00:00,2\n"
    out = read_csv(body, timezone="Europe/Paris")
    assert sorted(out.rows["t"]) == [_at(2024, 3, 30, 22), _at(2024, 3, 30, 23)]


@pytest.mark.parametrize(
    ("options", "read"),
    [
        ({}, []),
        ({"repeated_times": "earlier"}, [_at(2024, 10, 27, 0, 30)]),
        ({"repeated_times": "later"}, [_at(2024, 10, 27, 1, 30)]),
        ({"skipped_times": "forward"}, [_at(2024, 3, 31, 1, 30)]),
    ],
)
def test_clock_changes_set_rows_aside_unless_the_options_say_what_they_mean(
    read_csv: Read, options: dict[str, Any], read: list[datetime]
) -> None:
    """Each row is in the result or counted."""
    body = b"t,v\n2024-10-27T02:30:00,1\n2024-03-31T02:30:00,2\n"
    out = read_csv(body, schema={"t": UTC_TIME}, timezone="Europe/Paris", **options)
    assert out.rows["t"].to_list() == read
    assert out.bad == 2 - len(read)


def test_local_formats_are_read_in_the_zone(read_csv: Read) -> None:
    """Where an instant is asked for, a format without an offset means local time."""
    options = {"parse": {"t": "%d/%m/%Y %H:%M"}, "schema": {"t": UTC_TIME}}
    body = b"t,v\n27/07/2024 12:30,1\n"
    zoned = read_csv(body, timezone="Europe/Paris", **options)
    assert zoned.rows["t"].item() == _at(2024, 7, 27, 10, 30)
    assert read_csv(body, **options).rows["t"].item() == _at(2024, 7, 27, 12, 30)


@pytest.mark.parametrize(
    ("values", "keeps"),
    [
        (["12345678901234567.89", "1.5"], 'schema: {v: "decimal(38,2)"}'),
        (["0.12345678901234567890"], 'schema: {v: "decimal(38,20)"}'),
        (["0.30000000000000004", "1e300"], None),
        (["1.000000000000000000e+00", "0.100000000000000000000"], None),
    ],
)
def test_numbers_that_a_float_cannot_hold_are_told(
    tmp_path: Path, values: list[str], keeps: str | None
) -> None:
    """With the dtype that keeps their digits; the shortest text of a float loses none."""
    path = tmp_path / "a.csv"
    path.write_text("w,v\n" + "".join(f"x,{v}\n" for v in values), encoding="utf-8")
    told = CsvSource(path=str(path)).scan().metadata.imprecise
    assert told == ({} if keeps is None else {"v": keeps})
    if keeps is not None:
        dtype = keeps.split('"')[1]
        exact = CsvSource(path=str(path), schema={"v": dtype}).scan()
        assert exact.metadata.imprecise == {}
        assert str(exact.collect()["v"][0]).rstrip("0") == values[0].rstrip("0")


def test_long_numbers_in_json_are_told_and_long_integers_are_text(tmp_path: Path) -> None:
    """JSON's readers make floats of numbers with a fraction: only quotes keep their digits."""
    path = tmp_path / "a.ndjson"
    path.write_text(
        '{"v": 12345678901234567.89, "n": 12345678901234567890123, "i": 1234567890123456789}\n',
        encoding="utf-8",
    )
    frame = NdjsonSource(path=str(path)).scan()
    assert frame.metadata.imprecise == {"v": "quotes around the numbers in the file"}
    row = frame.collect().row(0, named=True)
    assert (row["n"], row["i"]) == ("12345678901234567890123", 1234567890123456789)
