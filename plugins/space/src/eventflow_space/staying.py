"""Where tracks stay: each position's anchor, the first of the positions it has stayed near.

An anchor follows from the one before it, position by position. It is found without going through
positions one by one: for each position, where the track would leave its surroundings (`_leaves`,
all positions side by side), and then which positions are reached from a track's first by such
steps (`_reached`, doubling the steps each time).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from eventflow_space.in_space import chord, in_space

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

_BLOCK = 16
"""Positions in a block; of the next larger blocks, in each of those."""


def anchors(rows: pl.Series, radius_m: float) -> pl.Series:
    """Return the row of each row's anchor, Int64; null for rows that are part of no track.

    Args:
        rows: Structs in order: ``lat``, ``lon`` (degrees), ``known`` (part of a track), ``starts``
            (nothing of the row above counts for it), ``begins`` (not simultaneous with it).
        radius_m: Great-circle distance in metres up to which a position is near its anchor.
    """
    frame = rows.struct.unnest()
    known = frame["known"].to_numpy()
    on_track = np.flatnonzero(known)
    found = np.full(len(known), -1, dtype=np.int64)
    if len(on_track):
        told = frame.filter("known")
        starts, begins = told["starts"].to_numpy(), told["begins"].to_numpy()
        where = in_space(told["lat"].to_numpy(), told["lon"].to_numpy())
        found[on_track] = on_track[_anchors(where, starts, begins, chord(radius_m))]
    series = pl.Series(found, dtype=pl.Int64)
    return pl.select(pl.when(series >= 0).then(series)).to_series()


def _anchors(where: Floats, starts: Flags, begins: Flags, reach: float) -> Ints:
    """Return each position's anchor, where the last of simultaneous ones stands for them."""
    first = np.flatnonzero(begins)
    moment = np.cumsum(begins) - 1
    last = np.append(first[1:], len(where)) - 1
    fresh = starts[first]
    chain = last[_chained(where[last], fresh, reach)]
    before = chain[np.maximum(moment - 1, 0)]
    stays = ~fresh[moment] & (_apart(where, where[before]) <= reach)
    return np.where(stays, before, np.arange(len(where)))


def _chained(where: Floats, fresh: Flags, reach: float) -> Ints:
    """Return the anchor of each of consecutive positions."""
    number = np.arange(len(where))
    borders = np.append(np.flatnonzero(fresh), len(where))
    end = borders[np.searchsorted(borders, number, side="right")]
    reached = _reached(_leaves(where, end, reach), fresh)
    found: Ints = np.maximum.accumulate(np.where(reached, number, 0))
    return found


def _leaves(where: Floats, end: Ints, reach: float) -> Ints:
    """Return for each position the first later one beyond its reach; its track's end if none.

    Blocks of positions that surely are within reach are passed over at once.
    """
    number, blocks = len(where), _blocks(where)
    found, live = np.arange(number) + 1, np.arange(number)
    while live.size:
        at, stop, here = found[live], end[live], where[live]
        near = (at < stop) & (_apart(here, where[np.minimum(at, number - 1)]) <= reach)
        ahead, left = near.astype(np.int64), np.flatnonzero(near)
        for size, centre, spread in blocks:
            left = left[(at[left] % size == 0) & (at[left] + size <= stop[left])]
            block = at[left] // size
            left = left[_apart(here[left], centre[block]) + spread[block] <= reach]
            ahead[left] = size
        found[live] = at + ahead
        live = live[near]
    return found


def _reached(leaves: Ints, fresh: Flags) -> Flags:
    """Return which positions are reached from the first ones, in any number of steps."""
    number = len(leaves)
    step = np.append(leaves, number)
    reached = np.append(fresh, True)
    for _ in range(number.bit_length()):
        reached[step[reached]] = True
        step = step[step]
    return reached[:-1]


def _blocks(where: Floats) -> list[tuple[int, Floats, Floats]]:
    """Return for growing sizes the middle of each block, and how far from it the farthest lies."""
    found, size = [], _BLOCK
    while size <= len(where):
        starts = np.arange(0, len(where), size)
        sizes = np.diff(np.append(starts, len(where)))
        centre = np.add.reduceat(where, starts) / sizes[:, None]
        far = _apart(where, np.repeat(centre, sizes, axis=0))
        found.append((size, centre, np.maximum.reduceat(far, starts)))
        size *= _BLOCK
    return found


def _apart(a: Floats, b: Floats) -> Floats:
    """Return straight distances, metres."""
    found: Floats = np.sqrt(((a - b) ** 2).sum(axis=1))
    return found
