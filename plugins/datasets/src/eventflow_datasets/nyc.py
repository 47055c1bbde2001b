"""nycflights13: flights that left New York City in 2013, with weather, airports and planes."""

from __future__ import annotations

from typing import ClassVar

from eventflow.base import BaseContextSource
from eventflow.schema import ColumnSchema, EventMetadata, EventSchema
from eventflow_datasets.packaged import (
    REAL,
    TEXT,
    UTC,
    WHOLE,
    PackagedSource,
    column,
    gappy,
    key,
)

NEW_YORK = "America/New_York"
ORIGINS = ("EWR", "JFK", "LGA")
CC0 = "CC0-1.0"
ORIGIN = "nycflights13 0.0.3, https://github.com/tidyverse/nycflights13"


class NycFlights(PackagedSource):
    """Every flight that left EWR, JFK or LGA in 2013, departed or not.

    Shape: 336,776 rows x 19 columns, as published. Two clocks are side by side: ``year`` … ``day``,
    ``hour``, ``minute`` and the times written as hours x 100 + minutes are local
    (America/New_York for departures, the destination's zone for arrivals), while ``time_hour`` is
    the hour of the scheduled departure in UTC. 29 departures are written ``2400``, which is
    midnight at the end of the day; they are kept so. 8,255 flights never departed (``dep_time`` is
    null), 2,512 have no tail number. Joined with `NycWeather` by (``origin``, ``time_hour``), 1,556
    flights find no row and 17 a row without a temperature: 1,573 have none. 52,606 have no plane
    in `NycPlanes`, and four destinations are not in `NycAirports`.

    Units: delays and air time in minutes, distance in miles.

    Source: nycflights13 0.0.3, from the US Bureau of Transportation Statistics, CC0 1.0.
    """

    memory: ClassVar[int] = 45_321_800
    schema: ClassVar[EventSchema] = EventSchema(
        timestamp="time_hour",
        entity="tailnum",
        value="dep_delay",
        columns={
            "year": column(WHOLE, "local year of the scheduled departure", low=2013, high=2013),
            "month": column(WHOLE, "local month", low=1, high=12),
            "day": column(WHOLE, "local day", low=1, high=31),
            "dep_time": gappy(
                WHOLE, "departure, local, hours x 100 + minutes; null: cancelled", low=1, high=2400
            ),
            "sched_dep_time": column(WHOLE, "scheduled departure, local", low=0, high=2359),
            "dep_delay": ColumnSchema(
                dtype=WHOLE, unit="min", description="departure delay; negative when early"
            ),
            "arr_time": gappy(WHOLE, "arrival, local there", low=1, high=2400),
            "sched_arr_time": column(WHOLE, "scheduled arrival, local there", low=0, high=2359),
            "arr_delay": gappy(WHOLE, "arrival delay; negative when early", unit="min"),
            "carrier": column(TEXT, "airline, two characters", pattern="^[0-9A-Z]{2}$"),
            "flight": column(WHOLE, "flight number", low=1),
            "tailnum": ColumnSchema(dtype=TEXT, description="tail number of the plane"),
            "origin": column(TEXT, "airport of departure", allowed=ORIGINS),
            "dest": column(TEXT, "airport of destination", pattern="^[A-Z]{3}$"),
            "air_time": gappy(WHOLE, "time in the air", unit="min", low=1),
            "distance": column(WHOLE, "distance between the airports", unit="mi", low=1),
            "hour": column(WHOLE, "local hour of the scheduled departure", low=0, high=23),
            "minute": column(WHOLE, "minute of the scheduled departure", low=0, high=59),
            "time_hour": column(UTC, "hour of the scheduled departure, UTC"),
        },
    )
    metadata: ClassVar[EventMetadata] = EventMetadata(
        dataset="nyc_flights", timezone=NEW_YORK, licence=CC0, source=ORIGIN
    )


class NycWeather(PackagedSource, BaseContextSource):
    """Hourly weather at EWR, JFK and LGA in 2013.

    Shape: 26,115 rows x 15 columns, as published; one row per (``origin``, ``time_hour``) at most,
    and the last hours of the year are missing. ``year`` … ``hour`` are local (America/New_York),
    ``time_hour`` is UTC. One ``wind_speed`` is 1048.36, an error of the instrument that is kept;
    the range 0 to 254 mph (the highest gust ever measured is 253) finds it.

    Units: °F, %, degrees, mph, inches, hPa, miles.

    Source: nycflights13 0.0.3, from the Iowa Environmental Mesonet (ASOS), CC0 1.0.
    """

    memory: ClassVar[int] = 3_026_080
    schema: ClassVar[EventSchema] = EventSchema(
        timestamp="time_hour",
        entity="origin",
        columns={
            "origin": column(TEXT, "airport", allowed=ORIGINS),
            "year": column(WHOLE, "local year", low=2013, high=2013),
            "month": column(WHOLE, "local month", low=1, high=12),
            "day": column(WHOLE, "local day", low=1, high=31),
            "hour": column(WHOLE, "local hour", low=0, high=23),
            "temp": gappy(REAL, "temperature", unit="°F"),
            "dewp": gappy(REAL, "dew point", unit="°F"),
            "humid": gappy(REAL, "relative humidity", unit="%", low=0, high=100),
            "wind_dir": gappy(WHOLE, "wind direction", unit="°", low=0, high=360),
            "wind_speed": gappy(REAL, "wind speed", unit="mph", low=0, high=254),
            "wind_gust": gappy(REAL, "gust speed", unit="mph", low=0, high=254),
            "precip": column(REAL, "precipitation of the hour", unit="in", low=0),
            "pressure": gappy(REAL, "sea level pressure", unit="hPa", low=850, high=1100),
            "visib": column(REAL, "visibility", unit="mi", low=0),
            "time_hour": column(UTC, "the hour, UTC"),
        },
    )
    metadata: ClassVar[EventMetadata] = EventMetadata(
        dataset="nyc_weather", timezone=NEW_YORK, licence=CC0, source=ORIGIN
    )


class NycAirports(PackagedSource, BaseContextSource):
    """Airports of the United States, with their place.

    Shape: 1,458 rows x 8 columns, as published; ``faa`` is distinct. Three have no ``tzone``. Three
    places are wrong and are kept so: DVT and MYF lack the sign of their longitude (and so have a
    zone in China), EEN has latitude and longitude interchanged.

    Units: degrees (WGS 84, EPSG:4326), feet, hours from UTC.

    Source: nycflights13 0.0.3, from OpenFlights, CC0 1.0.
    """

    memory: ClassVar[int] = 104_450
    schema: ClassVar[EventSchema] = EventSchema(
        entity="faa",
        latitude="lat",
        longitude="lon",
        columns={
            "faa": key("FAA code"),
            "name": column(TEXT, "name"),
            "lat": column(REAL, "latitude", unit="°", low=-90, high=90),
            "lon": column(REAL, "longitude", unit="°", low=-180, high=180),
            "alt": column(WHOLE, "altitude", unit="ft"),
            "tz": column(WHOLE, "hours from UTC in winter", unit="h", low=-12, high=14),
            "dst": column(
                TEXT, "summer time: A as in the US, N none, U unknown", allowed=("A", "N", "U")
            ),
            "tzone": gappy(TEXT, "IANA time zone"),
        },
    )
    metadata: ClassVar[EventMetadata] = EventMetadata(
        dataset="nyc_airports", crs="EPSG:4326", licence=CC0, source=ORIGIN
    )


class NycPlanes(PackagedSource, BaseContextSource):
    """Planes that flew from New York City in 2013, by tail number.

    Shape: 3,322 rows x 9 columns, as published; ``tailnum`` is distinct. 70 have no year of
    manufacture, 3,299 no speed.

    Units: speed in mph.

    Source: nycflights13 0.0.3, from the FAA aircraft registry, CC0 1.0.
    """

    memory: ClassVar[int] = 292_024
    schema: ClassVar[EventSchema] = EventSchema(
        entity="tailnum",
        columns={
            "tailnum": key("tail number"),
            "year": gappy(WHOLE, "year of manufacture", low=1903, high=2013),
            "type": column(TEXT, "type of plane"),
            "manufacturer": column(TEXT, "manufacturer"),
            "model": column(TEXT, "model"),
            "engines": column(WHOLE, "number of engines", low=1),
            "seats": column(WHOLE, "number of seats", low=1),
            "speed": gappy(WHOLE, "average cruising speed", unit="mph", low=1),
            "engine": column(TEXT, "type of engine"),
        },
    )
    metadata: ClassVar[EventMetadata] = EventMetadata(
        dataset="nyc_planes", licence=CC0, source=ORIGIN
    )
