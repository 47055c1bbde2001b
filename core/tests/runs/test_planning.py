"""What planning a pipeline finds before any data is read, and whom it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from eventflow.api import check
from eventflow.runs.errors import SourceFailedError
from eventflow.schema import SchemaError
from run_components import PIPELINE, Closed, Rows4, host_in

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.frame import EventFrame
    from eventflow.plugins import PluginHost


class Picky(Closed):
    """A gate that wants a column there is not."""

    name = "picky"

    def measure(self, frame: EventFrame) -> pl.LazyFrame:
        if "gone" not in frame.columns():
            raise SchemaError.of('no column "gone"')  # noqa: EM101, TRY003 - what a gate says
        return super().measure(frame)


class Careless(Closed):
    """A gate that lets Polars find out."""

    name = "careless"

    def measure(self, frame: EventFrame) -> pl.LazyFrame:
        measured = frame.lazy.select(pl.col("gone").sum())
        measured.collect_schema()
        return measured


class Broken(Rows4):
    """A source with a defect."""

    name = "broken"

    def scan(self) -> EventFrame:
        raise LookupError("no such table")  # noqa: EM101, TRY003 - what a driver says


class Lost(Rows4):
    """A source whose file is damaged: its columns cannot be told."""

    name = "lost"

    def scan(self) -> EventFrame:
        return super().scan().pipe(lambda lf: lf.select("gone"))


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with the components of these tests, in an empty working directory."""
    host = host_in(tmp_path, monkeypatch)
    for component in (Picky, Careless, Broken, Lost):
        host.register(component)
    return host


@pytest.mark.parametrize(("gate", "code"), [("picky", "EF301"), ("careless", "EF501")])
def test_the_gate_is_planned_too(host: PluginHost, gate: str, code: str) -> None:
    """What a gate finds wrong with the columns is found by `check`, and is the gate's."""
    with pytest.raises(Exception, match="gone") as caught:
        check({**PIPELINE, "quality": {"use": gate}}, host=host)

    [problem] = getattr(caught.value, "problems", [])
    assert (problem.code, problem.owner) == (code, "runtime")


@pytest.mark.parametrize("source", ["broken", "lost"])
def test_a_source_that_cannot_be_opened_is_named(host: PluginHost, source: str) -> None:
    """Whatever a source raises when it is opened becomes the source's coded failure."""
    with pytest.raises(SourceFailedError) as caught:
        check({**PIPELINE, "source": {"use": source}}, host=host)

    [problem] = caught.value.problems
    assert (problem.code, str(problem.owner).split()) == ("EF506", ["runtime"])
