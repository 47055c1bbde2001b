"""What the steps over cells check before any data is read, and whose units they pass on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow_features.aggregates.base import adds
from eventflow_features.errors import NameTakenError, ValueTypeError, require_columns

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    import polars as pl

    from eventflow.schema import EventSchema


def require_numbers(
    names: Sequence[str], found: Mapping[str, pl.DataType], *, op: str, key: str
) -> None:
    """Check that columns exist and hold numbers.

    Raises:
        SchemaError: A column does not exist (EF301).
        ValueTypeError: It holds no numbers (EF321).
    """
    require_columns(names, found, key=key)
    for name in names:
        if not adds(found[name]):
            raise ValueTypeError.of_aggregate(op, name, found[name], key=key)


def require_free(names: Sequence[str], found: Container[str], *, key: str) -> None:
    """Check that new columns replace neither others nor one another.

    Raises:
        NameTakenError: They would (EF322).
    """
    if taken := [name for name in names if name in found or names.count(name) > 1]:
        raise NameTakenError.twice(taken, key=key)


def unit_of(column: str, schema: EventSchema) -> str:
    """Return the unit of a column; one without a unit is its own."""
    known = schema.columns.get(column)
    return column if known is None or known.unit is None else known.unit
