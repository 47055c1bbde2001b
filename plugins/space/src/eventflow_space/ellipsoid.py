"""The ellipsoid on which positions lie, and power series on it."""

from __future__ import annotations

from functools import reduce
from itertools import islice, zip_longest
from math import sqrt
from sys import float_info
from typing import TYPE_CHECKING, Any, Self

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import polars as pl

_EPSILON = float_info.epsilon
TERMS = 8
"""Terms of a power series in e² sin² φ, of which each is smaller than the last by e² < 0.007: what
comes after them is below the rounding of a float."""


@frozen
class Ellipsoid:
    """An ellipsoid of revolution.

    Attributes:
        a: Equatorial radius, metres.
        f: Flattening; 0 is a sphere.
    """

    a: float
    f: float

    @classmethod
    def of(cls, a: float, inverse_flattening: float) -> Self:
        """Make one of its radius and 1/f; PROJ writes a sphere with 1/f of 0."""
        return cls(a, 1 / inverse_flattening if inverse_flattening else 0.0)

    @property
    def e2(self) -> float:
        """Square of the eccentricity."""
        return self.f * (2 - self.f)

    @property
    def n(self) -> float:
        """Third flattening."""
        return self.f / (2 - self.f)

    @property
    def conformal(self) -> Series:
        """``Q``, with ``cos φ tan χ = sin φ Q(sin² φ)`` where χ is the conformal latitude.

        ``tan χ = tan φ cosh v - sinh v / cos φ`` with ``v = e atanh(e sin φ)`` (Karney 2011, eq.
        7 to 9); cosh v and sinh v / sin φ are series in sin² φ.
        """
        v = Series(self.e2 ** (k + 1) / (2 * k + 1) for k in range(TERMS))  # v / sin φ
        square = v * v * Series([0.0, 1.0])
        cosh = Series([1.0]) + square * (1 / 2) + square * square * (1 / 24)
        sinh = v + v * square * (1 / 6) + v * square * square * (1 / 120)
        return cosh + sinh * -1.0

    @property
    def authalic(self) -> Series:
        """``P``, with ``q = 2 (1 - e²) sin φ P(sin² φ)``: q as in Snyder 1987, eq. 3-12."""
        return Series((k + 1) / (2 * k + 1) * self.e2**k for k in range(TERMS))

    def parallel(self, sine: float) -> float:
        """Return the radius of a parallel in radii of the equator, over the cosine of φ."""
        return 1 / sqrt(1 - self.e2 * sine**2)


class Series(tuple[float, ...]):
    """A power series, from the constant upwards, without the terms that are below rounding."""

    __slots__ = ()

    def __new__(cls, terms: Iterable[float]) -> Self:
        """Take the first terms."""
        return super().__new__(cls, islice(terms, TERMS))

    def __add__(self, other: Any) -> Series:
        """Return the sum of two series."""
        return Series(a + b for a, b in zip_longest(self, other, fillvalue=0.0))

    def __mul__(self, other: Any) -> Series:
        """Return the product with a series or a number."""
        if isinstance(other, float):
            return Series(a * other for a in self)
        count = min(len(self) + len(other) - 1, TERMS)
        return Series(
            sum(
                self[i] * other[k - i] for i in range(k + 1) if i < len(self) and k - i < len(other)
            )
            for k in range(count)
        )

    def at(self, x: float) -> float:
        """Return the sum at a point."""
        return reduce(lambda made, c: made * x + c, reversed(self), 0.0)


def horner(coefficients: Sequence[float], x: pl.Expr) -> pl.Expr:
    """Return a polynomial as an expression, for x from 0 to 1.

    Args:
        coefficients: From the constant upwards, two or more; those at the end that are below the
            rounding of the constant are left out.
        x: Where.
    """
    first, *others = coefficients
    small = _EPSILON / 4 * abs(first)
    count = max((k for k, c in enumerate(others, 2) if abs(c) > small), default=2)
    *rest, second, last = coefficients[:count]
    inner: pl.Expr = second + last * x
    return reduce(lambda made, c: c + made * x, reversed(rest), inner)
