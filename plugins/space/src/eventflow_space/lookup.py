"""Context that becomes an index once in every execution, which batches of events are asked against.

The plan holds both sides: the index is a row of a frame that is made from the context, and every
batch of events carries its number. So the context is read when the plan is executed, once, before
the first event, and events stream.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl
from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NUMBER = "__eventflow_lookup"
"""Hidden column: the number of the index."""

_KEPT = 4  # executions of one plan at a time; an index lives as long as the plan


class Index(Protocol):
    """What batches of events are asked against."""

    def ask(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Return columns for a batch of events, in its order."""


@define(eq=False)
class _Lookup:
    build: Callable[[pl.DataFrame], Index]
    gone: tuple[str, ...]
    adds: Mapping[str, pl.DataType]
    made: dict[int, Index] = field(factory=dict)
    numbers: Iterator[int] = field(factory=count)

    def make(self, context: pl.DataFrame) -> pl.DataFrame:
        """Build the index; return its number."""
        number = next(self.numbers)
        self.made[number] = self.build(context)
        self.made.pop(number - _KEPT, None)
        return pl.DataFrame({NUMBER: [number]}, schema={NUMBER: pl.UInt64})

    def ask(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Add what the index says of each event."""
        if not batch.height:
            return batch.drop(NUMBER, *self.gone).with_columns(
                pl.lit(None, dtype).alias(name) for name, dtype in self.adds.items()
            )
        index = self.made[batch.item(0, NUMBER)]
        found = index.ask(batch)
        return batch.drop(NUMBER, *self.gone).hstack(found)


def looked_up(
    events: pl.LazyFrame,
    context: pl.LazyFrame,
    build: Callable[[pl.DataFrame], Index],
    *,
    adds: Mapping[str, pl.DataType],
    asks: Mapping[str, Any],
) -> pl.LazyFrame:
    """Add to events what an index of the context says of them.

    Args:
        events: The events.
        context: The context.
        build: Makes the index of all rows of the context, an empty frame included.
        adds: Column → dtype of what the index returns.
        asks: Hidden column → expression over events: what the index looks at.

    Returns:
        The events, each once, and the columns that are added.
    """
    lookup = _Lookup(build, tuple(asks), adds)
    apart: Any = {"predicate_pushdown": False, "projection_pushdown": False,
                  "slice_pushdown": False}  # fmt: skip
    number = context.map_batches(lookup.make, schema={NUMBER: pl.UInt64}, **apart)
    # Index first: Polars 2.1 streams the right side of a cross join, and gathers the left.
    asked = number.join(events.with_columns(**asks), how="cross")
    schema = {**events.collect_schema(), **adds}
    return asked.map_batches(lookup.ask, schema=schema, streamable=True, **apart)
