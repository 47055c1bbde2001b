"""From degrees to metres: a projection as an expression of Polars where one is known, else by PROJ.

Which it is, is read from the definition of the coordinate system: transverse Mercator from the
equator (UTM, Gauß-Krüger), Lambert's cylindrical (EPSG:6933) and azimuthal equal-area projections,
on the datum that positions have, are expressions. All others, and every change of datum, are
computed by PROJ in batches.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol

from eventflow_space.ellipsoid import Ellipsoid
from eventflow_space.equal_area import AzimuthalEqualArea, CylindricalEqualArea
from eventflow_space.errors import UnfitGridError
from eventflow_space.proj import EVERYWHERE, Journey, ProjBatches, crs_of, metres_per_unit
from eventflow_space.transverse_mercator import TransverseMercator

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl
    from pyproj import CRS


class Projection(Protocol):
    """Positions on a plane."""

    def projected(
        self,
        lazy: pl.LazyFrame,
        lat: pl.Expr,
        lon: pl.Expr,
        into: tuple[str, str],
        *,
        where: pl.Expr = EVERYWHERE,
    ) -> pl.LazyFrame:
        """Add easting and northing in metres, f64.

        Args:
            lazy: The rows.
            lat: Latitude in degrees.
            lon: Longitude in degrees.
            into: Names of the two new columns.
            where: Boolean expression of the positions that are meant, of which both are there and
                in range. The others, and those without a place on the plane, get nulls.
        """
        ...


@cache
def projection_of(source: str, target: str) -> Projection:
    """Return the projection from degrees of one coordinate system to metres of another.

    Raises:
        UnknownCrsError: EF371, PROJ does not know one of them.
        UnfitGridError: EF373, the target is not projected, or is a Mercator projection.
    """
    to, geographic = crs_of(target), crs_of(source)
    _check(to, target)
    base = to.geodetic_crs
    same = base is not None and base.equals(geographic, ignore_axis_order=True)
    return (_known(to) if same else None) or ProjBatches(
        Journey(source, target, metres_per_unit(to))
    )


def _check(to: CRS, name: str) -> None:
    if not to.is_projected:
        raise UnfitGridError.not_projected(name)
    method = _method(to)
    if "Mercator" in method and "Transverse" not in method and "Oblique" not in method:
        raise UnfitGridError.mercator(name)


def _method(crs: CRS) -> str:
    operation = crs.coordinate_operation
    return operation.method_name if operation is not None else ""


def _known(to: CRS) -> Projection | None:
    """Return the expression of a projection, if there is one."""
    operation, ellipsoid = to.coordinate_operation, to.ellipsoid
    if operation is None or ellipsoid is None or metres_per_unit(to) != 1:
        return None
    earth = Ellipsoid.of(ellipsoid.semi_major_metre, ellipsoid.inverse_flattening)
    given = {param.name: float(param.value) for param in operation.params}
    values = {name: given.get(words, 0.0) for name, words in _PARAMETERS.items()}
    return _MAKERS.get(operation.method_name, _unknown)(earth, values)


def _transverse_mercator(earth: Ellipsoid, of: dict[str, float]) -> Projection | None:
    if of["lat_0"] != 0:
        return None
    return TransverseMercator(earth, of["lon_0"], of["k_0"], of["x_0"], of["y_0"])


def _cylindrical(earth: Ellipsoid, of: dict[str, float]) -> Projection | None:
    if of["lon_0"] != 0:
        return None
    return CylindricalEqualArea(earth, of["lat_ts"], of["x_0"], of["y_0"])


def _azimuthal(earth: Ellipsoid, of: dict[str, float]) -> Projection | None:
    return AzimuthalEqualArea(earth, of["lat_0"], of["lon_0"], of["x_0"], of["y_0"])


def _unknown(earth: Ellipsoid, of: dict[str, float]) -> Projection | None:
    del earth, of
    return None


_PARAMETERS = {
    "lat_0": "Latitude of natural origin",
    "lon_0": "Longitude of natural origin",
    "k_0": "Scale factor at natural origin",
    "lat_ts": "Latitude of 1st standard parallel",
    "x_0": "False easting",
    "y_0": "False northing",
}
_MAKERS: dict[str, Callable[[Ellipsoid, dict[str, float]], Projection | None]] = {
    "Transverse Mercator": _transverse_mercator,
    "Lambert Cylindrical Equal Area": _cylindrical,
    "Lambert Azimuthal Equal Area": _azimuthal,
}
