"""What an event frame's columns mean: dtypes, roles, constraints and metadata.

Schemas describe and are checked; they are never trusted as proof that data is valid.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator
from pydantic.json_schema import WithJsonSchema

from eventflow.errors import EventflowError, Problem, nearest
from eventflow.zones import TimeZone  # noqa: TC001 - pydantic reads it at run time

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

Role = Literal["timestamp", "entity", "event_type", "value", "latitude", "longitude"]
ROLES: tuple[Role, ...] = ("timestamp", "entity", "event_type", "value", "latitude", "longitude")

_SIMPLE: dict[str, pl.DataType] = {
    "str": pl.String(), "string": pl.String(), "bool": pl.Boolean(), "boolean": pl.Boolean(),
    "i8": pl.Int8(), "i16": pl.Int16(), "i32": pl.Int32(), "i64": pl.Int64(), "int": pl.Int64(),
    "u8": pl.UInt8(), "u16": pl.UInt16(), "u32": pl.UInt32(), "u64": pl.UInt64(),
    "f32": pl.Float32(), "f64": pl.Float64(), "float": pl.Float64(),
    "date": pl.Date(), "time": pl.Time(), "datetime": pl.Datetime("us"), "duration": pl.Duration(),
    "categorical": pl.Categorical(), "binary": pl.Binary(),
}  # fmt: skip
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_DATETIME = re.compile(r"datetime\[(ms|us|ns)(?:,\s*([\w/+-]+))?\]")


def parse_dtype(text: str) -> pl.DataType:
    """Turn a dtype's short name into a Polars dtype.

    Args:
        text: ``str``, ``i64``, ``f64``, ``bool``, ``date``, ``datetime``, ``datetime[us, UTC]``,
            ``decimal(12,2)`` and the like.

    Raises:
        ValueError: The name is unknown; the message names the nearest.
    """
    if found := _SIMPLE.get(text):
        return found
    if match := _DECIMAL.fullmatch(text):
        return pl.Decimal(int(match[1]), int(match[2]))
    if match := _DATETIME.fullmatch(text):
        return pl.Datetime(match[1], match[2])  # type: ignore[arg-type] # the pattern admits units only
    near = nearest(text, _SIMPLE)
    hint = f', did you mean "{near}"?' if near else f"; known: {', '.join(sorted(_SIMPLE))}"
    msg = f'unknown dtype "{text}"{hint}'
    raise ValueError(msg)


def dtype_name(dtype: pl.DataType) -> str:
    """Return the short name of a dtype; the inverse of `parse_dtype` where it has one."""
    for name, known in _SIMPLE.items():
        if known == dtype:
            return name
    if isinstance(dtype, pl.Datetime):
        zone = f", {dtype.time_zone}" if dtype.time_zone else ""
        return f"datetime[{dtype.time_unit}{zone}]"
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision},{dtype.scale})"
    return str(dtype).lower()


def _to_dtype(value: Any) -> Any:
    if isinstance(value, str):
        return parse_dtype(value)
    if isinstance(value, type) and issubclass(value, pl.DataType):
        return value()
    if value is None or isinstance(value, pl.DataType):
        return value
    msg = "a dtype is a name, such as str, i64 or datetime"
    raise ValueError(msg)


DType = Annotated[
    Any,
    BeforeValidator(_to_dtype),
    PlainSerializer(lambda d: None if d is None else dtype_name(d)),
    WithJsonSchema({"type": "string", "examples": ["str", "i64", "f64", "datetime", "date"]}),
]

_NUMERIC = "numeric"
_ROLE_DTYPES: dict[str, tuple[str, ...]] = {
    "timestamp": ("temporal",),
    "entity": ("string", "integer", "categorical"),
    "event_type": ("string", "categorical", "integer"),
    "value": (_NUMERIC,),
    "latitude": (_NUMERIC,),
    "longitude": (_NUMERIC,),
}
_TYPICAL: dict[str, pl.DataType] = {
    "string": pl.String(), "categorical": pl.String(), _NUMERIC: pl.Float64(),
    "integer": pl.Int64(), "temporal": pl.Datetime("us"), "boolean": pl.Boolean(),
}  # fmt: skip


def typical_dtype(families: Collection[str]) -> pl.DataType:
    """Return the dtype in which values of any of these families are read where nothing else tells.

    Text, if it will do, takes every value as it is.
    """
    return next((dtype for family, dtype in _TYPICAL.items() if family in families), pl.String())


def role_families(role: Role) -> tuple[str, ...]:
    """Return the dtype families a role's column may have."""
    return _ROLE_DTYPES[role]


def dtype_families(dtype: pl.DataType) -> frozenset[str]:
    """Families a dtype belongs to: ``string``, ``integer``, ``numeric``, ``temporal`` and so on."""
    families = set()
    if dtype == pl.String:
        families.add("string")
    if dtype.is_integer():
        families.add("integer")
    if dtype.is_numeric():
        families.add(_NUMERIC)
    if dtype in (pl.Date, pl.Datetime):
        families.add("temporal")
    if dtype == pl.Boolean:
        families.add("boolean")
    if dtype in (pl.Categorical, pl.Enum):
        families.add("categorical")
    return frozenset(families)


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True
    )


class ColumnSchema(_Model):
    """One column: dtype, and the constraints that validation reads.

    Attributes:
        dtype: Expected dtype; None accepts any.
        nullable: Whether nulls are allowed.
        unique: Whether values must be distinct.
        minimum: Smallest allowed value, inclusive.
        maximum: Largest allowed value, inclusive.
        pattern: Regular expression (Rust regex) that text must match.
        allowed: The only values allowed.
        unit: Unit of measure, for people.
        description: What the column is, for people.
        critical: Whether quality gates look at it even if nothing else is asked of it.
        sensitive: Whether its values are masked where failing ones would be shown.
    """

    dtype: DType | None = None
    nullable: bool = True
    unique: bool = False
    minimum: Any | None = None
    maximum: Any | None = None
    pattern: str | None = None
    allowed: tuple[Any, ...] | None = None
    unit: str | None = None
    description: str | None = None
    critical: bool = False
    sensitive: bool = False


class Dimension(_Model):
    """A column whose values part events: a cell, a zone, a bin of time.

    Attributes:
        column: The column.
        end: For a bin of time, the column of the first instant after it; none for a place.
        every: For bins of time, the distance from the start of one to the next: ``6h``, ``1d``.
        offset: How much later bins begin than midnight, Monday or the first of the month.
    """

    column: str
    end: str | None = None
    every: str | None = None
    offset: str | None = None

    @property
    def is_time(self) -> bool:
        """Whether it parts time, rather than space or kinds."""
        return self.end is not None or self.every is not None


class EventSchema(_Model):
    """Schema of events: roles name columns, columns carry constraints.

    Attributes:
        timestamp: Column that says when the event happened.
        entity: Column that says whom or what it concerns.
        event_type: Column that says what kind of event it is.
        value: Column that carries its main number.
        latitude: Column of latitude in degrees.
        longitude: Column of longitude in degrees.
        timezone: IANA zone of timestamps without an offset; a frame keeps it in its metadata.
        crs: Coordinate system of latitude and longitude, for example ``EPSG:4326``; kept likewise.
        dimensions: What parts the events: cells, zones and bins of time, as steps declare them.
        columns: Column name → its schema.
    """

    timestamp: str | None = None
    entity: str | None = None
    event_type: str | None = None
    value: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    timezone: TimeZone | None = None
    crs: str | None = Field(default=None, min_length=1)
    dimensions: tuple[Dimension, ...] = ()
    columns: dict[str, ColumnSchema] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_column_one_role(self) -> Self:
        named = [c for _, c in self.roles()]
        if twice := {c for c in named if named.count(c) > 1}:
            msg = f"one column cannot have two roles: {', '.join(sorted(twice))}"
            raise ValueError(msg)
        return self

    def roles(self) -> Iterator[tuple[Role, str]]:
        """Yield each role that is set, with its column."""
        for role in ROLES:
            column = getattr(self, role)
            if column is not None:
                yield role, column

    def role_of(self, column: str) -> Role | None:
        """Return the role of a column, if it has one."""
        return next((role for role, name in self.roles() if name == column), None)

    def named(self) -> frozenset[str]:
        """Return every column it speaks of."""
        parts = {c for d in self.dimensions for c in (d.column, d.end) if c is not None}
        return frozenset(parts | {c for _, c in self.roles()} | set(self.columns))

    def merge(self, other: EventSchema) -> EventSchema:
        """Return this schema with what `other` sets taken from `other`."""
        stated = {name: getattr(other, name) for name in other.model_fields_set - {"columns"}}
        columns = {**self.columns, **other.columns}
        return type(self)(**{**dict(self), **stated, "columns": columns})

    def renamed(self, names: Mapping[str, str]) -> EventSchema:
        """Return this schema after columns were renamed."""
        roles = {role: names.get(column, column) for role, column in self.roles()}
        columns = {names.get(c, c): spec for c, spec in self.columns.items()}
        dimensions = tuple(
            d.model_copy(
                update={
                    "column": names.get(d.column, d.column),
                    "end": None if d.end is None else names.get(d.end, d.end),
                }
            )
            for d in self.dimensions
        )
        return EventSchema(**roles, dimensions=dimensions, columns=columns)

    def kept(self, columns: frozenset[str]) -> EventSchema:
        """Return this schema without what speaks of columns that are gone."""
        roles = {role: column for role, column in self.roles() if column in columns}
        dimensions = tuple(
            d if d.end in columns else d.model_copy(update={"end": None})
            for d in self.dimensions
            if d.column in columns
        )
        described = {c: s for c, s in self.columns.items() if c in columns}
        return EventSchema(**roles, dimensions=dimensions, columns=described)

    def with_dimension(
        self,
        column: str,
        *,
        end: str | None = None,
        every: str | None = None,
        offset: str | None = None,
    ) -> Self:
        """Return this schema with a column more that parts events; see `Dimension`."""
        others = (d for d in self.dimensions if d.column != column)
        made = Dimension(column=column, end=end, every=every, offset=offset)
        return self.model_copy(update={"dimensions": (*others, made)})

    def with_columns(self, columns: Mapping[str, ColumnSchema]) -> Self:
        """Return this schema with other schemas of columns."""
        return self.model_copy(update={"columns": dict(columns)})

    def check(self, found: Mapping[str, pl.DataType], *, owner: str | None = None) -> None:
        """Check roles and dtypes against a frame's columns. Reads no data.

        Raises:
            SchemaError: With one problem for each column that is missing or of the wrong dtype.
        """
        problems = [*self._role_problems(found, owner), *self._dtype_problems(found, owner)]
        if problems:
            raise SchemaError(*problems)

    def _role_problems(
        self, found: Mapping[str, pl.DataType], owner: str | None
    ) -> Iterator[Problem]:
        for role, column in self.roles():
            if column not in found:
                missing = missing_column(f"schema.{role}", column, found, owner)
                yield replace(missing, message=f"{missing.message} to be the {role}")
            elif not dtype_families(found[column]) & set(_ROLE_DTYPES[role]):
                yield Problem(
                    code="EF302",
                    message=f'column "{column}" is {dtype_name(found[column])}, '
                    f"but the role {role} needs {' or '.join(_ROLE_DTYPES[role])}",
                    key=f"schema.{role}",
                    owner=owner,
                    fix=f"parse or cast the column first, or name another column for {role}",
                )

    def _dtype_problems(
        self, found: Mapping[str, pl.DataType], owner: str | None
    ) -> Iterator[Problem]:
        for i, dimension in enumerate(self.dimensions):
            if dimension.column not in found:
                key = f"schema.dimensions.{i}.column"
                yield missing_column(key, dimension.column, found, owner)
        for column, spec in self.columns.items():
            key = f"schema.columns.{column}"
            if column not in found:
                yield missing_column(key, column, found, owner)
            elif spec.dtype is not None and found[column] != spec.dtype:
                yield Problem(
                    code="EF303",
                    message=f'column "{column}" is {dtype_name(found[column])}, '
                    f"the schema says {dtype_name(spec.dtype)}",
                    key=f"{key}.dtype",
                    owner=owner,
                    fix=f"write dtype: {dtype_name(found[column])}, or cast the column first",
                )


def missing_column(
    key: str, column: str, found: Mapping[str, pl.DataType], owner: str | None = None
) -> Problem:
    """Return the problem of a column that is not there, with the nearest that is."""
    near = nearest(column, found)
    names = ", ".join(list(found)[:12]) + (", …" if len(found) > 12 else "")  # noqa: PLR2004 - a line's worth
    return Problem(
        code="EF301",
        message=f'there is no column "{column}"',
        key=key,
        owner=owner,
        detail=(f"columns: {names}",),
        fix=f'did you mean "{near}"?' if near else "name a column that exists",
        replacement=near,
    )


class EventMetadata(_Model):
    """What holds for a whole frame.

    Attributes:
        dataset: Name of the data set.
        timezone: IANA name of the zone in which naive timestamps are read; None means UTC.
        crs: Coordinate reference system of latitude and longitude, for example ``EPSG:4326``.
        licence: Licence of the data.
        source: Where the data comes from.
        undetermined: Columns without a value in the sample that dtypes are told from: they are text
            unless something needs another dtype; see `eventflow.types.InfersDtypes`.
        imprecise: Columns whose values have more digits than their dtype keeps → what keeps them.
    """

    dataset: str | None = None
    timezone: str | None = None
    crs: str | None = None
    licence: str | None = None
    source: str | None = None
    undetermined: tuple[str, ...] = ()
    imprecise: dict[str, str] = Field(default_factory=dict)


class SchemaError(EventflowError):
    """The data's columns do not fit the schema; found before any data is read."""

    code = "EF301"
