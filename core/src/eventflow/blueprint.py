"""What a blueprint declares: the fields it needs, the features it makes, and how they are bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import field, frozen

from eventflow.moments import UTC_ZONE, moment
from eventflow.schema import ColumnSchema, EventSchema, dtype_families, dtype_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import polars as pl

    from eventflow.schema import Role

Family = Literal["string", "integer", "numeric", "temporal", "boolean", "categorical"]


@frozen
class Parity:
    """How nearly two ways of computing a feature agree.

    Attributes:
        kind: ``exact``, ``close`` (relative tolerance) or ``approx`` (stated error of a sketch).
        tolerance: Relative tolerance of ``close``, error of ``approx``; 0 for ``exact``.
    """

    kind: Literal["exact", "close", "approx"]
    tolerance: float = 0.0

    def __str__(self) -> str:
        """Render as ``close(1e-09)``."""
        return self.kind if self.kind == "exact" else f"{self.kind}({self.tolerance:g})"


EXACT = Parity("exact")


def close(rtol: float = 1e-9) -> Parity:
    """Parity of floats: equal to a relative tolerance."""
    return Parity("close", rtol)


@frozen(kw_only=True)
class FieldSpec:
    """A field a blueprint reads.

    Attributes:
        name: The blueprint's name for it; a column of the same name is taken without asking.
        families: dtype families it may have; see `eventflow.schema.dtype_families`.
        description: What it is.
        role: Schema role that also provides it, if any.
        required: Whether the blueprint cannot work without it.
    """

    name: str
    families: tuple[Family, ...]
    description: str
    role: Role | None = None
    required: bool = True


@frozen(kw_only=True)
class FeatureSpec:
    """A feature a blueprint makes: its entry in the feature dictionary.

    Attributes:
        name: Column name.
        unit: Unit of measure; ``1`` for a pure number.
        formula: Definition in words or symbols.
        parity: How exactly it is reproduced elsewhere.
        nulls: When it is null, and what happens at the edges.
        source: Where the definition comes from.
        needs: Optional fields without which it is left out.
    """

    name: str
    unit: str
    formula: str
    parity: Parity
    nulls: str
    source: str
    needs: tuple[str, ...] = ()


@frozen(kw_only=True)
class Binding:
    """A blueprint tied to data and to a moment.

    Attributes:
        columns: Field name → column that serves it.
        as_of: The moment the features speak of, with its time zone; only earlier events count.
        schema: Schema of the arriving events.
        seed: Seed for anything random.
        zone: IANA zone of timestamps without an offset.
    """

    columns: Mapping[str, str]
    as_of: datetime
    schema: EventSchema
    seed: int = 0
    zone: str = UTC_ZONE

    def has(self, *fields: str) -> bool:
        """Whether all these fields are bound."""
        return all(name in self.columns for name in fields)

    def moment(self, dtype: pl.DataType) -> pl.Expr:
        """Return `as_of` as a literal that compares with the `instant` of a column of this dtype.

        See `eventflow.moments` for zones and dates.
        """
        return moment(self.as_of, dtype, self.zone)


@frozen
class Mistyped:
    """A column that was found for a field, but has a dtype the field cannot use.

    Attributes:
        column: The column.
        families: dtype families the field may have.
    """

    column: str
    families: tuple[str, ...]


@frozen(kw_only=True)
class Compatibility:
    """Whether data can serve a blueprint.

    Attributes:
        columns: Field → column, for each field that was found.
        missing: Required fields that were not found, each with the nearest column or None.
        wrong: Fields whose column has the wrong dtype, each with a sentence.
        mistyped: The fields in `wrong` that another dtype of the same column would serve.
        left_out: Feature → optional fields it lacks.
        key: Fields that identify a row of this data; quality gates ask that they are unique.
    """

    columns: dict[str, str]
    missing: dict[str, str | None] = field(factory=dict)
    wrong: dict[str, str] = field(factory=dict)
    mistyped: dict[str, Mistyped] = field(factory=dict)
    left_out: dict[str, tuple[str, ...]] = field(factory=dict)
    key: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the blueprint can run."""
        return not self.missing and not self.wrong


def bind_fields(
    fields: tuple[FieldSpec, ...],
    features: tuple[FeatureSpec, ...],
    schema: EventSchema,
    found: Mapping[str, pl.DataType],
    given: Mapping[str, str],
) -> Compatibility:
    """Find a column for each field: as given, else of the same name, else by role."""
    from eventflow.errors import nearest  # noqa: PLC0415 - difflib only when something is missing

    columns: dict[str, str] = {}
    missing: dict[str, str | None] = {}
    wrong: dict[str, str] = {}
    mistyped: dict[str, Mistyped] = {}
    for spec in fields:
        column = given.get(spec.name) or (spec.name if spec.name in found else None)
        if column is None and spec.role is not None:
            column = getattr(schema, spec.role)
        if column is None or column not in found:
            if spec.required or spec.name in given:
                missing[spec.name] = nearest(column or spec.name, found)
        elif not dtype_families(found[column]) & set(spec.families):
            wrong[spec.name] = (
                f'column "{column}" is {dtype_name(found[column])}, '
                f"needs {' or '.join(spec.families)}"
            )
            mistyped[spec.name] = Mistyped(column, spec.families)
        else:
            columns[spec.name] = column
    left_out = {
        f.name: lacking
        for f in features
        if (lacking := tuple(n for n in f.needs if n not in columns))
    }
    return Compatibility(
        columns=columns, missing=missing, wrong=wrong, mistyped=mistyped, left_out=left_out
    )


def implied_schema(
    schema: EventSchema, fields: tuple[FieldSpec, ...], found: Compatibility
) -> EventSchema:
    """Return the schema with what binding a blueprint implies, so that quality gates look at it.

    Bound fields give their role to their column where nobody else has it, required fields make
    their column critical, and a single key field makes its column unique.
    """
    bound = {f.name: (f, found.columns[f.name]) for f in fields if f.name in found.columns}
    taken: dict[str, str] = dict(schema.roles())
    roles: dict[str, str] = {}
    columns = dict(schema.columns)
    for spec, column in bound.values():
        if spec.role and spec.role not in taken and column not in taken.values():
            roles[spec.role] = column
        if spec.required:
            columns[column] = _with(columns.get(column), critical=True)
    if len(found.key) == 1 and found.key[0] in bound:
        column = bound[found.key[0]][1]
        columns[column] = _with(columns.get(column), unique=True)
    return EventSchema(**{**taken, **roles}, columns=columns)


def _with(spec: ColumnSchema | None, **stated: bool) -> ColumnSchema:
    return (spec or ColumnSchema()).model_copy(update=stated)
