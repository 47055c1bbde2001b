"""Weekly avocado prices and volumes: demand that answers to price."""

from __future__ import annotations

from typing import ClassVar

from eventflow.schema import ColumnSchema, EventMetadata, EventSchema
from eventflow_datasets.packaged import REAL, PackagedSource, column


class Avocado(PackagedSource):
    """Weekly price and volume of Hass avocados in California, January 2015 to March 2018.

    Shape: 169 rows x 3 columns, complete; one row per week. The log-log least-squares slope of
    volume on price is -0.6814, the intercept 15.634.

    Units: US dollars a piece, pieces a week.

    Source: causaldata 0.1.5, from the Hass Avocado Board, MIT.
    """

    memory: ClassVar[int] = 3_380
    schema: ClassVar[EventSchema] = EventSchema(
        timestamp="date",
        value="total_volume",
        columns={
            "date": ColumnSchema(
                dtype="date", nullable=False, unique=True, description="the Sunday of the week"
            ),
            "average_price": column(REAL, "average price of one", unit="USD", low=0),
            "total_volume": column(REAL, "avocados sold in the week", unit="pieces", low=0),
        },
    )
    metadata: ClassVar[EventMetadata] = EventMetadata(
        dataset="avocado",
        timezone="America/Los_Angeles",
        licence="MIT",
        source="Hass Avocado Board, https://hassavocadoboard.com, by way of causaldata 0.1.5",
    )
