"""Geohashes as numbers, and which of them lie beside which.

A geohash of p characters is the cell in column x of 2^⌈5p/2⌉ and row y of 2^⌊5p/2⌋. Its number here
is ``(2^⌈5p/2⌉ + x)·2³⁰ + y``, an Int64 whose highest bit tells p. Columns meet at the antimeridian;
beyond the first and the last row, at the poles, there is no cell.
"""

from __future__ import annotations

import polars as pl
from attrs import frozen

from eventflow_space.geohash import LONGEST, bits, indexes, looked_up
from eventflow_space.sphere import Point

_ROWS = 2**30
_LENGTHS = range(1, LONGEST + 1)
_ZEROS = [63 - bits(length)[0] for length in _LENGTHS]
"""Leading zeros of 2^⌈5p/2⌉ + x in 64 bits, for each length p."""


def number(cell: pl.Expr) -> pl.Expr:
    """Return the number of a geohash; null where text is none of 1 to 12 characters."""
    length = cell.str.len_bytes()
    x, y = indexes(cell)
    unused = [[2 ** (bits(LONGEST)[axis] - bits(n)[axis]) for n in _LENGTHS] for axis in (0, 1)]
    columns, rows = (looked_up(length, _LENGTHS, of) for of in unused)
    first = looked_up(length, _LENGTHS, [2 ** bits(n)[0] for n in _LENGTHS])
    return (first + x.floordiv(columns)) * _ROWS + y.floordiv(rows)


@frozen
class GeohashCell:
    """What the number of a geohash tells.

    Attributes:
        cell: The number.
    """

    cell: pl.Expr

    @property
    def width(self) -> pl.Expr:
        """How many cells of its length there are around the globe."""
        return self._by_length([2 ** bits(n)[0] for n in _LENGTHS])

    @property
    def height(self) -> pl.Expr:
        """How many there are from pole to pole."""
        return self._by_length([2 ** bits(n)[1] for n in _LENGTHS])

    @property
    def x(self) -> pl.Expr:
        """Its column, counted eastwards from 180° W."""
        return self.cell.floordiv(_ROWS) - self.width

    @property
    def y(self) -> pl.Expr:
        """Its row, counted northwards from 90° S."""
        return self.cell.mod(_ROWS)

    @property
    def centre(self) -> Point:
        """Its middle."""
        lat, lon = (self.y + 0.5) * 180 / self.height - 90, (self.x + 0.5) * 360 / self.width - 180
        return Point(lat, lon)

    def meant(self, dx: pl.Expr) -> pl.Expr:
        """Whether so many columns east, or west if negative, are not fewer the other way round."""
        return (2 * dx > -self.width) & (2 * dx <= self.width)

    def there(self, dy: pl.Expr) -> pl.Expr:
        """Whether there is a row so many further north, or south if negative."""
        return (self.y + dy).is_between(0, self.height - 1)

    def beside(self, dx: pl.Expr, dy: pl.Expr) -> pl.Expr:
        """Return the number of the cell so many columns east and rows north.

        Null where there is none, or where it is nearer the other way round the globe.
        """
        column = self.width + (self.x + dx).mod(self.width)
        return pl.when(self.meant(dx) & self.there(dy)).then(column * _ROWS + self.y + dy)

    def _by_length(self, values: list[int]) -> pl.Expr:
        zeros = self.cell.floordiv(_ROWS).bitwise_leading_zeros()
        return looked_up(zeros, _ZEROS, values)
