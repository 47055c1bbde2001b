"""Columns that do not fit the schema or the blueprint: what is wrong, where, and how to mend it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eventflow.blueprint import Mistyped
from eventflow.errors import Problem, nearest
from eventflow.runs.dtypes import dtype_advice, source_advice
from eventflow.runs.errors import IncompatibleDataError
from eventflow.schema import ROLES, dtype_name, role_families

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from eventflow.blueprint import Compatibility
    from eventflow.config import Bound, BoundConfig
    from eventflow.schema import EventSchema
    from eventflow.types import Source


def advised(
    problem: Problem, source: Source, schema: EventSchema, columns: Mapping[str, pl.DataType]
) -> Problem:
    """Say how the source could read a column whose dtype does not fit its role."""
    role = next((r for r in ROLES if problem.key == f"schema.{r}"), None)
    if problem.code != "EF302" or role is None:
        return problem
    field = Mistyped(getattr(schema, role), role_families(role))
    return replace(problem, **source_advice(source, columns, field))


def at_schema(problems: Sequence[Problem], bound: BoundConfig) -> list[Problem]:
    """Point at the schema's own lines, or at the source where the source declares the column."""
    source = bound.source.use.location
    placed = bound.config.placed(problems)
    return [replace(p, location=p.location or source) for p in placed]


def unknown_fields(blueprint: Bound) -> list[Problem]:
    """Say which names under the blueprint's `columns` are no fields of it."""
    fields = [field.name for field in blueprint.component.fields]
    given = getattr(blueprint.component.config, "columns", None)
    names = [name for name in given if name not in fields] if isinstance(given, dict) else []
    told = []
    for name in names:
        near = nearest(name, fields)
        told.append(
            Problem(
                code=IncompatibleDataError.code,
                message=f'blueprint "{blueprint.use.name}" has no field "{name}"',
                location=blueprint.use.place(f"columns.{name}"),
                owner=blueprint.owner,
                detail=(f"fields: {', '.join(fields)}",),
                fix=f'did you mean "{near}"?' if near else f"remove {name} from columns",
            )
        )
    return told


def incompatible(
    bound: BoundConfig, found: Compatibility, columns: Mapping[str, Any]
) -> list[Problem]:
    """Say which fields of the blueprint no column serves, or none that fits."""
    blueprint, source = bound.blueprint, bound.source
    assert blueprint is not None  # noqa: S101 - it said what is wrong
    names = ", ".join(f"{n}: {dtype_name(t)}" for n, t in list(columns.items())[:8])
    problems = [
        Problem(
            code=IncompatibleDataError.code,
            message=f'blueprint "{blueprint.use.name}" needs the field "{field}", '
            "which no column serves",
            location=blueprint.use.place(f"columns.{field}"),
            owner=blueprint.owner,
            detail=(f"columns that arrive: {names}",),
            fix=f'under blueprint write  columns: {{{field}: "{near}"}}'
            if near
            else f"under blueprint write  columns: {{{field}: NAME_OF_YOUR_COLUMN}}",
        )
        for field, near in found.missing.items()
    ]
    problems.extend(
        Problem(
            code=IncompatibleDataError.code,
            message=f'blueprint "{blueprint.use.name}" cannot use the field "{field}": {why}',
            location=blueprint.use.place(f"columns.{field}"),
            owner=blueprint.owner,
            **dtype_advice(source.component, columns, found.mistyped.get(field)),
        )
        for field, why in found.wrong.items()
    )
    return problems
