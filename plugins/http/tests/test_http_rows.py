"""From an answer to rows: where they are, what their values become, what is told of misfits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped] # it has no annotations
import polars as pl
import pytest
from pydantic import ValidationError

from eventflow import ContextEnricherStep, EventFrame, Pipeline
from eventflow.errors import EventflowError
from eventflow.testing import contract
from eventflow_http import HttpJsonSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Serve = Callable[..., Any]

NUMBERS = {"columns": {"n": "i64"}}


def _rows(serve: Serve, answer: Any, **options: Any) -> list[dict[str, Any]]:
    web = serve(answer)
    return HttpJsonSource(**{"url": web.url, **NUMBERS, **options}).scan().collect().to_dicts()


@pytest.mark.parametrize(
    ("answer", "options"),
    [
        ([{"n": 1}, {"n": 2}], {}),
        ({"data": {"items": [{"n": 1}, {"n": 2}]}}, {"records": "data.items"}),
        ({"n": [1, 2]}, {}),
        ({"hourly": {"n": [1, 2], "unit": "mm"}}, {"records": "hourly"}),
        ([[9, 1], [9, 2]], {"columns": {"n": {"dtype": "i64", "at": "[1]"}}}),
        ([{"a": {"b": 1}}, {"a": {"b": 2}}], {"columns": {"n": {"dtype": "i64", "at": "a.b"}}}),
    ],
    ids=["list", "path", "columns", "columns-beside", "lists", "nested"],
)
def test_rows_are_found_in_every_common_shape(
    serve: Serve, answer: Any, options: dict[str, Any]
) -> None:
    """A list of objects or of lists, or lists of one length; on top or below a path."""
    assert _rows(serve, answer, **options) == [{"n": 1}, {"n": 2}]


def test_one_object_is_one_row_and_no_row_is_no_row(serve: Serve) -> None:
    """With the columns that are declared."""
    assert _rows(serve, {"n": 1, "beside": [1, 2]}) == [{"n": 1}]
    assert _rows(serve, []) == []


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        ("str", "01067", "01067"),
        ("str", 1067, "1067"),
        ("i64", 3.0, 3),
        ("i64", "3", 3),
        ("f64", 3, 3.0),
        ("f64", "2.5", 2.5),
        ("bool", False, False),
        ("decimal(9,2)", 1.1, Decimal("1.10")),
        ("decimal(38,0)", "9" * 38, Decimal("9" * 38)),
        ("decimal(9,2)", f"0.{'1' * 60}", Decimal("0.11")),
        ("date", "2026-01-31", date(2026, 1, 31)),
        ("date", "2026-01-31T23:30:00Z", date(2026, 2, 1)),
        ("date", None, None),
        ("datetime[us, UTC]", "2026-01-31T12:00", datetime(2026, 1, 31, 11, tzinfo=UTC)),
        ("datetime[us, UTC]", "2026-01-31T12:00:00+00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("datetime", "2026-01-31T11:00:00Z", datetime(2026, 1, 31, 12)),  # noqa: DTZ001 - local, as asked for
        ({"dtype": "date", "format": "%d.%m.%Y"}, "31.01.2026", date(2026, 1, 31)),
        ({"dtype": "datetime[us, UTC]", "format": "s"}, 86_400, datetime(1970, 1, 2, tzinfo=UTC)),
        (
            {"dtype": "datetime[us, UTC]", "format": "ms"},
            "1500",
            datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC),
        ),
    ],
)
def test_values_become_what_is_declared(
    serve: Serve, dtype: Any, value: Any, expected: Any
) -> None:
    """Local times are those of the zone that is given; counted ones are UTC."""
    rows = _rows(serve, [{"v": value}], columns={"v": dtype}, timezone="Europe/Berlin")
    assert rows == [{"v": expected}]


@pytest.mark.parametrize(
    ("dtype", "value", "fix"),
    [
        ("i64", "many", "another dtype"),
        ("i64", 2.5, "another dtype"),
        ("i8", 300, "another dtype"),
        ("i64", True, "another dtype"),
        ("f64", [1], "another dtype"),
        ("str", {"a": 1}, "another dtype"),
        ("bool", "maybe", "another dtype"),
        ("date", "31.01.2026", 'format: "%d.%m.%Y"'),
        ("datetime", 86_400, "format: s"),
        ("f32", 1e300, "another dtype"),
        ("decimal(10,2)", "1e999999", "another dtype"),
        ("decimal(38,0)", "1e38", "another dtype"),
        ("decimal(10,2)", "NaN", "another dtype"),
        ("time", "10:00:00+02:00", "another dtype"),
        ({"dtype": "datetime", "format": "s"}, "1e999999", "another dtype"),
    ],
)
def test_a_value_that_does_not_fit_fails_with_its_column(
    serve: Serve, dtype: Any, value: Any, fix: str
) -> None:
    """And is shown, with what to declare; it is never turned into null."""
    with pytest.raises(EventflowError, match=r'EF657.* in "v" is no') as raised:
        _rows(serve, [{"v": value}], columns={"v": dtype})
    assert fix in str(raised.value)


def test_what_a_record_lacks_is_null_and_what_is_beside_is_ignored(serve: Serve) -> None:
    """Unless it is asked for to be an error."""
    answer = [{"n": 1}, {"m": 2}]
    assert _rows(serve, answer) == [{"n": 1}, {"n": None}]
    with pytest.raises(EventflowError, match=r"(?s)EF657.*does not declare: m"):
        _rows(serve, answer, unknown="error")


def test_a_path_to_nothing_names_what_there_is(serve: Serve) -> None:
    """The nearest key is proposed."""
    with pytest.raises(EventflowError, match=r'(?s)EF657.*did you mean "items"'):
        _rows(serve, {"items": [], "total": 0}, records="item")
    with pytest.raises(EventflowError, match="EF657"):
        _rows(serve, [1, 2])


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"records": "keys(items)"}, "records"),
        ({"records": "items", "columns": {"n": {"dtype": "i64", "at": "abs(n)"}}}, "columns.n.at"),
        ({"records": "items", "pages": {"by": "url", "at": "sum(items[].n)"}}, "pages.at"),
    ],
)
def test_a_path_whose_function_does_not_take_the_answer_is_told(
    serve: Serve, options: dict[str, Any], key: str
) -> None:
    """With the option that has it."""
    with pytest.raises(EventflowError, match=f"EF657.*{key}") as raised:
        _rows(serve, {"items": [{"n": "one"}]}, **{"columns": {"n": "str"}, **options})
    assert raised.value.problems[0].key == key


def test_events_get_what_the_server_knows(serve: Serve) -> None:
    """One request for each station, in the address; the rows know whom they are of."""
    weather = {"/EWR": [{"temp": 3.5}], "/JFK": [{"temp": 4.5}]}
    web = serve(lambda asked: weather[asked.path])
    source = HttpJsonSource(
        url=f"{web.url}/{{station}}", for_each={"station": ["EWR", "JFK"]}, key="station",
        columns={"station": "str", "temp": {"dtype": "f64", "unit": "°C"}},
    )  # fmt: skip
    events = EventFrame.of({"station": ["JFK", "LGA"]})
    enriched = Pipeline([ContextEnricherStep(source)]).run(events).collect().sort("station")
    assert enriched["temp"].to_list() == [4.5, None]
    assert source.scan().schema.columns["temp"].unit == "°C"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "api.example.org"}, "with its server"),
        ({"url": "https://me:sesame@api.example.org/"}, "do not belong in an address"),
        ({"url": "https://api.example.org/{station}"}, "for_each does not give"),
        ({"records": "a..b"}, "no JMESPath"),
        ({"key": "m"}, "columns does not declare"),
        ({"timestamp": "n", "until": "n"}, "two roles"),
        ({"columns": {"n": "i46"}}, 'did you mean "i64"'),
        ({"body": {}}, "method: POST"),
        ({"offline": "replay"}, "cache: FOLDER"),
        ({"pages": {"by": "cursor", "param": "c"}}, "need at"),
        ({"rate": "5"}, "pattern"),
        ({"headers": {"X": "a\nb"}}, "line break"),
        ({"headers": {"X Y": "a"}}, "no name of a header"),
        ({"max_age": "1d"}, "cache: FOLDER"),
    ],
)
def test_options_that_cannot_work_are_refused_before_anything_is_asked(
    options: dict[str, Any], words: str
) -> None:
    """With the reason, and without the secrets among them."""
    with pytest.raises(ValidationError, match=words) as raised:
        HttpJsonSource(**{"url": "https://api.example.org", **NUMBERS, **options})
    assert "sesame" not in str(raised.value)


def test_editors_accept_the_short_forms() -> None:
    """A dtype in place of a column, a name in place of a list of them."""
    options = {"url": "https://api.example.org", "columns": {"a": "str"}, "key": "a"}
    schema = HttpJsonSource.Config.model_json_schema()
    jsonschema.validate(options, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**options, "columns": {"a": 1}}, schema)
    assert HttpJsonSource(**options).scan().columns() == {"a": pl.String()}


def _recorded(folder: Path) -> dict[str, Any]:
    """Return options of a source whose answers are recorded already."""
    answer = '[{"day":"2026-01-31","n":1},{"day":"2026-02-01","n":null},{"day":null,"n":3}]'
    options: dict[str, Any] = {"url": "https://api.example.org/", "cache": str(folder)}
    record(options["url"], answer, folder)
    columns = {"day": "date", "n": "i64"}
    return {**options, "columns": columns, "key": "day", "offline": "replay"}


def record(url: str, text: str, folder: Path) -> None:
    """Record an answer, as if a server had given it."""
    from eventflow_http.recordings import Answer, Recordings  # noqa: PLC0415 - a test's tool
    from eventflow_http.request import Request  # noqa: PLC0415 - likewise

    request = Request.of(url)
    Recordings(folder).keep(request, Answer.of(str(request), text, {}))


TestHttpJson = contract(
    HttpJsonSource,
    config=_recorded,
    changed=lambda folder: record("https://api.example.org/", "[]", folder),
    missing={
        "url": "https://api.example.org/",
        "columns": {"n": "i64"},
        "cache": "not-there",
        "offline": "replay",
    },
    secrets={"headers": "X-Key: {}", "secret_params": "key={}"},
)
