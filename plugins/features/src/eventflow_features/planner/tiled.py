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
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from eventflow.aggregate import Aggregate
    from eventflow_features.groups import Group
    from eventflow_features.planner.families import Family
    from eventflow_features.planner.slots import Grouping
    from eventflow_features.specs import AggregateSpec

_CELLS = 65_536
"""Groupings whose combined values and tiles are more than this are folded in passes of their own,
so that combinations nobody asked for do not make tiles as many as rows."""


@frozen(eq=False)
class Share:
    """Families of the same groups, which are merged and spread together.

    Attributes:
        families: What is computed.
        base: Their aggregates over all time, each with the dtype of its values.
        numbers: Group → its number.
    """

    families: list[Family]
    base: list[tuple[Aggregate, pl.DataType]]
    numbers: dict[Group | None, int]

    @property
    def grouped(self) -> bool:
        """Whether there are groups besides that of all rows."""
        return self.numbers.keys() != {None}


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
    tiling: Tiling = field(init=False)
    base: list[tuple[Aggregate, pl.DataType]] = field(init=False)

    @families.default
    def _families(self) -> list[Family]:
        return families(self.specs)

    @groupings.default
    def _groupings(self) -> list[Grouping]:
        return groupings(spec.group for spec in self.specs)

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
        tiles = [self._tiles(rows, groupings).cache() for groupings in self.passes()]
        wide, *more = [self._wide(share, tiles) for share in self.shares()]
        for other in more:
            wide = wide.join(other, on=self.by, how="left")
        return wide.select(*self.by, *(spec.name for spec in self.specs))

    def passes(self) -> list[list[Grouping]]:
        """Return which groupings share a pass over the rows."""
        sizes = Codes.of(self.groupings).sizes()
        together = prod(sizes.values()) * len(self.tiling) <= _CELLS
        return [self.groupings] if together else [[grouping] for grouping in self.groupings]

    def shares(self) -> list[Share]:
        """Return which families are merged together: those whose groups are the same, or fewer."""
        found: list[tuple[dict[Group | None, None], list[int]]] = []
        asked = [dict.fromkeys(m.spec.group for m in family.members) for family in self.families]
        for i in sorted(range(len(asked)), key=lambda i: -len(asked[i])):
            fitting = (mine for groups, mine in found if asked[i].keys() <= groups.keys())
            mine = next(fitting, None)
            if mine is None:
                found.append((asked[i], [i]))
            else:
                mine.append(i)
        return [
            Share(
                [self.families[i] for i in mine],
                [self.base[i] for i in mine],
                {group: number for number, group in enumerate(groups)},
            )
            for groups, mine in found
        ]

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

    def _wide(self, share: Share, tiles: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
        """Return one row per entity with the answers of one share."""
        passes = zip(self.passes(), tiles, strict=True)
        slotted = tiles[:1]  # each pass has all rows
        if share.grouped:
            slotted = [s for p, t in passes for s in self._slotted(t, p, share)]
        long = [self._merged(one, share) for one in slotted]
        answers = [
            family.in_window(window).unbound(self.time, checked=overflows(dtype)).finish()
            for family, (_, dtype) in zip(share.families, share.base, strict=True)
            for window in family.windows()
        ]
        together = long[0] if len(long) == 1 else pl.concat(long, how="vertical")
        return self._spread(together.select(*self._key(share), *answers), share)

    def _slotted(
        self, tiles: pl.LazyFrame, groupings: Sequence[Grouping], share: Share
    ) -> Iterator[pl.LazyFrame]:
        """Say for each grouping of the share which group a tile belongs to: one, or none.

        Every entity gets an empty tile in every slot, so that a group without rows has the answer
        of no rows.
        """
        codes = Codes.of(groupings)
        kept = [*self.by, TILE, *partials(share.base)[0]]
        for grouping in groupings:
            numbers = [share.numbers[g] for g in grouping.groups if g in share.numbers]
            if numbers:
                slot = grouping.slot(codes, share.numbers).alias(SLOT)
                slots = pl.LazyFrame({SLOT: pl.Series(numbers, dtype=pl.UInt32)})
                empty = tiles.select(self.by).unique().join(slots, how="cross")
                together = pl.concat([tiles.select(*kept, slot), empty], how="diagonal")
                yield together.filter(pl.col(SLOT).is_not_null())

    def _merged(self, tiles: pl.LazyFrame, share: Share) -> pl.LazyFrame:
        """Merge the tiles of each window into one partial per entity and slot.

        Tiles outside a window become null, which every merge passes over.
        """
        _, owners = partials(share.base)
        masked: dict[str, pl.Expr] = {}
        merged: dict[str, pl.Expr] = {}
        for family, (_, dtype) in zip(share.families, share.base, strict=True):
            for window in family.windows():
                spec = family.in_window(window)
                merge = spec.unbound(self.time, checked=overflows(dtype)).merge()
                inside = self.tiling.within(window)
                for part, name in zip(owners[family.base.name], merge, strict=True):
                    column = pl.col(part)
                    masked[name] = column if inside is None else pl.when(inside).then(column)
                merged |= merge
        key = self._key(share)
        wide = tiles.select(*key, *(e.alias(name) for name, e in masked.items()))
        return wide.group_by(*key).agg(e.alias(name) for name, e in merged.items())

    def _spread(self, long: pl.LazyFrame, share: Share) -> pl.LazyFrame:
        """Give each group its columns."""
        members = [(m.spec, m.column) for family in share.families for m in family.members]
        if not share.grouped:
            answers = (pl.col(column).alias(spec.name) for spec, column in members)
            return long.select(*self.by, *answers)
        at: dict[str, dict[int, str]] = {}
        field_of: dict[str, str] = {}
        for spec, column in members:
            fields = at.setdefault(column, {})
            field_of[spec.name] = fields.setdefault(share.numbers[spec.group], spec.name)
        gathered = long.group_by(self.by).agg(pl.col([*at]).sort_by(SLOT))
        structs = [_fields(column, fields, len(share.numbers)) for column, fields in at.items()]
        wide = gathered.select(*self.by, *structs).unnest(*at)
        same = [name if name == of else pl.col(of).alias(name) for name, of in field_of.items()]
        return wide.select(*self.by, *same)

    def _key(self, share: Share) -> list[str]:
        return [*self.by, SLOT] if share.grouped else [*self.by]


def _fields(column: str, named: Mapping[int, str], length: int) -> pl.Expr:
    """Return a list's elements as fields of a struct: those with a name, and the others."""
    fields = [named.get(i, f"{column} {i}") for i in range(length)]
    return pl.col(column).list.to_struct(fields=fields)
