"""Dtypes that a source could not tell, or told otherwise than is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from eventflow.schema import dtype_name, role_families, typical_dtype
from eventflow.types import InfersDtypes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow.blueprint import Mistyped
    from eventflow.config import BoundConfig
    from eventflow.schema import EventSchema
    from eventflow.types import Source


def wanted_dtypes(
    bound: BoundConfig,
    schema: EventSchema,
    columns: Mapping[str, pl.DataType],
    undetermined: Sequence[str],
) -> dict[str, pl.DataType]:
    """Return what the schema and the blueprint need of columns whose dtype nothing told.

    Args:
        bound: The pipeline.
        schema: What the source and the configuration say of the columns.
        columns: The source's columns.
        undetermined: Those without a value in the sample.
    """
    if not undetermined or not isinstance(bound.source.component, InfersDtypes):
        return {}
    wanted: dict[str, pl.DataType] = {
        column: typical_dtype(role_families(role)) for role, column in schema.roles()
    }
    if bound.blueprint is not None:
        asked = {**columns, **dict.fromkeys(undetermined, pl.Null())}
        found = bound.blueprint.component.compatibility(schema, asked)
        wanted |= {m.column: typical_dtype(m.families) for m in found.mistyped.values()}
    wanted |= {c: spec.dtype for c, spec in schema.columns.items() if spec.dtype is not None}
    return {column: wanted[column] for column in undetermined if column in wanted}


def without_values(undetermined: Sequence[str], columns: Mapping[str, pl.DataType]) -> str:
    """Name columns without a value in the sample, and the dtypes they are read as."""
    read = [f"{name} (read as {dtype_name(columns[name])})" for name in undetermined[:_SHOWN]]
    more = len(undetermined) - _SHOWN
    return ", ".join(read) + (f" and {more:,} more" if more > 0 else "")


def dtype_advice(
    source: Source, columns: Mapping[str, pl.DataType], field: Mistyped | None
) -> dict[str, Any]:
    """Return `fix` and `detail` of a problem with a field whose column has the wrong dtype."""
    if field is None:
        return {"fix": "name another column, or change the option"}
    told = source_advice(source, columns, field)
    if not told:
        return {"fix": f"{_cast(columns, field)},  or name another column"}
    if "schema: " in told["fix"]:  # what has a form of its own, a cast does not read unasked
        told["fix"] += f",  or {_cast(columns, field)}"
    return told


def source_advice(
    source: Source, columns: Mapping[str, pl.DataType], field: Mistyped
) -> dict[str, Any]:
    """Return `fix` and `detail` where the source's options would give the right dtype; or nothing.

    Args:
        source: Where the column may come from.
        columns: The columns where the problem was found.
        field: The column, and what it should be.
    """
    dtype = columns.get(field.column)
    if dtype is None or not (dtype == pl.String or _counts(dtype, field)):
        return {}
    if not isinstance(source, InfersDtypes):
        return {}
    advice = source.reading(field.column, field.families)
    if advice is None:
        return {}
    detail = (f"the first value that does not fit: {advice.unfit}",) if advice.unfit else ()
    return {"fix": f"under source write  {advice.options}", "detail": detail}


def _cast(columns: Mapping[str, pl.DataType], field: Mistyped) -> str:
    """Return the step that casts; a number that counts time says what, seconds as an example."""
    key = _key(field.column)
    form, dtype = "", _likely(field)
    if _counts(columns[field.column], field):
        form, dtype = f", formats: {{{key}: s}}", "datetime"
    told = f"add the step  {{use: cast, columns: {{{key}: {dtype}}}{form}}}"
    return f"{told}  (s, or what it counts: d, ms, us, ns)" if form else told


def _counts(dtype: pl.DataType, field: Mistyped) -> bool:
    """Whether numbers stand where times are needed."""
    return dtype.is_numeric() and "temporal" in field.families


def _likely(field: Mistyped) -> str:
    """Return the dtype a cast should make; a truth value where that will do, for text like yes."""
    if "boolean" in field.families:
        return "bool"
    dtype = typical_dtype(field.families)
    is_day = dtype == pl.Datetime("us") and "date" in field.column.lower()
    return "date" if is_day else dtype_name(dtype)


def _key(column: str) -> str:
    return column if column.isidentifier() else f'"{column}"'


_SHOWN = 8
