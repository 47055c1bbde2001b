"""The NDJSON source."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventflow_files import errors
from eventflow_files.badrows import NOT_JSON, NOT_TEXT, TOO_LONG, misfit

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[..., Any]


def test_objects_become_rows_and_nested_ones_structs(read_ndjson: Read) -> None:
    """Keys are columns, nested objects structs, arrays lists, missing keys null."""
    out = read_ndjson(b'{"a":1,"b":{"x":"y"},"c":[1,2]}\n\n{"a":2}\n')
    rows = out.rows.sort("a").to_dicts()
    assert rows[0] == {"a": 1, "b": {"x": "y"}, "c": [1, 2]}
    assert rows[1]["a"] == 2
    assert rows[1]["c"] is None
    assert out.bad == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nonsense", NOT_JSON),
        (b'{"a":2', NOT_JSON),
        (b"[1]", NOT_JSON),
        (b"null", NOT_JSON),
        (b'{"a":1}{"a":2}', NOT_JSON),
        (b'{"a":NaN}', NOT_JSON),
        (b'{"b":"\xff"}', NOT_TEXT),
        (b'{"a":"x"}', misfit("a")),
        (b'{"a":1.5}', misfit("a")),
        (b'{"a":99999999999999999999}', misfit("a")),
    ],
)
def test_bad_lines_are_quarantined(read_ndjson: Read, line: bytes, reason: str) -> None:
    """One bad line leaves the others alone, and is kept with its number and raw text."""
    body = '{"a":1,"b":"é"}\n'.encode() + line + b'\n{"a":3,"b":"y"}\n'
    out = read_ndjson(body, schema={"a": "i64", "b": "str"})
    assert sorted(out.rows["a"]) == [1, 3]
    assert out.counts == {None: 2, reason: 1}
    [row] = out.rejected.to_dicts()
    assert (row["line"], row["raw"]) == (2, line.decode(errors="backslashreplace"))


def test_of_a_key_that_occurs_twice_the_first_value_counts(read_ndjson: Read) -> None:
    """The documented policy, in the fast and in the careful path."""
    schema = {"a": "i64"}
    assert read_ndjson(b'{"a":1,"a":2}\n', schema=schema).rows["a"].to_list() == [1]
    assert read_ndjson(b'{"a":1,"a":2}\nx\n', schema=schema).rows["a"].to_list() == [1]


def test_timestamps_are_parsed(read_ndjson: Read) -> None:
    """Text that is ISO 8601 throughout the sample becomes instants."""
    out = read_ndjson(b'{"at":"2024-01-01T00:00:00Z"}\n{"at":"2024-01-01T00:00:00+01:00"}\n')
    assert sorted(out.rows["at"]) == [
        datetime(2023, 12, 31, 23, tzinfo=UTC),
        datetime(2024, 1, 1, tzinfo=UTC),
    ]


def test_columns_and_schema_name_what_is_read(read_ndjson: Read) -> None:
    """A key that occurs only later is read if the schema names it."""
    out = read_ndjson(b'{"a":1,"b":2}\n', columns=["b", "z"], schema={"z": "f64"})
    assert out.rows.schema == {"b": pl.Int64, "z": pl.Float64}
    with pytest.raises(errors.UnknownColumnError, match='did you mean "amount"'):
        read_ndjson(b'{"amount":1}\n', columns=["amont"])


def test_empty_files_and_files_of_something_else_are_errors(read_ndjson: Read) -> None:
    """Nothing tells the columns; the errors say why."""
    with pytest.raises(errors.EmptyFileError, match="EF605"):
        read_ndjson(b"")
    with pytest.raises(errors.SchemaUnreadableError, match="EF617"):
        read_ndjson(b"a,b\n1,2\n")


def test_objects_of_very_many_keys_are_refused(read_ndjson: Read) -> None:
    """As a header of that many columns is: a plan would take minutes. A few may be chosen."""
    wide = json.dumps({f"k{i}": i for i in range(20_001)}).encode() + b"\n"
    with pytest.raises(errors.SchemaUnreadableError, match="20,001 columns, and at most 20,000"):
        read_ndjson(wide)
    assert read_ndjson(wide, columns=["k7"]).rows["k7"].to_list() == [7]


def test_a_line_that_is_too_long_is_quarantined(read_ndjson: Read) -> None:
    """Memory is bounded by max_line_bytes."""
    body = b'{"a":1}\n{"b":"' + b"x" * 200_000 + b'"}\n{"a":2}\n'
    out = read_ndjson(body, max_line_bytes=2048)
    assert out.counts == {None: 2, TOO_LONG: 1}


_LINES = st.one_of(
    st.dictionaries(st.sampled_from(["a", "b"]), st.one_of(st.none(), st.integers(-9, 9))).map(
        json.dumps
    ),
    st.sampled_from(
        ["", " ", "{", "[]", "5", '"a"', '{"a":"x"}', '{"a":true}', '{"a":1,}', "{'a':1}"]
    ),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=st.lists(_LINES, max_size=20))
def test_every_line_is_a_row_or_bad(read_ndjson: Read, lines: list[str]) -> None:
    """Rows are the lines that Python's json module reads as objects of integers."""
    out = read_ndjson("\n".join(lines).encode(), schema={"a": "i64", "b": "i64"})
    good, bad = [], 0
    for line in filter(str.strip, lines):
        try:
            value = json.loads(line)
            ok = isinstance(value, dict) and all(
                type(v) in (int, type(None)) for v in value.values()
            )
        except ValueError:
            ok = False
        if ok:
            good.append((value.get("a"), value.get("b")))
        bad += not ok
    assert sorted(out.rows.select("a", "b").rows(), key=str) == sorted(good, key=str)
    assert out.bad == bad
