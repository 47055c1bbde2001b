"""Kernels of density in the plane, and how far they reach.

``K(u) / h²`` integrates to 1 over the plane, where u is distance by bandwidth h. Definitions as in
scikit-learn's `KernelDensity` for two dimensions, and for *quartic* as in Silverman (1986), 4.5.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Literal

import polars as pl
from attrs import frozen

Name = Literal["gaussian", "epanechnikov", "quartic"]


@frozen
class Kernel:
    """A kernel with its bandwidth.

    Attributes:
        name: Which.
        bandwidth: Metres.
        truncate: Bandwidths beyond which the Gaussian counts as 0; the others end at one.
    """

    name: Name
    bandwidth: float
    truncate: float

    @property
    def reach(self) -> float:
        """Distance in metres beyond which it is 0."""
        return self.bandwidth * (self.truncate if self.name == "gaussian" else 1.0)

    def at(self, metres: pl.Expr) -> pl.Expr:
        """Return its value at a distance, per square metre."""
        square = (metres / self.bandwidth).pow(2)
        shapes = {
            "gaussian": (-square / 2).exp() / (2 * pi),
            "epanechnikov": (1 - square) * 2 / pi,
            "quartic": (1 - square).pow(2) * 3 / pi,
        }
        value = shapes[self.name] / self.bandwidth**2
        return pl.when(metres <= self.reach).then(value).otherwise(0.0)

    def along(self, metres: pl.Expr) -> pl.Expr:
        """Return the Gaussian's share of one axis, per metre; its value is the product of both."""
        shape = (-(metres / self.bandwidth).pow(2) / 2).exp() / sqrt(2 * pi) / self.bandwidth
        return pl.when(metres.abs() <= self.reach).then(shape).otherwise(0.0)
