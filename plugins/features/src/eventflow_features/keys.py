"""What rows are folded into: an entity or a place, and bins of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.schema import Dimension, EventSchema
    from eventflow_features.entity import EntityAggregation


def places_or_entity(schema: EventSchema) -> tuple[str, ...]:
    """Return whom or what rows speak of: places (cells, zones) stand in the entity's stead.

    Whoever made cells asks about the cells.
    """
    places = tuple(d.column for d in schema.dimensions if not d.is_time)
    return places or ((schema.entity,) if schema.entity else ())


def bins_of(schema: EventSchema) -> tuple[Dimension, ...]:
    """Return the bins of time."""
    return tuple(d for d in schema.dimensions if d.is_time)


def default_key(schema: EventSchema) -> tuple[str, ...]:
    """Return what identifies a row of features where nobody says so.

    Bins of time part whatever there is.
    """
    return (*places_or_entity(schema), *(d.column for d in bins_of(schema)))


def ends(schema: EventSchema, by: Sequence[str]) -> tuple[str, ...]:
    """Return when the bins end that are among the keys."""
    return tuple(
        d.end for d in schema.dimensions if d.end is not None and {d.column, d.end} & set(by)
    )


def keyed(schema: EventSchema, made: EntityAggregation) -> EventSchema:
    """Return the schema of one row per key: what happened in a bin is known at its end.

    With several bins that is the end of the first of them: what lies in all of them lies in it.
    """
    kept = schema.kept(frozenset((*made.by, *made.until)))
    return kept.model_copy(update={"timestamp": made.until[0]}) if made.until else kept
