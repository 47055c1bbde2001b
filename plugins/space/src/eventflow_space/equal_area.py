"""Two projections that keep areas, as expressions of Polars: of the world, and around a point.

Formulas on the ellipsoid as in Snyder, Map Projections: A Working Manual (USGS 1395, 1987), with q
and the authalic latitude β as power series in sin² φ, so that no digits are lost near the poles.
"""

from __future__ import annotations

from itertools import accumulate
from math import cos, pi, radians, sin, sqrt
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow_space.ellipsoid import Series, horner
from eventflow_space.proj import EVERYWHERE
from eventflow_space.transverse_mercator import radians_from

if TYPE_CHECKING:
    from eventflow_space.ellipsoid import Ellipsoid

_T = "__eventflow_ea_"


@frozen
class CylindricalEqualArea:
    """Lambert's cylindrical equal-area projection around Greenwich (Snyder, eq. 10-14 to 10-17).

    Attributes:
        ellipsoid: The ellipsoid.
        lat_ts: Parallel on which lengths are true, degrees.
        x_0: False easting, metres.
        y_0: False northing, metres.
    """

    ellipsoid: Ellipsoid
    lat_ts: float
    x_0: float = 0.0
    y_0: float = 0.0

    def projected(
        self,
        lazy: pl.LazyFrame,
        lat: pl.Expr,
        lon: pl.Expr,
        into: tuple[str, str],
        *,
        where: pl.Expr = EVERYWHERE,
    ) -> pl.LazyFrame:
        """Add easting and northing in metres, f64; null where not meant."""
        earth, sine, s = self.ellipsoid, sin(radians(self.lat_ts)), pl.col(f"{_T}s")
        k_0 = cos(radians(self.lat_ts)) * earth.parallel(sine)
        series = earth.authalic * (earth.a * (1 - earth.e2) / k_0)
        made = lazy.with_columns((lat * (pi / 180)).sin().alias(f"{_T}s")).with_columns(
            pl.when(where).then(self.x_0 + lon * (pi / 180 * earth.a * k_0)).alias(into[0]),
            pl.when(where).then(self.y_0 + s * horner(series, s * s)).alias(into[1]),
        )
        return made.drop(f"{_T}s")


@frozen
class AzimuthalEqualArea:
    """Lambert's azimuthal equal-area projection around a point (Snyder, eq. 24-13 to 24-20).

    Attributes:
        ellipsoid: The ellipsoid.
        lat_0: Latitude of the point, degrees.
        lon_0: Its longitude, degrees.
        x_0: False easting, metres.
        y_0: False northing, metres.
    """

    ellipsoid: Ellipsoid
    lat_0: float
    lon_0: float
    x_0: float = 0.0
    y_0: float = 0.0

    def projected(
        self,
        lazy: pl.LazyFrame,
        lat: pl.Expr,
        lon: pl.Expr,
        into: tuple[str, str],
        *,
        where: pl.Expr = EVERYWHERE,
    ) -> pl.LazyFrame:
        """Add easting and northing in metres, f64; null where not meant, or too far away."""
        north, east = lat * (pi / 180), radians_from(lon, self.lon_0)
        stages: tuple[dict[str, pl.Expr], ...] = (
            {"s": north.sin(), "c": north.cos(), "e": east.sin(), "m": east.cos()},
            self._authalic(),
            {"k": (2 / (1 + self._center[0] * _t("sin") + self._center[1] * _t("q"))).sqrt()},
        )
        for stage in stages:
            lazy = lazy.with_columns(expr.alias(f"{_T}{name}") for name, expr in stage.items())
        near = pl.when(where & self._near())
        axes = zip(into, self._axes(), strict=True)
        made = lazy.with_columns(near.then(axis).alias(name) for name, axis in axes)
        return made.drop(f"{_T}{name}" for stage in stages for name in stage)

    @property
    def _center(self) -> tuple[float, float]:
        """Sine and cosine of the authalic latitude of the point."""
        s, c = sin(radians(self.lat_0)), cos(radians(self.lat_0))
        sine, cosine = authalic(self.ellipsoid)
        return s * sine.at(s * s), c * sqrt(cosine.at(s * s))

    def _near(self) -> pl.Expr:
        """Whether a position is in the hemisphere around the point."""
        at = radians(self.lat_0)
        return sin(at) * _t("s") + cos(at) * _t("c") * _t("m") >= 0

    def _authalic(self) -> dict[str, pl.Expr]:
        """Sine of β, and cosine of β times sine and cosine of the longitude."""
        sine, cosine = authalic(self.ellipsoid)
        s, c, w = _t("s"), _t("c"), _t("s") * _t("s")
        cos_beta = c * horner(cosine, w).sqrt()
        return {"sin": s * horner(sine, w), "p": cos_beta * _t("e"), "q": cos_beta * _t("m")}

    def _axes(self) -> tuple[pl.Expr, pl.Expr]:
        earth, (sin_1, cos_1) = self.ellipsoid, self._center
        s = sin(radians(self.lat_0))
        radius = earth.a * sqrt((1 - earth.e2) * earth.authalic.at(1))  # R_q
        stretch = earth.a * earth.parallel(s) / sqrt(authalic(earth)[1].at(s * s))  # D R_q
        x = self.x_0 + stretch * _t("k") * _t("p")
        y = self.y_0 + radius**2 / stretch * _t("k") * (cos_1 * _t("sin") - sin_1 * _t("q"))
        return x, y


def _t(name: str) -> pl.Expr:
    return pl.col(f"{_T}{name}")


def authalic(ellipsoid: Ellipsoid) -> tuple[Series, Series]:
    """Return S and C with ``sin β = sin φ S(sin² φ)`` and ``cos² β = cos² φ C(sin² φ)``.

    ``1 - w S(w)²`` is 0 at the pole, w = 1: what it is over ``1 - w`` are the sums of its terms.
    """
    sine = ellipsoid.authalic * (1 / ellipsoid.authalic.at(1))
    rest = Series([1.0]) + sine * sine * Series([0.0, -1.0])
    return sine, Series(accumulate(rest))
