"""The tiled form: one pass folds rows into tiles, and windows are made of tiles.

1. One group-by over entity, groups and tile folds each family's partial once, whatever the number
   of windows and groups (over one packed integer, and the entity).
2. The tiles of each window are merged, for every grouping at once.
3. Partials are finished, and groups spread over columns.

Steps 2 and 3 see tiles, never rows. The idea is that of panes (Li et al., "No Pane, No Gain", 2005)
and of Chronon's and Feast's tiles.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import polars as pl
from attrs import field, frozen

from eventflow_features.aggregates.checked import overflows
from eventflow_features.planner.families import families, partials
from eventflow_features.planner.keys import Codes, Packing
from eventflow_features.planner.slots import SLOT, groupings
from eventflow_features.planner.tiling import TILE, Tiling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from eventflow.aggregate import Aggregate
    from eventflow_features.groups import Group
    from eventflow_features.planner.families import Family
    from eventflow_features.planner.slots import Grouping
    from eventflow_features.specs import AggregateSpec

_CELLS = 65_536
"""Groupings whose combined values and tiles are more than this are folded in passes of their own,
so that combinations nobody asked for do not make tiles as many as rows."""


@frozen(kw_only=True, eq=False)
class Tiled:
    """A query in the tiled form.

    Attributes:
        by: Columns that identify the entity.
        specs: What is computed; values of groups must be typed.
        time: Column of the event time.
        as_of: The moment.
        zone: IANA zone of times without an offset.
        found: Columns of the rows and their dtypes.
        families: What is computed once per tile.
        groupings: The groups that are asked for.
        numbers: Group → its number.
        tiling: How time is cut.
        base: Families' aggregates over all time, each with the dtype of its values.
    """

    by: tuple[str, ...]
    specs: Sequence[AggregateSpec]
    time: str | None
    as_of: datetime | None
    zone: str
    found: Mapping[str, pl.DataType]
    families: list[Family] = field(init=False)
    groupings: list[Grouping] = field(init=False)
    numbers: dict[Group | None, int] = field(init=False)
    tiling: Tiling = field(init=False)
    base: list[tuple[Aggregate, pl.DataType]] = field(init=False)

    @families.default
    def _families(self) -> list[Family]:
        return families(self.specs)

    @groupings.default
    def _groupings(self) -> list[Grouping]:
        return groupings(spec.group for spec in self.specs)

    @numbers.default
    def _numbers(self) -> dict[Group | None, int]:
        return {g: i for i, g in enumerate(dict.fromkeys(spec.group for spec in self.specs))}

    @tiling.default
    def _tiling(self) -> Tiling:
        dtype = None if self.time is None else self.found[self.time]
        windows = [spec.window for spec in self.specs]
        return Tiling.of(windows, self.as_of, dtype, self.zone)

    @base.default
    def _base(self) -> list[tuple[Aggregate, pl.DataType]]:
        return [f.base.bound(self.found, self.time, self.as_of, self.zone) for f in self.families]

    def run(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return one row per entity: the keys, then the answers; of rows that all count."""
        long = [self._merged(self._slotted(self._tiles(rows, p), p)) for p in self.passes()]
        answers = [
            family.in_window(window).unbound(self.time, checked=overflows(dtype)).finish()
            for family, (_, dtype) in zip(self.families, self.base, strict=True)
            for window in family.windows()
        ]
        together = long[0] if len(long) == 1 else pl.concat(long, how="vertical")
        return self._spread(together.select(*self._key(), *answers))

    def passes(self) -> list[list[Grouping]]:
        """Return which groupings share a pass over the rows."""
        sizes = Codes.of(self.groupings).sizes()
        together = prod(sizes.values()) * len(self.tiling) <= _CELLS
        return [self.groupings] if together else [[grouping] for grouping in self.groupings]

    def _tiles(self, rows: pl.LazyFrame, groupings: Sequence[Grouping]) -> pl.LazyFrame:
        """Fold rows into tiles: entity, a code for each category column, tile, partials."""
        codes = Codes.of(groupings)
        digits, sizes = codes.exprs(self.found), codes.sizes()
        if self.time is not None and len(self.tiling) > 1:
            digits[TILE] = self.tiling.index(self.time, self.found[self.time], self.zone)
            sizes[TILE] = len(self.tiling)
        folded, _ = partials(self.base)
        parts = [e.alias(name) for name, e in folded.items()]
        first = pl.lit(0, pl.UInt32).alias(TILE)
        if not sizes:
            return rows.group_by(self.by).agg(parts).with_columns(first)
        packing = Packing({c: self.found[c] for c in self.by}, sizes)
        tiles = packing.unpacked(rows.group_by(packing.keys(digits)).agg(parts), list(folded))
        return tiles if TILE in sizes else tiles.with_columns(first)

    def _slotted(self, tiles: pl.LazyFrame, groupings: Sequence[Grouping]) -> pl.LazyFrame:
        """Say which group a tile belongs to: in each grouping one, or none.

        Every entity gets an empty tile in every slot, so that a group without rows has the answer
        of no rows. The tiles are computed once and used by each grouping.
        """
        if not self._grouped:
            return tiles
        once, codes = tiles.cache(), Codes.of(groupings)
        kept = [*self.by, TILE, *partials(self.base)[0]]
        slotted = [once.select(*kept, g.slot(codes, self.numbers).alias(SLOT)) for g in groupings]
        numbers = [self.numbers[group] for g in groupings for group in g.groups]
        slots = pl.LazyFrame({SLOT: pl.Series(numbers, dtype=pl.UInt32)})
        empty = once.select(self.by).unique().join(slots, how="cross")
        together = pl.concat([*slotted, empty], how="diagonal")
        return together.filter(pl.col(SLOT).is_not_null())

    def _merged(self, tiles: pl.LazyFrame) -> pl.LazyFrame:
        """Merge the tiles of each window into one partial per entity and slot.

        Tiles outside a window become null, which every merge passes over.
        """
        _, owners = partials(self.base)
        masked: dict[str, pl.Expr] = {}
        merged: dict[str, pl.Expr] = {}
        for family, (_, dtype) in zip(self.families, self.base, strict=True):
            for window in family.windows():
                spec = family.in_window(window)
                merge = spec.unbound(self.time, checked=overflows(dtype)).merge()
                inside = self.tiling.within(window)
                for part, name in zip(owners[family.base.name], merge, strict=True):
                    column = pl.col(part)
                    masked[name] = column if inside is None else pl.when(inside).then(column)
                merged |= merge
        wide = tiles.select(*self._key(), *(e.alias(name) for name, e in masked.items()))
        return wide.group_by(*self._key()).agg(e.alias(name) for name, e in merged.items())

    def _spread(self, long: pl.LazyFrame) -> pl.LazyFrame:
        """Give each group its columns."""
        columns = {m.spec.name: m.column for family in self.families for m in family.members}
        if not self._grouped:
            answers = (pl.col(columns[spec.name]).alias(spec.name) for spec in self.specs)
            return long.select(*self.by, *answers)
        at: dict[str, dict[int, str]] = {}
        field_of: dict[str, str] = {}
        for spec in self.specs:
            fields = at.setdefault(columns[spec.name], {})
            field_of[spec.name] = fields.setdefault(self.numbers[spec.group], spec.name)
        gathered = long.group_by(self.by).agg(pl.col([*at]).sort_by(SLOT))
        structs = [_fields(column, fields, len(self.numbers)) for column, fields in at.items()]
        wide = gathered.select(*self.by, *structs).unnest(*at)
        same = [name if name == of else pl.col(of).alias(name) for name, of in field_of.items()]
        return wide.select(*self.by, *same)

    @property
    def _grouped(self) -> bool:
        return any(grouping.columns for grouping in self.groupings)

    def _key(self) -> list[str]:
        return [*self.by, SLOT] if self._grouped else [*self.by]


def _fields(column: str, named: Mapping[int, str], length: int) -> pl.Expr:
    """Return a list's elements as fields of a struct: those with a name, and the others."""
    fields = [named.get(i, f"{column} {i}") for i in range(length)]
    return pl.col(column).list.to_struct(fields=fields)
