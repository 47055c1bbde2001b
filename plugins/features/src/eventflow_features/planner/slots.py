"""Slots: the groups of a query, numbered, and which of them a tile belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow_features.planner.keys import digit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventflow_features.groups import Group
    from eventflow_features.planner.keys import Codes

SLOT = "__slot"


@frozen
class Grouping:
    """Groups by the same columns, of which a row belongs to one at most.

    Attributes:
        columns: Category columns; none for the one group that holds every row.
        groups: The groups; None is the group of every row.
    """

    columns: tuple[str, ...]
    groups: tuple[Group | None, ...]

    def slot(self, codes: Codes, numbers: Mapping[Group | None, int]) -> pl.Expr:
        """Return the number of the group that a tile belongs to; null for none.

        Args:
            codes: Codes of the category columns, which the tile holds.
            numbers: Group → its number; a group without one is none.
        """
        if not self.columns:
            return pl.lit(numbers[None], pl.UInt32)
        code: pl.Expr = pl.lit(0, pl.Int64)
        for column in self.columns:
            code = code * codes.size(column) + pl.col(digit(column)).cast(pl.Int64)
        known: dict[int, int | None] = {}
        rest: int | None = None
        for group in self.groups:
            if group is not None and group.is_rest:
                rest = numbers.get(group)
                for values in group.others:
                    known.setdefault(codes.joined(group.columns, values), None)
            elif group is not None:
                known[codes.joined(group.columns, group.values)] = numbers.get(group)
        return code.replace_strict(known, default=pl.lit(rest, pl.UInt32), return_dtype=pl.UInt32)


def groupings(groups: Iterable[Group | None]) -> list[Grouping]:
    """Gather groups that exclude each other; a rest stands alone where it overlaps with others."""
    listed: dict[tuple[str, ...], list[Group]] = {}
    rests: dict[Group, None] = {}
    total = False
    for group in dict.fromkeys(groups):
        if group is None:
            total = True
        elif group.is_rest:
            rests[group] = None
        else:
            listed.setdefault(group.columns, []).append(group)
    alone: list[Grouping] = [Grouping((), (None,))] if total else []
    completed: set[tuple[str, ...]] = set()
    for rest in rests:
        beside = listed.get(rest.columns, [])
        if rest.columns not in completed and {g.values for g in beside} <= set(rest.others):
            listed.setdefault(rest.columns, []).append(rest)
            completed.add(rest.columns)
        else:
            alone.append(Grouping(rest.columns, (rest,)))
    return [*(Grouping(columns, tuple(found)) for columns, found in listed.items()), *alone]
