"""Sources that break one law each."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import uuid4

import polars as pl
from polars.io.plugins import register_io_source

from contract_offenders import offender
from eventflow.base import BaseSource, ComponentConfig
from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow.schema import EventSchema
from eventflow.testing import sample_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from polars._typing import SchemaDict


class NoSuchTableError(EventflowError):
    """The file is not there."""

    code = "EF999"

    @classmethod
    def at(cls, path: Path) -> Self:
        return cls.of(f"there is no {path}")


class GoodSource(BaseSource):
    """A source that keeps every law: one Parquet file."""

    class Config(ComponentConfig):
        """Options.

        Attributes:
            path: The file.
        """

        path: Path

    schema: ClassVar[EventSchema] = EventSchema(timestamp="time", entity="entity")

    def scan(self) -> EventFrame:
        if not self.config.path.exists():
            raise NoSuchTableError.at(self.config.path)
        return EventFrame(self.lazy(), self.schema)

    def lazy(self) -> pl.LazyFrame:
        return pl.scan_parquet(self.config.path)

    def estimated_bytes(self) -> int | None:
        return int(self.config.path.stat().st_size) * 3

    def fingerprint(self) -> str | None:
        return hashlib.sha256(self.config.path.read_bytes()).hexdigest()

    def batches(self) -> Iterator[EventFrame]:
        for start in (0, 20, 40):
            yield EventFrame(pl.scan_parquet(self.config.path).slice(start, 20), self.schema)


class EagerSource(GoodSource):
    """A source that reads at once."""

    def lazy(self) -> pl.LazyFrame:
        return pl.read_parquet(self.config.path).lazy()


class WrongRoleSource(GoodSource):
    """A source whose schema names a column that is not there."""

    schema: ClassVar[EventSchema] = EventSchema(timestamp="when")


class ReaderSource(GoodSource):
    """A source with a reader of its own, which honours what it is asked."""

    filters = True

    def lazy(self) -> pl.LazyFrame:
        return register_io_source(self.read, schema=self.planned(), is_pure=True)

    def planned(self) -> SchemaDict:
        return dict(pl.read_parquet_schema(self.config.path))

    def read(
        self, names: list[str] | None, predicate: pl.Expr | None, most: int | None, size: int | None
    ) -> Iterator[pl.DataFrame]:
        lazy = pl.scan_parquet(self.config.path)
        lazy = lazy if most is None else lazy.head(most)
        lazy = lazy if predicate is None or not self.filters else lazy.filter(predicate)
        yield (lazy if names is None else lazy.select(names)).collect()


class OtherDtypeSource(GoodSource):
    """A source that plans one dtype and delivers another."""

    def lazy(self) -> pl.LazyFrame:
        return super().lazy().map_batches(_narrowed, validate_output_schema=False)

    def batches(self) -> Iterator[EventFrame]:
        yield self.scan()


class ForgettingSource(GoodSource):
    """A source that gives fewer rows when it is asked again."""

    scans = 0

    def scan(self) -> EventFrame:
        self.scans += 1
        return super().scan().pipe(lambda lazy: lazy if self.scans == 1 else lazy.head(50))


class EngineSource(ReaderSource):
    """A source that keeps a row to itself when nobody asks for batches."""

    def read(
        self, names: list[str] | None, predicate: pl.Expr | None, most: int | None, size: int | None
    ) -> Iterator[pl.DataFrame]:
        for rows in super().read(names, predicate, most, size):
            yield rows.head(59) if size is None else rows


class BlindSource(ReaderSource):
    """A source whose reader ignores filters."""

    filters = False


class WideSource(GoodSource):
    """A source that reads every column, whatever is asked for."""

    def lazy(self) -> pl.LazyFrame:
        return super().lazy().map_batches(lambda rows: rows)


class NaNSource(GoodSource):
    """A source that gives NaN for what is missing."""

    def lazy(self) -> pl.LazyFrame:
        return super().lazy().with_columns(pl.col("amount").fill_null(float("nan")))

    def batches(self) -> Iterator[EventFrame]:
        yield self.scan()


class VagueSource(GoodSource):
    """A source that estimates its size in words."""

    def estimated_bytes(self) -> Any:
        return "about a megabyte"


class DriftingSource(GoodSource):
    """A source with another fingerprint every time."""

    def fingerprint(self) -> str:
        return str(uuid4())


class NamedSource(GoodSource):
    """A source whose fingerprint is the name of its file."""

    def fingerprint(self) -> str:
        return str(self.config.path)


class RawErrorSource(GoodSource):
    """A source that lets the system's error through."""

    def scan(self) -> EventFrame:
        with self.config.path.open("rb"):
            return EventFrame(self.lazy(), self.schema)


class LosingSource(GoodSource):
    """A source that keeps its last batch to itself."""

    def batches(self) -> Iterator[EventFrame]:
        yield from list(super().batches())[:-1]


def _narrowed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.cast({name: pl.Int32 for name in rows.columns if name == "quantity"})


def _file(folder: Path) -> dict[str, Any]:
    path = folder / "events.parquet"
    if not path.exists():
        sample_events().collect().write_parquet(path, row_group_size=20)
    return {"path": path}


def _changed(folder: Path) -> None:
    sample_events(50).collect().write_parquet(folder / "events.parquet")


SAID: dict[str, Any] = {
    "config": _file, "changed": _changed, "missing": {"path": Path("is-not-there.parquet")}
}  # fmt: skip
GOOD = [offender(GoodSource, **SAID), offender(ReaderSource, **SAID)]
BAD = [
    ("source-lazy", offender(EagerSource, **SAID)),
    ("source-schema", offender(WrongRoleSource, **SAID)),
    ("source-dtypes", offender(OtherDtypeSource, "source-columns-read", **SAID)),
    ("source-repeatable", offender(ForgettingSource, **SAID)),
    ("source-engines", offender(EngineSource, **SAID)),
    ("source-pushdown", offender(BlindSource, **SAID)),
    ("source-columns-read", offender(WideSource, **SAID)),
    ("source-no-nan", offender(NaNSource, **SAID)),
    ("source-estimate", offender(VagueSource, **SAID)),
    ("source-fingerprint-stable", offender(DriftingSource, **SAID)),
    ("source-fingerprint", offender(NamedSource, **SAID)),
    ("source-missing", offender(RawErrorSource, **SAID)),
    ("source-batches", offender(LosingSource, **SAID)),
]
