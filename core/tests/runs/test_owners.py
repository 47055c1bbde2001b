"""Whose error it is that a query raises, whichever node asked for the query."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from polars.io.plugins import register_io_source

from eventflow.api import run
from eventflow.errors import EventflowError, Problem
from eventflow.frame import EventFrame
from eventflow.runs.orchestrate import RunFailedError
from run_components import Closed, File, Rows4, host_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.plugins import PluginHost


class BadRowsError(EventflowError):
    """Raised while rows are read or written."""

    code = "EF600"


class Reads(Rows4):
    """Delivers rows, then raises."""

    def scan(self) -> EventFrame:
        def rows(*_: Any) -> Iterator[pl.DataFrame]:
            yield pl.DataFrame({"n": [1]})
            raise BadRowsError.of("too many bad rows")  # noqa: EM101, TRY003 - invented

        return EventFrame(register_io_source(rows, schema={"n": pl.Int64}))


class Writes(File):
    """Raises while it writes."""

    def write(self, frame: EventFrame) -> pl.LazyFrame:
        def refuse(_: pl.DataFrame) -> bool:
            raise BadRowsError.of("the service refused a batch")  # noqa: EM101, TRY003 - invented

        sink = frame.lazy.sink_batches(refuse, lazy=True)
        assert sink is not None
        return sink


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with a source and a sink that raise, in an empty working directory."""
    made = host_in(tmp_path, monkeypatch)
    for name, component in (("reads", Reads), ("writes", Writes), ("closed", Closed)):
        made.register(component, name=name)
    return made


def failing(text: str, host: PluginHost) -> Problem:
    """Run a pipeline that fails; return why."""
    Path("p.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RunFailedError) as caught:
        run("p.yaml", host=host)
    return caught.value.problems[0]


@pytest.mark.parametrize("rest", ["quality: {use: closed}", "sink: {use: file}", "seed: 1"])
def test_what_a_source_raises_is_the_sources(host: PluginHost, rest: str) -> None:
    """A gate that measures, a sink that writes: the rows are still the source's."""
    problem = failing(f"name: x\nsource: {{use: reads}}\n{rest}\n", host)

    assert problem.message == "too many bad rows"
    assert problem.location is not None
    assert problem.location.line == 2
    assert problem.owner is not None


def test_what_a_sink_raises_is_the_sinks(host: PluginHost) -> None:
    """The place is the sink's, although its query reads the source too."""
    problem = failing("name: x\nsource: {use: rows4}\nsink: {use: writes}\n", host)

    assert problem.location is not None
    assert problem.location.line == 3
