"""Steps over rows of features, one per cell, zone or entity: shares, rates, lags, profiles."""
