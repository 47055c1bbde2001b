"""Event JSON of every version that was ever written is read by today's classes.

A file in ``golden`` is never changed. A new version of an event gets a sample here and a file
beside the old ones, which then have to find their way through the upcasters.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from event_samples import HEAD, SAMPLES
from eventflow.events import BaseEvent, EventTypes
from eventflow.events.declared import own_types, version_of

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*.json"))


def golden_of(event: BaseEvent) -> Path:
    """Return the file that holds a sample as it is written."""
    return GOLDEN / f"{event.event_type}.v{event.schema_version}.json"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda e: e.event_type)
def test_what_was_written_is_read_as_the_event_it_was(sample: BaseEvent) -> None:
    """Every field has its value; no field was renamed or has changed its form."""
    text = golden_of(sample).read_text(encoding="utf-8")
    assert EventTypes.defined().decode(text) == sample
    assert json.loads(text).items() <= json.loads(sample.to_json()).items()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_version_ever_written_is_read_by_its_class_of_today(path: Path) -> None:
    """Old files too: they end as an event of the newest version."""
    event = EventTypes.defined().decode(path.read_bytes())
    newest = next(e for e in SAMPLES if e.event_type == event.event_type)
    assert type(event) is type(newest)
    assert event.schema_version == newest.schema_version
    assert event.event_id == HEAD["event_id"]


def test_every_type_of_ours_has_a_sample_and_a_file_of_each_version() -> None:
    """A class without would be free to change unnoticed."""
    ours = [c for c in EventTypes.defined() if c.__module__.startswith("eventflow.events")]
    assert {type(sample) for sample in SAMPLES} == set(ours)
    for sample in SAMPLES:
        versions = range(1, version_of(type(sample)) + 1)
        wanted = [f"{sample.event_type}.v{version}" for version in versions]
        assert {p.stem for p in FILES} >= set(wanted)
        assert own_types(type(sample))
