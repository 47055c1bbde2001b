"""Drafting a pipeline: what is said of columns, and which roles names and dtypes suggest."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from eventflow.drafting.errors import NothingToDraftError, UnknownFormatError
from eventflow.drafting.pipeline import draft, name_of, source_of
from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow.schema import EventMetadata, EventSchema

if TYPE_CHECKING:
    import polars as pl


def drafted(data: dict[str, Any] | pl.DataFrame, **metadata: Any) -> dict[str, Any]:
    """Return the section `schema` drafted from these rows."""
    frame = evolve(EventFrame.of(data), metadata=EventMetadata(**metadata))
    made = draft(frame, source={"use": "csv", "path": "x.csv"}, name="x", gate=False)
    schema: dict[str, Any] = made.config["schema"]
    EventSchema.model_validate(schema).check(frame.columns())
    return schema


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([1, 2, 3], {"dtype": "i64", "nullable": False, "minimum": 0}),
        ([-1, 2, None], {"dtype": "i64", "nullable": True}),
        ([0.0, 1.5, float("nan")], {"dtype": "f64", "nullable": True, "minimum": 0}),
        (["a", "b", "c"], {"dtype": "str", "nullable": False}),
        (["b", "a"] * 10, {"dtype": "str", "nullable": False, "allowed": ["a", "b"]}),
        (["b", "a", None] * 10, {"dtype": "str", "nullable": True, "allowed": ["a", "b"]}),
        ([True, False], {"dtype": "bool", "nullable": False}),
        ([[1], [2]], {"nullable": False}),
    ],
)
def test_a_column_is_said_to_be_what_it_is(values: list[Any], says: dict[str, Any]) -> None:
    """Dtype, missing values, numbers that never fall below 0, and categories."""
    assert drafted({"n": values})["columns"]["n"] == says


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        (["AB-001", "XZ-234"], "^[A-Z]{2}-[0-9]{3}$"),
        (["c.007", "d.008"], r"^[a-z]\.[0-9]{3}$"),
        (["7", "8"], None),
        (["a1", "1a"], None),
        (["é1", "à2"], None),
        (["[1]", "[2]"], None),
    ],
)
def test_identifiers_of_one_form_get_a_pattern(values: list[str], pattern: str | None) -> None:
    """The pattern matches every value; other forms, other letters and short ones get none."""
    says = drafted({"order_id": values})["columns"]["order_id"]
    assert says.get("pattern") == pattern
    assert says["unique"] is True
    assert pattern is None or all(re.search(pattern, value) for value in values)


def test_what_concerns_a_person_is_marked_and_never_written_down() -> None:
    """No value of a sensitive column appears in the draft, and none of its form."""
    says = drafted({"Email": ["a@b.c", "d@e.f"] * 10, "last_name": ["X", "Y"] * 10})
    for column in ("Email", "last_name"):
        assert says["columns"][column] == {"dtype": "str", "nullable": False, "sensitive": True}


AT = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "roles"),
    [
        ({"day": [date(2024, 1, 1)], "created_at": [AT]}, {"timestamp": "created_at"}),
        ({"shipped": [AT], "InvoiceDate": [AT]}, {"timestamp": "InvoiceDate"}),
        ({"day": [None, AT]}, {}),
        ({"order_id": ["1", "2"], "customer": ["7", "7"]}, {"entity": "customer"}),
        ({"invoice_no": ["1", "1"], "CustomerID": ["7", "7"]}, {"entity": "CustomerID"}),
        ({"order_id": ["1", "2"], "customer_id": ["7", "7"]}, {"entity": "customer_id"}),
        ({"order_id": ["1", "2"], "batch_no": [7, 7]}, {"entity": "batch_no"}),
        ({"lat": [1.0], "lng": [2.0]}, {"latitude": "lat", "longitude": "lng"}),
        ({"lat": [1.0]}, {}),
        ({"amount": [1.0], "note": ["x"]}, {}),
    ],
)
def test_roles_are_told_from_dtypes_and_names(data: dict[str, Any], roles: Any) -> None:
    """When, whom and where; what is mostly missing, or only half of a place, has none."""
    schema = drafted(data)
    assert {role: column for role, column in schema.items() if role != "columns"} == roles


def test_degrees_and_open_dtypes_are_left_to_who_knows_them() -> None:
    """Places have bounds of their own; a column without a value may become anything."""
    says = drafted({"lat": [1.0], "lon": [1.0], "x": [None]}, undetermined=("x",))["columns"]
    assert says["lat"] == {"dtype": "f64", "nullable": False}
    assert says["x"] == {"nullable": True}


def test_no_rows_say_nothing() -> None:
    """A schema of nothing would be taken for knowledge."""
    with pytest.raises(EventflowError) as caught:
        drafted({"a": []})
    assert isinstance(caught.value, NothingToDraftError)


@pytest.mark.parametrize(
    ("path", "source", "name"),
    [
        ("data/Online Retail.csv", "csv", "online-retail"),
        ("x.tsv.gz", "csv", "x"),
        ("a.b.parquet", "parquet", "a"),
        ("*.jsonl", "ndjson", "pipeline"),
        ("x.FEATHER", "ipc", "x"),
    ],
)
def test_source_and_name_come_from_the_path(path: str, source: str, name: str) -> None:
    """By the last ending that is none of compression."""
    assert (source_of(path), name_of(path)) == (source, name)


@pytest.mark.parametrize("path", ["data", "x.xlsx", "x.gz"])
def test_an_ending_that_tells_nothing_is_an_error(path: str) -> None:
    """The error lists what is known."""
    with pytest.raises(EventflowError, match="EF351") as caught:
        source_of(path)
    assert isinstance(caught.value, UnknownFormatError)
