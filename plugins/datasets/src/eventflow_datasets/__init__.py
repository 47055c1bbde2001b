"""Real event data for Eventflow: retail, flights, weather, games, earthquakes, prices.

Names are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.imports import on_first_use

if TYPE_CHECKING:
    from eventflow_datasets.earthquakes import Earthquakes
    from eventflow_datasets.games import GameRevenue
    from eventflow_datasets.nyc import NycAirports, NycFlights, NycPlanes, NycWeather
    from eventflow_datasets.prices import Avocado
    from eventflow_datasets.retail import OnlineRetail

__all__ = [
    "Avocado",
    "Earthquakes",
    "GameRevenue",
    "NycAirports",
    "NycFlights",
    "NycPlanes",
    "NycWeather",
    "OnlineRetail",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "earthquakes": ["Earthquakes"],
        "games": ["GameRevenue"],
        "nyc": ["NycAirports", "NycFlights", "NycPlanes", "NycWeather"],
        "prices": ["Avocado"],
        "retail": ["OnlineRetail"],
    },
)
