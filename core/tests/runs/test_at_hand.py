"""A pipeline applied to rows in memory, as models and transformers do it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from eventflow.api import run
from eventflow.runs.at_hand import execute_on
from eventflow.runs.errors import GateClosedError, StateMismatchError
from eventflow.runs.state import find_state
from run_components import ROWS, Closed, Share, host_in

if TYPE_CHECKING:
    from eventflow.plugins import PluginHost
    from eventflow.runs.execute import Execution

LEARNS = {"name": "shares", "steps": [{"use": "share"}]}
NEW = pl.DataFrame({"who": ["d", "e"], "n": [8.0, 2]})
HALVED = [("d", 2.0), ("e", 0.5)]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with a step that learns, in an empty working directory."""
    host = host_in(tmp_path, monkeypatch)
    host.register(Share)
    host.register(Closed)
    return host


def rows_of(execution: Execution) -> list[tuple[Any, ...]]:
    """Return what came out."""
    return execution.frame.settled().lazy.collect().rows()


def test_steps_learn_from_the_rows_where_nothing_is_given(host: PluginHost) -> None:
    """The largest of these rows is what they are divided by."""
    done = execute_on(LEARNS, NEW, host=host)
    assert rows_of(done) == [("d", 1.0), ("e", 0.25)]
    assert [state.value for state in done.states.values()] == [8.0]


def test_what_was_learned_is_used_from_memory_or_from_a_run(host: PluginHost) -> None:
    """New rows are divided by the largest of those that were learned from, either way."""
    learned = execute_on(LEARNS, pl.DataFrame(ROWS), host=host).states
    run({**LEARNS, "source": {"use": "rows4"}}, host=host)
    saved = find_state("latest", Path(".eventflow"))
    assert rows_of(execute_on(LEARNS, NEW, host=host, states=learned)) == HALVED
    assert rows_of(execute_on(LEARNS, NEW, host=host, state=saved)) == HALVED


def test_a_step_that_learns_is_not_left_without_a_state(host: PluginHost) -> None:
    """No states at all say that nothing was learned: a step must not learn from new rows."""
    with pytest.raises(StateMismatchError, match="share"):
        execute_on(LEARNS, NEW, host=host, states={})


def test_a_gate_closes_here_too_and_source_and_sink_do_not_count(
    host: PluginHost, tmp_path: Path
) -> None:
    """Nothing is published, whatever the configuration says."""
    whole = {**LEARNS, "source": {"use": "rows4"}, "sink": {"use": "file"}}
    assert rows_of(execute_on(whole, NEW, host=host)) == [("d", 1.0), ("e", 0.25)]
    assert not list(tmp_path.glob("result*"))
    with pytest.raises(GateClosedError):
        execute_on({"steps": [{"use": "closed"}]}, NEW, host=host)
