"""PROJ: what a coordinate system is, and positions from one to another, in batches that stream."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from os import cpu_count
from typing import TYPE_CHECKING, TypeVar

import polars as pl
from attrs import frozen

from eventflow_space.errors import UnknownCrsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyproj import CRS, Transformer

T = TypeVar("T")

EVERYWHERE = pl.lit(value=True)
"""Every position: what a projection takes to be meant unless it is told otherwise."""

LIMIT = 2e8
"""Coordinates of this size and more are none: PROJ gives some where a projection runs away."""


@frozen
class Journey:
    """From one coordinate system to another.

    Attributes:
        source: Name of the system of what is given.
        target: Name of the system of what is wanted.
        scale: What coordinates in the target are multiplied with: metres in its unit, or 1.
    """

    source: str
    target: str
    scale: float = 1.0


@cache
def crs_of(name: str) -> CRS:
    """Return a coordinate system by its name, for example ``EPSG:4326``, WKT, or PROJ's string.

    Raises:
        UnknownCrsError: EF371, PROJ does not know it.
    """
    from pyproj import CRS  # noqa: PLC0415 - delayed: PROJ's database takes 50 ms to open
    from pyproj.exceptions import CRSError  # noqa: PLC0415 - delayed: as above

    try:
        return CRS.from_user_input(name)
    except CRSError as error:
        raise UnknownCrsError.unreadable(name, str(error)) from None


def metres_per_unit(crs: CRS) -> float:
    """Return how many metres one unit of a projected coordinate system has."""
    return float(crs.axis_info[0].unit_conversion_factor)


@cache
def transformer(source: str, target: str) -> Transformer:
    """Return PROJ's transformation; longitude or easting comes first on both sides.

    Raises:
        UnknownCrsError: EF371, PROJ does not know one of the systems.
    """
    from pyproj import Transformer  # noqa: PLC0415 - delayed: as above

    return Transformer.from_crs(crs_of(source), crs_of(target), always_xy=True)


def transformed(
    x: pl.Expr, y: pl.Expr, journey: Journey, *, into: tuple[str, str] = ("x", "y")
) -> pl.Expr:
    """Return a struct of coordinates in another system, two f64 under the names of `into`.

    Both are null where one of the arguments is null or NaN, or PROJ has no answer.

    Args:
        x: Longitude in degrees, or easting.
        y: Latitude in degrees, or northing.
        journey: From which system to which.
        into: Fields of the answer: longitude or easting, latitude or northing.
    """
    dtype = pl.Struct(dict.fromkeys(into, pl.Float64()))
    pair = pl.struct(x.cast(pl.Float64).alias("x"), y.cast(pl.Float64).alias("y"))
    made = partial(_batch, journey=journey, into=into)
    return pair.map_batches(made, return_dtype=dtype, is_elementwise=True)


def _batch(pairs: pl.Series, *, journey: Journey, into: tuple[str, str]) -> pl.Series:
    x, y = (pairs.struct.field(name).to_numpy() for name in ("x", "y"))
    found = in_thread(lambda: transformer(journey.source, journey.target).transform(x, y))
    scaled = [pl.Series(name, axis) * journey.scale for name, axis in zip(into, found, strict=True)]
    made = pl.DataFrame(scaled)
    there = pl.all_horizontal(pl.all().is_finite() & (pl.all().abs() < LIMIT))
    return made.select(pl.when(there).then(pl.all())).to_struct(pairs.name)


def in_thread(ask: Callable[[], T]) -> T:
    """Ask PROJ something in a thread of Python's: in one of Polars it crashes.

    What pyproj keeps for a thread goes with Python's notion of it, which in a thread that others
    made lasts as long as one call (pyproj4/pyproj#1547; this can go when that is mended).
    """
    return _threads().submit(ask).result()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cpu_count() or 1, thread_name_prefix="eventflow-proj")


@frozen
class ProjBatches:
    """A projection that PROJ computes.

    Attributes:
        journey: From degrees to a projected coordinate system, in metres.
    """

    journey: Journey

    def projected(
        self,
        lazy: pl.LazyFrame,
        lat: pl.Expr,
        lon: pl.Expr,
        into: tuple[str, str],
        *,
        where: pl.Expr = EVERYWHERE,
    ) -> pl.LazyFrame:
        """Add easting and northing in metres, f64; null where not meant or PROJ has none."""
        x, y = (pl.when(where).then(axis) for axis in (lon, lat))
        return lazy.with_columns(transformed(x, y, self.journey, into=into).struct.unnest())
