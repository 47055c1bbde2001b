"""Components, a host and a pipeline for tests of whole runs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
from attrs import frozen

from eventflow.base import BaseBlueprint, BaseSink, BaseSource, BaseStep, BaseTracker, BaseTransport
from eventflow.blueprint import EXACT, Binding, FeatureSpec, FieldSpec
from eventflow.frame import EventFrame, Rejection
from eventflow.plugins import PluginHost
from eventflow.quality import Verdict
from eventflow.runs.errors import TransientError
from eventflow.schema import EventSchema

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from eventflow.types import Event, Rows

ROWS = {
    "who": ["a", "b", "c", None],
    "at": [datetime(2020, 1, n) for n in (1, 2, 3, 4)],  # noqa: DTZ001 - naive on purpose
    "n": [1.0, 2, 3, 4],
}


class Rows4(BaseSource):
    """Four rows."""

    name = "rows4"

    def scan(self) -> EventFrame:
        return EventFrame(pl.LazyFrame(ROWS), EventSchema(entity="who", timestamp="at"))

    def fingerprint(self) -> str:
        return "four"


class Flaky(Rows4):
    """Fails twice, then delivers."""

    name = "flaky"
    left = 2

    def scan(self) -> EventFrame:
        if Flaky.left:
            Flaky.left -= 1
            raise TransientError.of("busy")  # noqa: EM101 - what a service says
        return super().scan()


class File(BaseSink):
    """Writes aside, then renames."""

    name = "file"
    path = Path("result.parquet")
    aside = Path("result.tmp")

    def write(self, frame: EventFrame) -> pl.LazyFrame:
        sink = frame.lazy.sink_parquet(self.aside, lazy=True)
        assert sink is not None
        return sink

    def commit(self) -> Sequence[Path]:
        self.aside.rename(self.path)
        return [self.path]

    def abort(self) -> None:
        self.aside.unlink(missing_ok=True)


class BadCommit(File):
    """Cannot publish."""

    name = "bad_commit"

    def commit(self) -> Sequence[Path]:
        raise PermissionError("read-only")  # noqa: EM101 - what an operating system says


class NeedWho(BaseStep):
    """Drops rows without `who`."""

    name = "need_who"
    rows: ClassVar[Rows] = "accounted"

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.reject(Rejection("nobody", pl.col("who").is_null()))


class Closed(BaseStep):
    """A gate that is always closed."""

    name = "closed"
    rows: ClassVar[Rows] = "kept"

    def measure(self, frame: EventFrame) -> pl.LazyFrame:
        return frame.lazy.select(pl.len())

    def judge(self, metrics: pl.DataFrame) -> Verdict:
        return Verdict(score=10.0, minimum=80.0, reasons=("score 10, minimum 80",))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame


@frozen
class Top:
    """State of `Share`."""

    value: float


class Share(BaseStep):
    """Divides by the largest value learned."""

    rows: ClassVar[Rows] = "kept"

    def learn(self, frame: EventFrame) -> pl.LazyFrame:
        return frame.lazy.select(pl.col("n").max())

    def fit(self, statistics: pl.DataFrame) -> Top:
        return Top(statistics.item())

    def apply(self, frame: EventFrame, state: Top) -> EventFrame:
        return frame.pipe(lambda lf: lf.select("who", share=pl.col("n") / state.value))


class Shares(BaseBlueprint):
    """Share of the largest value."""

    name = "shares"
    version = "1"
    fields = (
        FieldSpec(name="who", families=("string",), description="whom", role="entity"),
        FieldSpec(name="extra", families=("numeric",), description="more", required=False),
    )
    features = (
        FeatureSpec(name="share", unit="1", formula="n / max", parity=EXACT, nulls="", source="-"),
        FeatureSpec(
            name="more", unit="1", formula="-", parity=EXACT, nulls="", source="-", needs=("extra",)
        ),
    )

    def steps(self, binding: Binding) -> Sequence[Share]:
        return [Share()]


class Deaf(BaseTransport):
    """Raises at everything."""

    name = "deaf"

    def publish(self, event: Event) -> None:
        raise ConnectionError

    def close(self) -> None:
        raise ConnectionError


class Clumsy(BaseTracker):
    """Raises at everything."""

    name = "clumsy"

    def params(self, params: Any) -> None:
        raise OSError


PIPELINE: dict[str, Any] = {
    "name": "test",
    "source": {"use": "rows4"},
    "steps": [{"use": "need_who"}],
    "blueprint": {"use": "shares", "as_of": "2020-02-01"},
    "sink": {"use": "file"},
}


def host_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """Return a host with the components of this file, working in an empty folder."""
    monkeypatch.chdir(folder)
    host = PluginHost()
    for component in (
        Rows4, Flaky, File, BadCommit, NeedWho, Closed, Shares, Deaf, Clumsy,
    ):  # fmt: skip
        host.register(component)
    return host
