"""Real event data for Eventflow: retail, flights, weather, games, earthquakes, prices."""
