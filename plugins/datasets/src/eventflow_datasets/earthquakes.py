"""Earthquakes: the smallest table with a time and a place."""

from __future__ import annotations

from typing import ClassVar

from eventflow.schema import EventMetadata, EventSchema
from eventflow_datasets.packaged import REAL, TEXT, UTC, PackagedSource, column


class Earthquakes(PackagedSource):
    """Earthquakes of magnitude 4 and more around Indonesia and the Philippines, April to July 2024.

    Shape: 596 rows x 8 columns, complete; every ``time`` is distinct.

    Units: degrees (WGS 84, EPSG:4326), depth in km, moment or body-wave magnitude; times are UTC.

    Source: hvsampledata 0.1.5, from the USGS ANSS Comprehensive Earthquake Catalog, public domain.
    """

    memory: ClassVar[int] = 50_599
    schema: ClassVar[EventSchema] = EventSchema(
        timestamp="time",
        value="mag",
        latitude="lat",
        longitude="lon",
        columns={
            "time": column(UTC, "when it happened, UTC"),
            "lat": column(REAL, "latitude", unit="°", low=-90, high=90),
            "lon": column(REAL, "longitude", unit="°", low=-180, high=180),
            "depth": column(REAL, "depth below the surface", unit="km", low=0, high=800),
            "depth_class": column(
                TEXT, "class of depth", allowed=("Shallow", "Intermediate", "Deep")
            ),
            "mag": column(REAL, "magnitude", low=4, high=10),
            "mag_class": column(
                TEXT, "class of magnitude", allowed=("Light", "Moderate", "Strong", "Major")
            ),
            "place": column(TEXT, "where, in words"),
        },
    )
    metadata: ClassVar[EventMetadata] = EventMetadata(
        dataset="earthquakes",
        timezone="UTC",
        crs="EPSG:4326",
        licence="public domain",
        source="USGS ANSS Comprehensive Earthquake Catalog, https://earthquake.usgs.gov",
    )
