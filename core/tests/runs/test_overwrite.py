"""A sink that would write where the run reads is refused before anything runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from eventflow.api import run
from eventflow.frame import EventFrame
from eventflow.runs.orchestrate import RunFailedError
from run_components import File, Rows4, host_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.plugins import PluginHost

ROWS = {"n": [1, 2]}


class Scan(Rows4):
    """Reads every Parquet file of a folder, and an address."""

    def scan(self) -> EventFrame:
        return EventFrame(pl.scan_parquet([p for p in self.paths_read() if isinstance(p, Path)]))

    def paths_read(self) -> Sequence[Path | str]:
        return [*sorted(Path("in").glob("*.parquet")), "s3://bucket/x"]


class To(File):
    """Says where it writes."""

    place: Path | str = ""

    def paths_written(self) -> Sequence[Path | str]:
        return [self.place]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with a source over ``in/*.parquet`` and a sink to any place."""
    made = host_in(tmp_path, monkeypatch)
    made.register(Scan, name="scan")
    made.register(To, name="to")
    Path("in").mkdir()
    pl.DataFrame(ROWS).write_parquet("in/a.parquet")
    pl.DataFrame(ROWS).write_parquet("in/b.parquet")
    return made


def write_to(place: Path | str, host: PluginHost, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run from the folder to a place."""
    monkeypatch.setattr(To, "place", place)
    return run({"name": "x", "source": {"use": "scan"}, "sink": {"use": "to"}}, host=host)


@pytest.mark.parametrize(
    "place",
    ["in/b.parquet", "soft.parquet", "hard.parquet", "by/b.parquet", "in/../in/a.parquet",
     "in", ".", "s3://bucket/x"],
)  # fmt: skip
def test_every_name_of_what_is_read_is_refused(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """The file itself, links, hard links, a linked folder, a folder above, and an address."""
    Path("soft.parquet").symlink_to("in/a.parquet")
    os.link("in/a.parquet", "hard.parquet")
    Path("by").symlink_to("in", target_is_directory=True)

    with pytest.raises(RunFailedError) as caught:
        write_to(place if "://" in place else Path(place), host, monkeypatch)

    [problem] = caught.value.problems
    assert problem.code == "EF507"
    assert problem.fix == "give the sink a path of its own"
    assert caught.value.record.passes == ()
    assert pl.read_parquet("in/a.parquet").to_dict(as_series=False) == ROWS


@pytest.mark.parametrize("place", ["in/c.parquet", "other", "circle", "s3://bucket/y"])
def test_places_beside_what_is_read_are_accepted(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A new file, even in the same folder, takes nothing away; nor do links in a circle."""
    Path("circle").symlink_to("circle")

    result = write_to(place if "://" in place else Path(place), host, monkeypatch)

    assert result.ledger.result == 4
