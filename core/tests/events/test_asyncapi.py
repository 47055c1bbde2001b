"""The AsyncAPI document of a registry, held against the schema that AsyncAPI publishes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped] # it has no stubs of its own
import pytest
from attrs import frozen
from click.testing import CliRunner

from event_samples import SAMPLES
from eventflow.cli.event_types import EventModuleError
from eventflow.cli.events import command
from eventflow.events import BaseEvent, EventTypes
from eventflow.events.asyncapi import asyncapi
from eventflow.events.errors import UnusableEventTypeError
from shop_events import OrderPlaced, OrderPlacedV1, ShopEvent

OFFICIAL = json.loads((Path(__file__).parent / "asyncapi" / "3.1.0.json").read_text("utf-8"))


def document(*classes: type[BaseEvent]) -> dict[str, Any]:
    """Return the document of some classes, or of all that are defined in `eventflow`."""
    ours = (c for c in EventTypes.defined() if c.__module__.startswith("eventflow."))
    return asyncapi(EventTypes(*(classes or ours)), title="Shop", version="7")


def check(made: dict[str, Any]) -> None:
    """Judge by the official schema."""
    jsonschema.Draft7Validator(OFFICIAL).validate(made)


def errors(made: dict[str, Any], event: BaseEvent) -> list[str]:
    """Return what the document's schema says against an event's JSON."""
    ref = {"$ref": f"#/components/schemas/{type(event).__name__}"}
    validator = jsonschema.Draft202012Validator({**ref, "components": made["components"]})
    return [error.message for error in validator.iter_errors(json.loads(event.to_json()))]


def test_the_document_of_our_events_fits_the_official_schema() -> None:
    """Every class is in it, as a message with a payload."""
    made = document()
    check(made)
    assert {type(sample).__name__ for sample in SAMPLES} == set(made["components"]["messages"])


def test_the_official_schema_notices_what_is_wrong() -> None:
    """The check itself can fail."""
    made = document(OrderPlaced)
    made["channels"]["shop.order.placed"]["address"] = 7
    with pytest.raises(jsonschema.ValidationError):
        check(made)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda e: e.event_type)
def test_what_is_written_fits_the_schema_of_its_payload(sample: BaseEvent) -> None:
    """And what lacks its id, or is of another type, does not."""
    made = document()
    assert errors(made, sample) == []
    name = type(sample).__name__
    assert made["components"]["schemas"][name]["required"][:3] == [
        "event_type", "event_id", "timestamp",
    ]  # fmt: skip
    assert all(
        part.get("description")
        for part in made["components"]["schemas"][name]["properties"].values()
    )


def test_versions_and_patterns_are_described() -> None:
    """Two versions share a channel; stars are parameters of the address."""
    made = document(OrderPlaced, OrderPlacedV1, ShopEvent)
    check(made)
    placed = made["channels"]["shop.order.placed"]["messages"]
    assert sorted(placed) == ["OrderPlaced", "OrderPlacedV1"]
    assert made["channels"]["any.shop.closed"]["address"] == "{part1}.shop.closed"
    assert errors(made, OrderPlaced(cents=1)) == []
    assert errors(made, OrderPlaced(cents=1, schema_version=1)) == ["3 was expected"]


def test_a_class_that_cannot_be_described_is_named() -> None:
    """Not some other class, and not a traceback of a library."""

    @frozen(kw_only=True)
    class Hidden(BaseEvent):
        event_type: str = "known.hidden"
        when: Nowhere  # type: ignore[name-defined] # noqa: F821 - that is the point

    with pytest.raises(UnusableEventTypeError, match=r"Hidden.*Nowhere"):
        document(OrderPlaced, Hidden)


MODULE = """
from attrs import frozen
from eventflow.events import BaseEvent

print("hello from a module")

@frozen(kw_only=True)
class BellRung(BaseEvent):
    '''The bell was rung.

    Attributes:
        times: How often.
    '''

    event_type: str = "cli.bell.rung"
    times: int
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module with an event in the working directory; returns its name."""
    (tmp_path / "cli_bell.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "cli_bell"


def invoke(*arguments: str) -> str:
    """Run `eventflow events …` and return what it prints on stdout."""
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_list_has_types_versions_categories_and_fields(module: str) -> None:
    """One line a type; with --json also what each field is."""
    lines = invoke("list", "--module", module).splitlines()
    (line,) = (line for line in lines if "cli.bell.rung" in line)
    assert line.split() == ["cli.bell.rung", "v1", "domain", "times"]
    told = json.loads(invoke("list", "--json", "--module", module))
    assert told["schema"] == "eventflow.events.list/1"
    assert "event_id" in told["every_event"]
    (entry,) = (e for e in told["events"] if e["event_types"] == ["cli.bell.rung"])
    assert entry["event_class"] == "cli_bell.BellRung"
    assert (entry["summary"], entry["reads"]) == ("The bell was rung.", [1])
    assert entry["fields"] == [
        {"name": "times", "type": "int", "required": True, "description": "How often."}
    ]


def test_a_document_is_printed_or_written(module: str, tmp_path: Path) -> None:
    """The same both ways; what the module prints is not in it."""
    arguments = ["asyncapi", "--title", "Bells", "--api-version", "2", "--module", module]
    program = [sys.executable, "-c", "from eventflow.cli.main import main; main()", "events"]

    def printed(*more: str) -> str:
        done = subprocess.run([*program, *arguments, *more], check=True, capture_output=True)
        assert b"hello from a module" in done.stderr
        return done.stdout.decode()

    document = json.loads(printed())
    assert printed("--out", "docs/bells.json") == ""
    assert json.loads((tmp_path / "docs" / "bells.json").read_text("utf-8")) == document
    assert document["info"] == {"title": "Bells", "version": "2"}
    assert "cli.bell.rung" in document["channels"]


def test_a_module_that_cannot_be_imported_is_named() -> None:
    """With what importing it raised, as a mistake in the command."""
    with pytest.raises(EventModuleError, match="no_such_module") as raised:
        CliRunner().invoke(command, ["list", "--module", "no_such_module"], catch_exceptions=False)
    assert raised.value.exit_code == 2
