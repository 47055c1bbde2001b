"""Context that becomes an index once in every execution, which batches of events are asked against.

The plan holds both sides: the index is a row of a frame that is made from the context, and every
batch of events carries its number. So the context is read when the plan is executed, before the
first event, and events stream. Where a plan is executed in several places at once, those that read
the same context share the index: its number is made of the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import polars as pl
from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NUMBER = "__eventflow_lookup"
"""Hidden column: the number of the index."""

_FOUND = "__eventflow_found_there"
_KEPT = 4  # contents of the context that one plan may meet at a time; they live as long as it


class Index(Protocol):
    """What batches of events are asked against."""

    def ask(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Return columns for a batch of events, in its order."""


@define(eq=False)
class _Lookup:
    build: Callable[[pl.DataFrame], Index]
    adds: pl.Struct
    made: dict[int, Index] = field(factory=dict)

    def make(self, context: pl.DataFrame) -> pl.DataFrame:
        """Build the index, unless there is one of these rows, in any order; return its number."""
        number = int(context.hash_rows().sum())
        if number not in self.made:
            self.made[number] = self.build(context)
            for old in list(self.made)[:-_KEPT]:
                self.made.pop(old, None)
        return pl.DataFrame({NUMBER: [number]}, schema={NUMBER: pl.UInt64})

    def ask(self, asked: pl.Series) -> pl.Series:
        """Return what the index says of each event."""
        if not len(asked):
            return pl.Series(asked.name, [], self.adds)
        batch = asked.struct.unnest()
        found = self.made[batch.item(0, NUMBER)].ask(batch)
        return found.to_struct(asked.name)


def looked_up(
    events: pl.LazyFrame,
    context: pl.LazyFrame,
    build: Callable[[pl.DataFrame], Index],
    *,
    adds: Mapping[str, pl.DataType],
    asks: Mapping[str, pl.Expr],
) -> pl.LazyFrame:
    """Add to events what an index of the context says of them.

    Args:
        events: The events.
        context: The context.
        build: Makes the index of all rows of the context, an empty frame included. What it raises
            is raised as it is; what the index raises, Polars raises anew, from its text.
        adds: Column → dtype of what the index returns, in this order.
        asks: Hidden column → expression over events: what the index looks at.

    Returns:
        The events, each once, and the columns that are added.
    """
    lookup = _Lookup(build, pl.Struct(dict(adds)))
    number = context.map_batches(
        lookup.make,
        schema={NUMBER: pl.UInt64},
        predicate_pushdown=False,
        projection_pushdown=False,
        slice_pushdown=False,
    )
    asked = pl.struct(pl.col(NUMBER), *(asked.alias(name) for name, asked in asks.items()))
    found = asked.map_batches(lookup.ask, return_dtype=lookup.adds, is_elementwise=True)
    # Index first: Polars 2.1 streams the right side of a cross join, and gathers the left.
    return (
        number.join(events, how="cross", maintain_order="right")
        .with_columns(found.alias(_FOUND))
        .unnest(_FOUND)
        .drop(NUMBER)
    )
