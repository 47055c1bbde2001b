"""Sinks that break one law each."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it at run time
from typing import TYPE_CHECKING, Any

import polars as pl
import polars.selectors as cs

from contract_offenders import offender
from eventflow.base import BaseSink, ComponentConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.errors import EventflowError
    from eventflow.frame import EventFrame


class GoodSink(BaseSink):
    """A sink that keeps every law: a hidden file, renamed at the end."""

    class Config(ComponentConfig):
        """Options.

        Attributes:
            path: The file.
        """

        path: Path

    aside: Path | None = None
    hidden_name = ".result.part"

    def write(self, frame: EventFrame) -> pl.LazyFrame:
        self.aside = self.config.path.with_name(self.hidden_name)
        node = frame.lazy.sink_parquet(self.aside, lazy=True)
        assert node is not None
        return node

    def commit(self) -> Sequence[Path | str]:
        assert self.aside is not None
        self.aside.rename(self.config.path)
        self.aside = None
        return [self.config.path]

    def abort(self) -> None:
        if self.aside is not None:
            self.aside.unlink(missing_ok=True)
        self.aside = None


class EagerSink(GoodSink):
    """A sink that writes at once."""

    def write(self, frame: EventFrame) -> pl.LazyFrame:
        super().write(frame).collect()
        return pl.LazyFrame()


class ProbingSink(GoodSink):
    """A sink that tries whether it can write, and leaves the trial."""

    def check(self) -> None:
        self.config.path.with_name(".trial").touch()


class OpenSink(GoodSink):
    """A sink that writes where everyone can see it."""

    hidden_name = "result.part"


class LyingSink(GoodSink):
    """A sink that says it wrote elsewhere."""

    def commit(self) -> Sequence[Path | str]:
        super().commit()
        return [self.config.path.with_name("elsewhere.parquet")]


class OnceSink(GoodSink):
    """A sink that can be aborted once."""

    aborted = False

    def abort(self) -> None:
        assert not self.aborted, "it was aborted before"
        self.aborted = True
        super().abort()


class ZealousSink(GoodSink):
    """A sink that also removes what it has published."""

    published = False

    def commit(self) -> Sequence[Path | str]:
        self.published = True
        return super().commit()

    def abort(self) -> None:
        super().abort()
        if self.published:
            self.config.path.unlink()


class CuriousSink(GoodSink):
    """A sink that keeps what a failed write left, for someone to look at."""

    failed = False

    def explain(self, error: BaseException) -> EventflowError | None:
        self.failed = True
        return super().explain(error)

    def abort(self) -> None:
        if not self.failed:
            super().abort()


class TearingSink(GoodSink):
    """A sink that clears the way before it writes."""

    def write(self, frame: EventFrame) -> pl.LazyFrame:
        self.config.path.unlink(missing_ok=True)
        return super().write(frame)


class HungrySink(GoodSink):
    """A sink that publishes nothing when there is nothing."""

    def commit(self) -> Sequence[Path | str]:
        assert self.aside is not None
        if not pl.read_parquet(self.aside).height:
            self.abort()
            return []
        return super().commit()


class ZeroSink(GoodSink):
    """A sink that writes zero for what is missing."""

    def write(self, frame: EventFrame) -> pl.LazyFrame:
        return super().write(frame.pipe(lambda lazy: lazy.with_columns(cs.numeric().fill_null(0))))


class UnexplainedSink(GoodSink):
    """A sink that knows errors by their number only."""

    def explain(self, error: BaseException) -> EventflowError | None:
        if isinstance(error, KeyError):
            raise error
        return None


SAID: dict[str, Any] = {
    "config": lambda folder: {"path": folder / "result.parquet"},
    "read_back": lambda places: pl.read_parquet(places[0]),
}
GOOD = [offender(GoodSink, **SAID)]
BAD = [
    ("sink-lazy", offender(EagerSink, **SAID)),
    ("sink-check", offender(ProbingSink, **SAID)),
    ("sink-invisible", offender(OpenSink, "sink-replaces-whole", **SAID)),
    ("sink-commit", offender(LyingSink, "sink-read-back", **SAID)),
    ("sink-abort", offender(OnceSink, **SAID)),
    ("sink-abort-late", offender(ZealousSink, **SAID)),
    ("sink-failed-write", offender(CuriousSink, **SAID)),
    ("sink-replaces-whole", offender(TearingSink, **SAID)),
    ("sink-empty", offender(HungrySink, **SAID)),
    ("sink-read-back", offender(ZeroSink, **SAID)),
    ("sink-explain", offender(UnexplainedSink, **SAID)),
]
