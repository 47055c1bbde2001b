"""Geohashes: cells whose ids are text, of which a prefix is the id of a larger cell.

A geohash of `p` characters has 5·p bits, which halve longitude and latitude in turn, longitude
first; five bits are a character of the alphabet (Niemeyer 2008; the examples of geohash.org). Cells
are half-open: a position on an edge lies in the cell to the north or east, one on 90° N or 180° in
the last cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"
LONGEST = 12
"""Most characters: a cell of 37 by 19 mm, and 60 bits of an integer."""


def bits(length: int) -> tuple[int, int]:
    """Return how many bits of a geohash are of the longitude, and of the latitude."""
    return (5 * length + 1) // 2, 5 * length // 2


def geohash(lat: pl.Expr, lon: pl.Expr, length: int) -> pl.Expr:
    """Return geohashes of positions in degrees, as text.

    Args:
        lat: Latitude, -90 to 90; null gives null.
        lon: Longitude, -180 to 180; null gives null.
        length: Characters, 1 to 12.
    """
    of_lon, of_lat = bits(length)
    x, y = _index(lon, 180, of_lon), _index(lat, 90, of_lat)
    parts = []
    for start in range(0, length - length % 2, 2):  # two characters have five bits of each
        down_x, down_y = of_lon - 5 * (start // 2 + 1), of_lat - 5 * (start // 2 + 1)
        pair = (x // 2**down_x % 32) * 32 + y // 2**down_y % 32
        parts.append(looked_up(pair, range(1024), _PAIRS))
    if length % 2:
        parts.append(looked_up(x % 8 * 4 + y % 4, range(32), _LAST))
    return pl.concat_str(parts)


def _index(angle: pl.Expr, half: int, number: int) -> pl.Expr:
    """Return which of the 2ᵇ parts of ``[-half, half]`` an angle is in."""
    part: pl.Expr = ((angle + half) * (2**number / (2 * half))).floor()
    return part.clip(0, 2**number - 1).cast(pl.Int64)


def _woven(x: int, y: int, number: int) -> int:
    """Return `number` bits of x and y in turn, the last one of x if the number is odd."""
    out = 0
    of = [x, y] if number % 2 == 0 else [y, x]  # who is asked last
    for bit in range(number):
        out |= ((of[(bit + 1) % 2] >> (bit // 2)) & 1) << bit
    return out


def _characters(number: int, length: int) -> str:
    return "".join(ALPHABET[number >> 5 * (length - 1 - i) & 31] for i in range(length))


@frozen
class GeohashCells:
    """Geohashes of any length."""

    def centre(self, cell: pl.Expr) -> pl.Expr:
        """Return `latitude` and `longitude` of the middle of a cell, null without one."""
        south, west, height, width = _box(cell)
        return pl.struct(latitude=south + height / 2, longitude=west + width / 2)

    def corners(self, ids: pl.Series) -> pl.DataFrame:
        """Return `row`, `latitude` and `longitude` of corners, from the south-west on."""
        cells = ids.to_frame("cell").with_row_index("row")
        south, west, height, width = _box(pl.col("cell"))
        around = ((0, 0), (1, 0), (1, 1), (0, 1))
        corners = [
            cells.select("row", latitude=south + y * height, longitude=west + x * width)
            for x, y in around
        ]
        return pl.concat(corners).drop_nulls().sort("row", maintain_order=True)


def _box(cell: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr, pl.Expr]:
    """Return southern and western edge, height and width, degrees; null where there is no cell.

    The edges are those of the first cell of full length in it.
    """
    x, y = indexes(cell)
    of_lon, of_lat = bits(LONGEST)
    south, west = y * (180 / 2**of_lat) - 90, x * (360 / 2**of_lon) - 180
    lengths = range(1, LONGEST + 1)
    height, width = (
        looked_up(cell.str.len_bytes(), lengths, [turn / 2 ** bits(n)[axis] for n in lengths])
        for turn, axis in ((180, 1), (360, 0))
    )
    return south, west, height, width


def indexes(cell: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return column and row of the first cell of full length in a cell; null where it is none."""
    full = cell.str.pad_end(LONGEST, ALPHABET[0])
    x, y = pl.lit(0, pl.Int64), pl.lit(0, pl.Int64)
    for i in range(0, LONGEST, 2):
        pair = looked_up(full.str.slice(i, 2), _PAIRS, range(1024))
        x, y = x * 32 + pair // 32, y * 32 + pair % 32
    return x, y


def looked_up(key: pl.Expr, keys: Sequence[Any], values: Sequence[Any]) -> pl.Expr:
    """Return the value that belongs to a key; null for any other."""
    dtype = {int: pl.Int64, float: pl.Float64, str: pl.String}[type(values[0])]
    return key.replace_strict(list(keys), list(values), default=None, return_dtype=dtype)


_PAIRS = [_characters(_woven(x, y, 10), 2) for x in range(32) for y in range(32)]
_LAST = [_characters(_woven(x, y, 5), 1) for x in range(8) for y in range(4)]
