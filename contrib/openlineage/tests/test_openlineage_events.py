"""The events of runs, as a server, a file and the console get them."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import (  # type: ignore[import-untyped] # it ships no types
    Draft202012Validator,
    FormatChecker,
)

import eventflow
from eventflow import DataPipeline
from eventflow.runs.orchestrate import RunFailedError
from eventflow.trackers.sync import sync
from eventflow.tracking import Dataset
from eventflow_openlineage.events import place_of, uuid_of

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = "customer_id,last_activity_date,account_created_date,total_value"
LINES = [f"c{n},2020-05-{1 + n % 28:02},2019-05-01,{n * 10}" for n in range(60)]
PIPELINE: dict[str, Any] = {
    "name": "churn",
    "source": {"use": "csv", "path": "customers.csv"},
    "quality": {"minimum_score": 50},
    "blueprint": {"use": "customer_churn", "as_of": "2020-06-01"},
    "sink": {"use": "parquet", "path": "out.parquet"},
    "runs": {"trackers_wait": 60},
}
FACETS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["_producer", "_schemaURL"],
        "properties": {
            "_producer": {"type": "string", "format": "uri"},
            "_schemaURL": {"type": "string", "format": "uri"},
        },
    },
}
DATASET = {
    "type": "object",
    "required": ["namespace", "name"],
    "properties": {
        "namespace": {"type": "string"}, "name": {"type": "string"}, "facets": FACETS,
        "inputFacets": FACETS, "outputFacets": FACETS,
    },
}  # fmt: skip
EVENT = {
    "type": "object",
    "required": ["eventTime", "producer", "schemaURL", "run", "job", "eventType"],
    "properties": {
        "eventTime": {"type": "string", "format": "date-time"},
        "producer": {"type": "string", "format": "uri"},
        "schemaURL": {"type": "string", "format": "uri"},
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "run": {
            "type": "object",
            "required": ["runId"],
            "properties": {"runId": {"type": "string", "format": "uuid"}, "facets": FACETS},
        },
        "job": {
            "type": "object",
            "required": ["namespace", "name"],
            "properties": {"facets": FACETS},
        },
        "inputs": {"type": "array", "items": DATASET},
        "outputs": {"type": "array", "items": DATASET},
    },
}
"""What the specification asks of a run event and of every facet."""


class Collector:
    """A server that keeps the events it is posted."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.status = 201
        outer = self

        class Handler(BaseHTTPRequestHandler):
            """Keeps the body of each request."""

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if outer.status < 400:
                    outer.events.append(json.loads(body))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def transport(self) -> dict[str, Any]:
        """The transport that leads here, without tries of its own."""
        url = f"http://127.0.0.1:{self.server.server_port}"
        return {"type": "http", "url": url, "retry": {"total": 0}}

    def of(self, run_id: str) -> list[dict[str, Any]]:
        """Return the events of a run."""
        return [e for e in self.events if e["run"]["runId"] == run_id]


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A server of its own."""
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(autouse=True)
def customers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with a file of customers."""
    monkeypatch.chdir(tmp_path)
    Path("customers.csv").write_text("\n".join([HEADER, *LINES, ""]), encoding="utf-8")


def tracked(transport: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the pipeline with the tracker."""
    tracker = {"use": "openlineage", "namespace": "tests", "transport": transport}
    return {**PIPELINE, "trackers": [tracker], **changes}


def assert_valid(events: list[dict[str, Any]]) -> None:
    """Compare events with what the specification asks."""
    validator = Draft202012Validator(EVENT, format_checker=FormatChecker())
    assert events
    assert [e.message for event in events for e in validator.iter_errors(event)] == []


def test_a_run_is_a_start_and_an_end_with_facets(collector: Collector) -> None:
    """Inputs and outputs with schema, version, rows, every check, and statistics of columns."""
    result = eventflow.run(tracked(collector.transport))
    events = collector.of(result.run_id)
    assert_valid(events)
    assert [e["eventType"] for e in events] == ["START", "COMPLETE"]
    end, record = events[-1], result.record
    assert (end["job"]["namespace"], end["job"]["name"]) == ("tests", "churn")
    [source], [sink] = end["inputs"], end["outputs"]
    assert (source["namespace"], source["name"]) == ("file", str(Path("customers.csv").absolute()))
    assert [f["name"] for f in source["facets"]["schema"]["fields"]] == HEADER.split(",")
    assert source["facets"]["version"]["datasetVersion"] == record.inputs["csv"]
    assert source["inputFacets"]["dataQualityMetrics"]["rowCount"] == 60
    assert record.verdict is not None
    said = source["facets"]["dataQualityAssertions"]["assertions"]
    assert [a["success"] for a in said] == [c.ok for c in record.verdict.checks]
    assert sink["name"] == str(Path("out.parquet").absolute())
    assert sink["outputFacets"]["outputStatistics"]["rowCount"] == 60
    assert sink["outputFacets"]["outputStatistics"]["size"] == Path("out.parquet").stat().st_size
    columns = sink["facets"]["dataQualityMetrics"]["columnMetrics"]
    told = {name: metrics.get("max") for name, metrics in columns.items()}
    assert told == {f.name: f.maximum for f in record.features}


def test_a_run_that_fails_says_so(collector: Collector) -> None:
    """FAIL, with what was read and nothing written."""
    Path("customers.csv").write_text(f"{HEADER}\n,,,\n,,,\n", encoding="utf-8")
    with pytest.raises(RunFailedError) as caught:
        eventflow.run(tracked(collector.transport))
    events = collector.of(caught.value.record.run_id)
    assert_valid(events)
    assert [e["eventType"] for e in events] == ["START", "FAIL"]
    assert events[-1]["outputs"] == []


def test_a_server_that_was_away_gets_the_whole_end_later(collector: Collector) -> None:
    """The event sent by another process has every facet that it would have had."""
    at_once = eventflow.run(tracked(collector.transport))
    collector.status = 503
    result = eventflow.run(tracked(collector.transport, runs={"trackers_wait": 1}))
    assert "EF702" in {w.code for w in result.record.warnings}
    collector.status = 201
    [sent] = sync(Path(".eventflow"))
    assert sent.error is None
    first, second = collector.of(at_once.run_id), collector.of(result.run_id)
    assert [e["eventType"] for e in second] == ["START", "COMPLETE"]
    for side in ("inputs", "outputs"):
        assert [set(d["facets"]) for d in first[-1][side]] == [
            set(d["facets"]) for d in second[-1][side]
        ]


async def test_a_file_of_a_batch_names_its_parent(collector: Collector) -> None:
    """The parent facet has the id of the batch's own events."""
    pipeline = DataPipeline(trackers=tracked(collector.transport)["trackers"])
    await pipeline.process_batch([("customers.csv", "customer_churn")], as_of="2020-06-01")
    assert all(sent.error is None and not sent.busy for sent in sync(Path(".eventflow")))
    assert_valid(collector.events)
    [record] = pipeline.records
    parent = collector.of(record.run_id)[0]["run"]["facets"]["parent"]["run"]["runId"]
    assert [e["eventType"] for e in collector.of(parent)] == ["START", "COMPLETE"]


def test_events_go_to_a_file_as_well() -> None:
    """OpenLineage's own transports are chosen by its own words."""
    config = {"type": "file", "log_file_path": "events.jsonl", "append": True}
    result = eventflow.run(tracked(config))
    lines = Path("events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    assert_valid(events)
    assert {e["run"]["runId"] for e in events} == {result.run_id}


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("s3://lake/raw/a.parquet", ("s3://lake", "raw/a.parquet")),
        ("https://user:pw@host/a.csv", ("https://host", "a.csv")),
        ("/data/a.csv", ("file", "/data/a.csv")),
        ("memory", ("tests", "memory")),
    ],
)
def test_places_are_named_as_openlineage_names_them(uri: str, place: tuple[str, str]) -> None:
    """Namespace and name of the naming convention, credentials left out."""
    assert place_of(Dataset(name="memory", role="source", uri=uri), "tests") == place


def test_any_id_gives_one_uuid() -> None:
    """A UUID stays; other text always gives the same, and its own."""
    assert uuid_of("01a1ffb1-aaca-771e-855c-b0e27bda8159") == "01a1ffb1-aaca-771e-855c-b0e27bda8159"
    assert uuid_of("run-1") == uuid_of("run-1") != uuid_of("run-2")
