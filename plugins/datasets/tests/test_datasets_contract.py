"""Every data set keeps the contract of a source."""

from __future__ import annotations

from eventflow.testing import contract
from eventflow_datasets.earthquakes import Earthquakes
from eventflow_datasets.games import GameRevenue
from eventflow_datasets.nyc import NycAirports, NycFlights, NycPlanes, NycWeather
from eventflow_datasets.prices import Avocado
from eventflow_datasets.retail import OnlineRetail

TestEarthquakes = contract(Earthquakes)
TestGameRevenue = contract(GameRevenue)
TestNycAirports = contract(NycAirports)
TestNycFlights = contract(NycFlights)
TestNycPlanes = contract(NycPlanes)
TestNycWeather = contract(NycWeather)
TestAvocado = contract(Avocado)
TestOnlineRetail = contract(OnlineRetail)
