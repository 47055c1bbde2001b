"""Saved states."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve, frozen

from eventflow.base import BaseStep
from eventflow.ids import uuid7
from eventflow.runs.errors import StateMismatchError
from eventflow.runs.plan import StepNode, hand_made
from eventflow.runs.state import find_state, load_states, save_states
from eventflow.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.frame import EventFrame
    from eventflow.runs.record import RunRecord


@frozen
class Edges:
    """State with every plain shape that steps keep."""

    edges: tuple[float, ...]
    names: dict[str, int]
    nothing: float | None = None


class Keeps(BaseStep):
    """A step of this module."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame


STATE = Edges((0.1, 0.2, 1e300), {"a": 1})


def nodes() -> tuple[StepNode, ...]:
    """Return one node."""
    return hand_made([Keeps()])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A state file."""
    path = tmp_path / "state.json"
    save_states(path, {"steps.0": STATE}, nodes())
    return path


def test_state_comes_back_equal(saved: Path) -> None:
    """What was saved is loaded equal, floats to the last bit."""
    assert load_states(saved, nodes()) == {"steps.0": STATE}


def test_nodes_without_saved_state_learn(saved: Path) -> None:
    """A node the file does not know is left to learn."""
    [node] = nodes()

    assert load_states(saved, [evolve(node, name="steps.7")]) == {}


def test_other_component_at_the_place_is_refused(saved: Path) -> None:
    """A state never reaches a component that did not fit it."""
    [node] = nodes()

    with pytest.raises(StateMismatchError, match='belongs to "Keeps"'):
        load_states(saved, [evolve(node, component="Other")])


def test_changed_fields_are_refused(saved: Path) -> None:
    """A state whose fields do not fit any more says who wrote it."""
    document = json.loads(saved.read_text())
    document["states"]["steps.0"]["state"] = {"edges": "no"}
    saved.write_text(json.dumps(document))

    with pytest.raises(StateMismatchError, match="does not fit"):
        load_states(saved, nodes())


@pytest.mark.parametrize("path", ["os:system", "subprocess:Popen", "pathlib:Path", "nowhere:X"])
def test_classes_from_elsewhere_are_refused(saved: Path, path: str) -> None:
    """A state file cannot name a class outside the step's own package."""
    document = json.loads(saved.read_text())
    document["states"]["steps.0"]["class"] = path
    saved.write_text(json.dumps(document))

    with pytest.raises(StateMismatchError, match="no state class"):
        load_states(saved, nodes())


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": "other/1", "states": {}}', "\x00"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    """A file that is no saved state is refused with its name."""
    path = tmp_path / "x.json"
    path.write_text(text)

    with pytest.raises(StateMismatchError, match="is no saved state"):
        load_states(path, nodes())


def test_state_is_found_by_file_folder_or_run(
    tmp_path: Path, samples: Mapping[str, RunRecord]
) -> None:
    """A path, a run's folder, and whatever names a run lead to the state file."""
    record = samples["success"]
    folder = RunStore(tmp_path).begin(record)
    (folder / "state.json").write_text("{}")
    asked = (folder / "state.json", folder, record.short_id, record.run_id, "latest")

    assert {find_state(str(a), tmp_path) for a in asked} == {folder / "state.json"}
    assert find_state("nothing", tmp_path) == Path("nothing")


def test_the_latest_state_is_that_of_the_latest_run_that_has_one(
    tmp_path: Path, samples: Mapping[str, RunRecord]
) -> None:
    """A run that came after it and failed, without a state, does not hide it."""
    record = samples["success"]
    store = RunStore(tmp_path)
    folder = store.begin(record)
    later = evolve(record, run_id=str(uuid7()), started_at=record.started_at + timedelta(days=1))
    newest = store.begin(later)
    assert find_state("latest", tmp_path) == newest / "state.json", "none has one"
    (folder / "state.json").write_text("{}")
    assert find_state("latest", tmp_path) == folder / "state.json"
