"""Columns without a value in the sample, and columns that were taken for text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from eventflow.types import InfersDtypes, TextAdvice
from eventflow_files.badrows import misfit
from eventflow_files.csv import CsvSource
from eventflow_files.ndjson import NdjsonSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEMPORAL = ("temporal",)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("value,name,variable\n", ("value", "name", "variable")),
        ("value,name,variable\n1,,\n2,,x\n", ("name",)),
        ("a,b\n1,\n", ("b",)),
        ("a,b\n1,0\n", ()),
    ],
)
def test_a_csv_file_names_columns_without_a_value(
    tmp_path: Path, text: str, found: tuple[str, ...]
) -> None:
    """They are text as long as nobody asks for more; a header alone leaves all of them open."""
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    frame = CsvSource(path=str(tmp_path / "a.csv"), has_header=True).scan()
    assert frame.metadata.undetermined == found
    assert all(frame.columns()[name] == pl.String for name in found)


def test_what_is_stated_or_not_read_is_not_undetermined(tmp_path: Path) -> None:
    """A dtype in `schema` or `parse` is an answer, and a column left out raises no question."""
    (tmp_path / "a.csv").write_text("a,b,c,d\n1,,,\n", encoding="utf-8")
    source = CsvSource(
        path=str(tmp_path / "a.csv"),
        columns=["a", "b", "c"],
        schema={"b": "date"},
        parse={"c": "%d.%m.%Y"},
    )
    frame = source.scan()
    assert frame.metadata.undetermined == ()
    assert dict(frame.columns()) == {"a": pl.Int64, "b": pl.Date, "c": pl.Date}


def test_an_ndjson_file_names_keys_that_are_null(tmp_path: Path) -> None:
    """A key that is null in every sampled object is text, and undetermined."""
    (tmp_path / "a.ndjson").write_text('{"a": 1, "b": null}\n' * 2, encoding="utf-8")
    frame = NdjsonSource(path=str(tmp_path / "a.ndjson")).scan()
    assert frame.metadata.undetermined == ("b",)
    assert frame.columns()["b"] == pl.String


@pytest.mark.parametrize("kind", [CsvSource, NdjsonSource])
def test_values_after_the_sample_are_read_as_what_is_expected(
    tmp_path: Path, execute: Callable[..., Any], kind: type[CsvSource | NdjsonSource]
) -> None:
    """They are parsed like any others; what does not fit is quarantined with its line."""
    rows = {
        CsvSource: "n,at\n1,\n2,\n3,2024-01-31\n4,soon\n",
        NdjsonSource: '{"n":1,"at":null}\n{"n":2,"at":null}\n{"n":3,"at":"2024-01-31"}\n'
        '{"n":4,"at":"soon"}\n',
    }
    (tmp_path / "in.txt").write_text(rows[kind], encoding="utf-8")
    source = kind(path=str(tmp_path / "in.txt"), infer_rows=2, max_bad_rows=1.0)
    assert isinstance(source, InfersDtypes)
    assert source.scan().metadata.undetermined == ("at",)
    out = execute(source.expecting({"at": pl.Datetime("us")}).scan())
    assert out.rows.sort("n")["at"].to_list() == [None, None, datetime(2024, 1, 31)]  # noqa: DTZ001 - naive in the file
    assert out.counts == {None: 3, misfit("at"): 1}
    assert out.rejected["line"].to_list() == [5 if kind is CsvSource else 4]
    assert execute(source.scan()).rows["at"].null_count() == 2


@pytest.mark.parametrize(
    ("values", "families", "options", "unfit"),
    [
        (["2024-01-01", "2024-01-02", "n/a"], TEMPORAL,
         'schema: {a day: date}  and  null_values: ["n/a"]', "4  'n/a'"),
        (["2024-01-01 10:00", "x", "2024-01-02", "y"], TEMPORAL,
         "schema: {a day: datetime}", "3  'x'"),
        (["03/04/2024", "05/06/2024"], TEMPORAL,
         'parse: {a day: "%d/%m/%Y"}  or  parse: {a day: "%m/%d/%Y"}', None),
        (["1", "2", "5 apples"], ("numeric",), "schema: {a day: f64}", "4  '5 apples'"),
        (["yes", "no", "7"], ("boolean", "integer"), None, None),
        (["true", "false", "x7"], ("boolean", "integer"), "schema: {a day: bool}", "4  'x7'"),
        (["true", "false", "TRUE", "?"], ("boolean",),
         'schema: {a day: bool}  and  null_values: ["?"]', "5  '?'"),
    ],
)  # fmt: skip
def test_advice_names_options_and_the_first_value_that_does_not_fit(
    tmp_path: Path,
    values: list[str],
    families: tuple[str, ...],
    options: str | None,
    unfit: str | None,
) -> None:
    """The way that reads most values is taken; its place counts lines, not rows."""
    path = tmp_path / "in.csv"
    path.write_text("a day,n\n" + "".join(f"{v},1\n" for v in values), encoding="utf-8")
    advice = CsvSource(path=str(path)).reading("a day", families)
    place = None if unfit is None else f"{path}:{unfit}"
    told = None if options is None else TextAdvice(options.replace("a day", '"a day"'), place)
    assert advice == told


def test_lines_are_counted_across_quoted_line_ends(tmp_path: Path) -> None:
    """The third record stands on line 5, because the one before it takes two lines."""
    path = tmp_path / "in.csv"
    path.write_text('n,t\n1,a\n2,"b\nc"\nx,d\n', encoding="utf-8")
    advice = CsvSource(path=str(path)).reading("n", ("numeric",))
    assert advice is not None
    assert advice.unfit == f"{path}:5  'x'"


def test_there_is_no_advice_where_most_values_do_not_fit(tmp_path: Path) -> None:
    """Nor on a column that is no text."""
    path = tmp_path / "in.csv"
    path.write_text("a,n\n7 weeks ago,1\nsoon,2\n", encoding="utf-8")
    assert CsvSource(path=str(path)).reading("a", TEMPORAL) is None
    assert CsvSource(path=str(path)).reading("n", TEMPORAL) is None
