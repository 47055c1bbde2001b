"""How CSV text becomes values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from pydantic import ValidationError

from eventflow_files.badrows import misfit
from eventflow_files.csv import CsvSource
from eventflow_files.errors import UnknownColumnError
from eventflow_files.infer import is_identifier

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Read = Callable[..., Any]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["1", "2"], pl.Int64()),
        (["1", "2.5"], pl.Float64()),
        (["true", "False"], pl.Boolean()),
        (["00123", "5"], pl.String()),
        (["99999999999999999999"], pl.String()),
        (["1,234.5"], pl.String()),
        (["$5"], pl.String()),
        (["2024-01-31"], pl.Date()),
        (["2024-01-31 10:00:00"], pl.Datetime("us")),
        (["2024-01-31T10:00:00.5", "2024-01-31 10:00"], pl.Datetime("us")),
        (["2024-01-31T10:00:00Z", "2024-01-31T10:00:00+02:00"], pl.Datetime("us", "UTC")),
        (["31/01/2024"], pl.Date()),
        (["12/13/2009 7:45"], pl.Datetime("us")),
        (["03/04/2024"], pl.String()),
        (["", ""], pl.String()),
        (["a"], pl.String()),
        (["1", "x"], pl.String()),
    ],
)
def test_dtypes_are_told_from_the_sample(
    read_csv: Read, values: list[str], dtype: pl.DataType
) -> None:
    """A dtype is taken only if every sampled value fits; what is ambiguous stays text."""
    body = "v,w\n" + "".join(f'"{v}",1\n' for v in values)
    out = read_csv(body.encode(), has_header=True, separator=",")
    assert out.rows.schema["v"] == dtype
    assert out.bad == 0


@pytest.mark.parametrize("name", ["id", "customer_id", "CustomerID", "Customer ID", "zip", "SKU"])
def test_columns_named_like_identifiers_are_text(name: str, read_csv: Read) -> None:
    """A leading zero after the sample cannot be lost, because identifiers are never numbers."""
    assert is_identifier(name)
    body = f"{name},n\n".encode() + b"1,1\n" * 20 + b"007,1\n"
    out = read_csv(body, infer_rows=10)
    assert out.rows.schema[name] == pl.String()
    assert "007" in out.rows[name].to_list()


@pytest.mark.parametrize("name", ["paid", "width", "identity", "support_tickets", "amount"])
def test_other_names_are_no_identifiers(name: str) -> None:
    """Only a whole last word counts."""
    assert not is_identifier(name)


def test_a_value_that_does_not_fit_is_neither_null_nor_a_crash(read_csv: Read) -> None:
    """Text in a number column after the sample is quarantined, naming column and value."""
    out = read_csv(b"n,m\n" + b"1,1\n" * 20 + b"oops,1\n,2\n", infer_rows=10)
    assert out.counts == {None: 21, misfit("n"): 1}
    assert out.rejected["detail"].to_list() == ["'oops'"]
    assert out.rows["n"].null_count() == 1


def test_another_date_format_after_the_sample_is_quarantined(read_csv: Read) -> None:
    """A date is read by the format of its column alone: 31-12-2020 is not guessed at."""
    out = read_csv(b"d,n\n" + b"2020-01-02,1\n" * 20 + b"31-12-2020,1\n" * 5, infer_rows=10)
    assert out.counts == {None: 20, misfit("d"): 5}
    assert read_csv(b"d,n\n20-01-02,1\n", schema={"d": "date"}).counts == {misfit("d"): 1}


def test_parse_states_a_format(read_csv: Read) -> None:
    """`parse` reads dates and times by an explicit format."""
    out = read_csv(b"d,n\n03/04/2024 7:45,1\nx,2\n", parse={"d": "%m/%d/%Y %H:%M"})
    assert out.rows["d"].to_list() == [datetime(2024, 3, 4, 7, 45)]  # noqa: DTZ001 - naive in the file
    assert out.bad == 1
    assert read_csv(b"d,n\n03.04.2024,1\n", parse={"d": "%d.%m.%Y"}).rows["d"].item() == date(
        2024, 4, 3
    )


def test_offsets_become_utc_and_naive_ones_among_them_are_quarantined(read_csv: Read) -> None:
    """Mixed time zones: one column of instants; without a zone a naive time means nothing."""
    body = b"at,n\n2024-07-01T10:00:00+02:00,1\n2024-07-01T10:00:00Z,2\n2024-07-01T10:00:00,3\n"
    out = read_csv(body)
    assert out.rows.sort("n")["at"].to_list() == [
        datetime(2024, 7, 1, 8, tzinfo=UTC),
        datetime(2024, 7, 1, 10, tzinfo=UTC),
    ]
    assert out.counts[misfit("at")] == 1
    zoned = read_csv(body, timezone="Europe/Paris")
    assert zoned.bad == 0
    assert zoned.rows.sort("n")["at"].to_list()[2] == datetime(2024, 7, 1, 8, tzinfo=UTC)


def test_an_offset_in_a_naive_column_is_quarantined(read_csv: Read) -> None:
    """A naive column does not drop an offset."""
    body = b"at,n\n" + b"2024-07-01 10:00:00,1\n" * 20 + b"2024-07-01 10:00:00+02:00,1\n"
    assert read_csv(body, infer_rows=10).counts == {None: 20, misfit("at"): 1}


def test_unknown_timestamp_formats_stay_text(read_csv: Read) -> None:
    """What no format fits is visible as text, not guessed at."""
    assert read_csv(b"at,n\n2024W27-1,1\n").rows["at"].to_list() == ["2024W27-1"]


def test_null_values_and_decimal_comma(read_csv: Read) -> None:
    """Options say which texts are null and how numbers are written."""
    out = read_csv(b"a;b\n1,5;NA\nNA;2,5\n", null_values=["NA"], decimal_comma=True)
    assert out.rows.rows() == [(1.5, None), (None, 2.5)]


def test_all_null_columns_are_text(read_csv: Read) -> None:
    """A column without a value is kept, as text."""
    assert read_csv(b"a,b\n1,\n2,\n").rows.schema["b"] == pl.String()


@pytest.mark.parametrize("engine", ["streaming", "in-memory"])
def test_both_engines_and_any_projection_agree(read_csv: Read, engine: str) -> None:
    """The same rows and the same account in either engine."""
    out = read_csv(b"a,b\n1,x\n2\n3,y\n", engine=engine)
    assert sorted(out.rows.rows()) == [(1, "x"), (3, "y")]
    assert out.bad == 1


def test_projection_and_predicate_do_not_change_which_rows_are_bad(tmp_path: Path) -> None:
    """Rows are judged by all columns, whichever are asked for."""
    path = tmp_path / "d.csv"
    path.write_bytes(b"a,b,c\n1,2,x\n2,oops,y\n3,4,z\n5,6\n")
    frame = CsvSource(path=str(path), schema={"b": "i64"}, max_bad_rows=1.0).scan()
    assert sorted(frame.lazy.select("a").collect()["a"]) == [1, 3]
    assert sorted(frame.lazy.filter(pl.col("a") > 1).select("c").collect()["c"]) == ["z"]
    assert frame.lazy.select(pl.len()).collect().item() == 2
    assert frame.lazy.head(1).collect().height == 1


def test_columns_reads_and_checks_only_these(read_csv: Read) -> None:
    """Columns left out are not parsed, so their values cannot be bad."""
    out = read_csv(b"a,b\n1,2\n2,oops\n", columns=["a"])
    assert out.rows.columns == ["a"]
    assert out.rows.height == 2


@pytest.mark.parametrize(
    "options",
    [{"schema": {"totl": "f64"}}, {"parse": {"totl": "%Y"}}, {"columns": ["totl"]}],
)
def test_options_that_name_unknown_columns_say_the_nearest(
    read_csv: Read, options: dict[str, Any]
) -> None:
    """A typo is found while planning, with the column that was meant."""
    with pytest.raises(UnknownColumnError, match='did you mean "total"'):
        read_csv(b"id,total\n1,2\n", **options)


def test_an_unknown_column_of_numbered_ones_asks_for_the_header(read_csv: Read) -> None:
    """A header of years looks like a row: who names its columns is told how to say so."""
    body = b"shop,2023,2024\n01,7000,7100\n02,9000,9050\n"
    with pytest.raises(UnknownColumnError, match="has_header: true"):
        read_csv(body, schema={"shop": "str"})
    assert read_csv(body, schema={"shop": "str"}, has_header=True).rows["shop"].to_list() == [
        "01",
        "02",
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"schema": {"a": "duration"}},
        {"encoding": "utf-9"},
        {"timezone": "Mars/Base"},
        {"separator": "\n"},
        {"separatr": ","},
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any]) -> None:
    """Options are validated before any file is looked at."""
    with pytest.raises(ValidationError):
        CsvSource(path="x.csv", **options)
