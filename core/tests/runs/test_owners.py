"""Whose error it is that a query raises, whichever node asked for the query."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import pytest
from polars.io.plugins import register_io_source

from eventflow.api import run
from eventflow.base import BaseStep, ComponentConfig
from eventflow.config.uses import Uses
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


class Holds(BaseStep):
    """Reads another component, which it holds, as rows are read."""

    class Config(ComponentConfig):
        """Options."""

        inner: Annotated[Any, Uses("source")]

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        ours = frame.lazy.select(pl.col("n").cast(pl.Int64))
        return frame.with_lazy(pl.concat([ours, self.config.inner.scan().lazy]))


def test_what_a_component_raises_that_another_holds_is_at_its_option(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line of the option within the step, though both source and step could have raised."""
    for component, module in ((Holds, "acme_holds"), (Reads, "acme_reads")):
        monkeypatch.setattr(component, "__module__", module)
    monkeypatch.setattr(BadRowsError, "__module__", "acme_reads.errors")
    host.register(Holds, name="holds")
    text = "name: x\nsource: {use: rows4}\nsteps:\n- use: holds\n  inner:\n    use: reads\n"
    problem = failing(text, host)

    assert problem.key == "inner"
    assert problem.location is not None
    assert problem.location.line in {5, 6}
