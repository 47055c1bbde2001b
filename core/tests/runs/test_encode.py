from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped] # it has no stubs of its own
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow.errors import Location, Problem
from eventflow.ledger import Ledger, LedgerEntry
from eventflow.quality import CheckResult, Verdict
from eventflow.runs.encode import (
    record_from_dict,
    record_from_json,
    record_to_dict,
    record_to_json,
)
from eventflow.runs.json_schema import schema_text
from eventflow.runs.record import (
    FeatureRecord,
    NodeRecord,
    OutputRecord,
    PassRecord,
    RunRecord,
    RunState,
    WarningRecord,
)
from eventflow.runs.store_errors import RecordFormatError

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = ("success", "warnings", "gate_closed", "failed", "cancelled", "nasty", "bare")

text = st.text(max_size=12)
whole = st.integers(0, 10**15)
real = st.floats(allow_nan=False)
finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.dictionaries(text, text, max_size=3)
aware = st.datetimes(timezones=st.just(UTC)) | st.datetimes(
    min_value=datetime(1, 1, 2, tzinfo=UTC).replace(tzinfo=None),
    max_value=datetime(9999, 12, 30, tzinfo=UTC).replace(tzinfo=None),
).map(lambda d: d.replace(tzinfo=timezone(timedelta(hours=5, minutes=30))))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Give the value, or None."""
    return st.none() | strategy


def several(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Give a short tuple."""
    return st.lists(strategy, max_size=2).map(tuple)


plain_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | finite | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
checks = st.builds(
    CheckResult,
    dimension=st.sampled_from(["completeness", "validity"]),
    check=text,
    columns=several(text),
    passed=whole,
    total=whole,
    required=maybe(finite),
    severity=st.sampled_from(["critical", "low"]),
    examples=several(text),
    detail=maybe(text),
)
verdicts = st.builds(
    Verdict,
    score=maybe(finite),
    minimum=maybe(finite),
    dimensions=st.dictionaries(text, finite, max_size=2),
    checks=several(checks),
    reasons=several(text),
    warnings=several(text),
)
entries = st.builds(
    LedgerEntry,
    stage=text,
    kind=st.sampled_from(["dropped", "added", "flagged", "folded"]),
    reason=text,
    rows=whole,
    kept=maybe(text),
)
problems = st.builds(
    Problem,
    code=text,
    message=text,
    location=maybe(st.builds(Location, text, whole, whole, maybe(text), whole)),
    owner=maybe(text),
    detail=several(text),
    fix=maybe(text),
)
features = st.builds(
    FeatureRecord,
    name=text,
    dtype=text,
    missing=maybe(finite),
    distinct=maybe(whole),
    minimum=maybe(real),
    median=maybe(real),
    maximum=maybe(real),
    quantiles=several(finite),
    earliest=text,
    latest=text,
    histogram=several(whole),
    top=several(st.tuples(text, whole)),
)
nodes = st.builds(
    NodeRecord,
    name=text,
    role=st.sampled_from(["source", "step", "gate", "blueprint", "sink"]),
    component=text,
    distribution=text,
    version=text,
    columns_read=maybe(several(text)),
)
passes = st.builds(PassRecord, label=text, nodes=several(text), seconds=finite, rows=maybe(whole))
records = st.builds(
    RunRecord,
    run_id=st.uuids(version=4).map(str),
    name=text,
    state=st.sampled_from(RunState),
    started_at=aware,
    seconds=finite,
    as_of=maybe(aware),
    as_of_origin=st.sampled_from(["config", "run start", ""]),
    seed=whole,
    config=st.dictionaries(text, plain_json, max_size=3),
    config_path=maybe(text),
    ledger=maybe(st.builds(Ledger, whole, whole, several(entries))),
    verdict=maybe(verdicts),
    output_verdict=maybe(verdicts),
    features=several(features),
    left_out=st.dictionaries(text, several(text), max_size=2),
    warnings=several(st.builds(WarningRecord, code=text, message=text, node=maybe(text))),
    nodes=several(nodes),
    passes=several(passes),
    outputs=several(st.builds(OutputRecord, path=text, rows=whole, bytes=maybe(whole))),
    problems=several(problems),
    peak_bytes=maybe(whole),
    versions=texts,
    inputs=texts,
    source_columns=maybe(st.tuples(whole, whole)),
)


def schema() -> dict[str, Any]:
    """Read the schema as it is shipped."""
    shipped = files("eventflow.runs").joinpath("run.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(shipped))


@given(record=records)
@settings(max_examples=60, deadline=None)
def test_a_record_survives_json(record: RunRecord) -> None:
    """Any record, written as JSON and read again, equals itself, and fits the shipped schema."""
    document = record_to_json(record)
    assert record_from_json(document) == record
    jsonschema.Draft202012Validator(schema()).validate(json.loads(document))


@pytest.mark.parametrize("kind", KINDS)
def test_samples_survive_json_and_fit_the_schema(
    samples: Mapping[str, RunRecord], kind: str
) -> None:
    """Real documents fit the shipped schema and come back equal."""
    record = samples[kind]
    document = json.loads(record_to_json(record))
    jsonschema.Draft202012Validator(schema()).validate(document)
    assert record_from_dict(document) == record


def test_the_shipped_schema_is_the_generated_one() -> None:
    """Changing a record class asks for ``python -m eventflow.runs.json_schema``."""
    path = Path(str(files("eventflow.runs").joinpath("run.schema.json")))
    assert path.read_text(encoding="utf-8") == schema_text()


def test_the_schema_refuses_what_is_not_a_run(samples: Mapping[str, RunRecord]) -> None:
    """A missing field, another version and a wrong type are found."""
    good = record_to_dict(samples["success"])
    validator = jsonschema.Draft202012Validator(schema())
    without = {k: v for k, v in good.items() if k != "ledger"}
    for wrong in (without, {**good, "schema": "eventflow.run/2"}, {**good, "seconds": "1"}):
        assert not validator.is_valid(wrong)


def test_the_document_says_what_is_derived(samples: Mapping[str, RunRecord]) -> None:
    """Readers in other languages find the sums and verdicts ready."""
    document = record_to_dict(samples["success"])
    assert document["schema"] == "eventflow.run/1"
    assert document["short_id"] == "7b2c793c"
    assert document["ledger"]["accounted"] == 1_061_429
    assert document["ledger"]["unexplained"] == 0
    assert document["verdict"]["passed"] is True
    assert document["verdict"]["checks"][0]["ok"] is True
    assert document["started_at"] == "2026-11-21T09:12:04.123456Z"


def test_infinities_are_text(samples: Mapping[str, RunRecord]) -> None:
    """JSON has no infinities; strict readers still read the document."""
    feature = FeatureRecord(name="a", dtype="f64", minimum=float("-inf"), maximum=float("inf"))
    record = evolve(samples["success"], features=(feature,), config={"limit": float("inf")})
    text_ = record_to_json(record)
    assert "NaN" not in text_
    assert json.loads(text_)["features"][0]["maximum"] == "Infinity"
    assert record_from_json(text_).features == (feature,)


def test_a_python_configuration_becomes_text(samples: Mapping[str, RunRecord]) -> None:
    """Paths and classes in a configuration made in Python do not stop the record."""
    config: dict[Any, Any] = {
        "path": Path("out") / "x",
        1: object,
        "at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    document = record_to_dict(evolve(samples["success"], config=config))
    assert json.loads(json.dumps(document)) == document
    assert document["config"]["at"] == "2026-01-01T00:00:00Z"


def test_undecodable_file_names_survive(samples: Mapping[str, RunRecord]) -> None:
    """A file name that is not UTF-8 (a lone surrogate in Python) is carried in ASCII."""
    record = evolve(samples["success"], config_path="caf\udce9.yaml")
    assert record_to_json(record).isascii()
    assert record_from_json(record_to_json(record)) == record


@pytest.mark.parametrize(
    "text_",
    ["", "{", "[]", "null", '{"schema": "eventflow.run/9"}', '{"schema": "eventflow.run/1"}',
     '{"schema": "eventflow.run/1", "features": [1]}'],
)  # fmt: skip
def test_what_is_not_a_record_is_a_coded_error(text_: str) -> None:
    """Damaged and foreign documents give EF522, not a traceback."""
    with pytest.raises(RecordFormatError) as caught:
        record_from_json(text_)
    assert caught.value.problems[0].code == "EF522"
