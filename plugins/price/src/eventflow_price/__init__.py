"""Price features for Eventflow: elasticity, demand and position of each product."""
