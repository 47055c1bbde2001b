"""The source `table`: context from any file that this package reads."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from attrs import evolve
from pydantic import Field, ValidationError, model_validator

from eventflow.base import BaseContextSource, ComponentConfig
from eventflow.config import ONE_OR_MANY
from eventflow.context.schema import ContextSchema
from eventflow.errors import nearest
from eventflow.schema import dtype_families
from eventflow.zones import TimeZone  # noqa: TC001 - pydantic reads it at run time
from eventflow_files.csv import CsvSource
from eventflow_files.errors import UnknownColumnError
from eventflow_files.ipc import IpcSource
from eventflow_files.ndjson import NdjsonSource
from eventflow_files.options import Paths  # noqa: TC001 - pydantic reads it at run time
from eventflow_files.parquet import ParquetSource
from eventflow_files.paths import COMPRESSED, called, resolve
from eventflow_files.table_errors import FormatsError, RoleDtypeError
from eventflow_files.text_source import TextSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from eventflow.frame import EventFrame
    from eventflow_files.binary import BinarySource

Format = Literal["csv", "ndjson", "parquet", "ipc"]
READERS: dict[Format, type[TextSource | BinarySource]] = {
    "csv": CsvSource, "ndjson": NdjsonSource, "parquet": ParquetSource, "ipc": IpcSource
}  # fmt: skip
_BY_SUFFIX: dict[str, Format] = {s: name for name, r in READERS.items() for s in r.suffixes}
_OWN = ("path", "timezone")
_TIMES, _PLACES = ("timestamp", "until", "known_at"), ("latitude", "longitude")
_SINGLE = (*_TIMES, *_PLACES, "geometry")


class TableSource(BaseContextSource):
    """A table of context: demographics, prices, stations, in any file that this package reads.

    Shapes: the rows and columns of the files, as the source of their format reads them; the format
    is told by the endings of their names (``.csv .tsv .txt``, ``.ndjson .jsonl .json``,
    ``.parquet .pq``, ``.arrow .ipc .feather``; text also compressed). What the columns mean is said
    beside the path, so that joins need no options.

    A row of text that cannot be used fails the run, for an event would miss it silently; write
    ``options: {bad_rows: quarantine}`` to go on without such rows.

    Raises:
        FileError: Those of the format's source; EF633 where no format can be told, EF613 and EF634
            where a role names no column, or one whose dtype does not fit.
    """

    class Config(ComponentConfig):
        """Options.

        Attributes:
            path: A file, a glob, a directory, or a list of these.
            format: Format of the files; told by the endings of their names if not given.
            key: Columns that identify what a row speaks of.
            timestamp: Column that says when a row's facts hold, or begin to hold.
            until: Column that says when they cease to hold.
            known_at: Column that says when the row became known; a join does not use it earlier.
            latitude: Column of latitude in degrees.
            longitude: Column of longitude in degrees.
            geometry: Column of shapes, as well-known binary (WKB).
            crs: Coordinate system of the positions, for example ``EPSG:4326``.
            timezone: IANA zone of timestamps without an offset.
            options: Further options of the format's source, such as ``schema`` or ``separator``.
        """

        path: Paths = Field(examples=["data/districts.csv"])
        format: Format | None = None
        key: Annotated[tuple[str, ...], ONE_OR_MANY] = ()
        timestamp: str | None = None
        until: str | None = None
        known_at: str | None = None
        latitude: str | None = None
        longitude: str | None = None
        geometry: str | None = None
        crs: str | None = None
        timezone: TimeZone | None = None
        options: dict[str, Any] = Field(default_factory=dict)

        @model_validator(mode="after")
        def _fits(self) -> Self:
            roles = [role for role in (*_TIMES, *_PLACES) if getattr(self, role)]
            if len({getattr(self, role) for role in roles}) < len(roles):
                msg = f"one column cannot have two roles: {', '.join(roles)}"
                raise ValueError(msg)
            if (chosen := self.format or _format_of(self.path)) is not None:
                _check_options(self.options, chosen)
            return self

        def schema_of(self) -> ContextSchema:
            """Return the roles as the schema of context."""
            roles = {name: getattr(self, name) for name in (*_SINGLE, "crs", "timezone")}
            return ContextSchema(key=self.key, **roles)

    config: Config

    def scan(self) -> EventFrame:
        """Return the rows, lazily, with their roles."""
        frame = self.reader.scan()
        schema = self.config.schema_of()
        self._check(frame.columns())
        about = frame.metadata.model_copy(update={"dataset": called(self.config.path) or "table"})
        return evolve(frame, metadata=about).under(schema)

    @property
    def reader(self) -> TextSource | BinarySource:
        """The source of the files' format.

        Raises:
            FormatsError: EF633, no format can be told, or several.
        """
        config = self.config
        reader = READERS[config.format or _format_of(config.path) or self._found()]
        given = {"path": config.path, "timezone": config.timezone, **config.options}
        if issubclass(reader, TextSource):
            given = {"bad_rows": "fail", **given}
        return reader(**given)

    def estimated_bytes(self) -> int | None:
        """Return what the format's source estimates."""
        return self.reader.estimated_bytes()

    def fingerprint(self) -> str | None:
        """Return a hash over each file's path, size, time, beginning and end."""
        return self.reader.fingerprint()

    def paths_read(self) -> Sequence[Path | str]:
        """Return the files the path means now."""
        return self.reader.paths_read()

    def _found(self) -> Format:
        """Return the format of the files that are there."""
        files = resolve(self.config.path, tuple(_BY_SUFFIX), recursive=True)
        formats = {_format_of(str(file)) for file in files}
        if len(formats) > 1:
            raise FormatsError.several(self.config.path, sorted(str(f) for f in formats if f))
        if (only := formats.pop()) is None:
            raise FormatsError.unknown(files[0], tuple(_BY_SUFFIX))
        return only

    def _check(self, found: Mapping[str, pl.DataType]) -> None:
        """Check that roles name columns whose dtypes fit.

        Raises:
            UnknownColumnError: EF613, a role names no column.
            RoleDtypeError: EF634, a column's dtype does not fit its role.
        """
        named = [(role, name) for role in _SINGLE if (name := getattr(self.config, role))]
        for role, name in [*named, *(("key", name) for name in self.config.key)]:
            if name not in found:
                raise UnknownColumnError.named(role, name, list(found))
        needs = dict.fromkeys(_TIMES, "temporal") | dict.fromkeys(_PLACES, "numeric")
        unfit = {
            role: (name, found[name])
            for role, name in named
            if role in needs and needs[role] not in dtype_families(found[name])
        }
        if unfit:
            raise RoleDtypeError.of_roles(unfit, text=isinstance(self.reader, TextSource))


def _format_of(path: str | Sequence[str]) -> Format | None:
    """Return the format that the endings of names tell, before any file is looked at."""
    names = [path] if isinstance(path, str) else path
    formats = {_BY_SUFFIX.get(_ending(name)) for name in names}
    return formats.pop() if len(formats) == 1 else None


def _ending(name: str) -> str:
    name = name.lower()
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    return PurePath(name).suffix


def _check_options(options: Mapping[str, Any], chosen: Format) -> None:
    """Check the options of a format's source before any file is looked at.

    Raises:
        ValueError: One is unknown, or does not fit; or stands beside `path` already.
    """
    if own := [name for name in _OWN if name in options]:
        msg = f"options holds {own[0]}, which is written beside it"
        raise ValueError(msg)
    model = READERS[chosen].Config
    try:
        model(path="any", **options)
    except ValidationError as error:
        msg = "; ".join(_explained(problem, model, chosen) for problem in error.errors())
        raise ValueError(msg) from None


def _explained(problem: ErrorDetails, model: type[BaseModel], chosen: str) -> str:
    name = ".".join(map(str, problem["loc"]))
    if problem["type"] != "extra_forbidden":
        return f"options.{name}: {problem['msg']}"
    near = nearest(name, [field.alias or n for n, field in model.model_fields.items()])
    hint = f', did you mean "{near}"?' if near else f"; eventflow plugins show {chosen} lists them"
    return f'{chosen} has no option "{name}"{hint}'
