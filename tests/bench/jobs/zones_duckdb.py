"""Points in zones by DuckDB's extension spatial."""

from __future__ import annotations

from pathlib import Path

import duckdb
import duckdb_extension_spatial
from timing import timed_counts

_EXTENSION = next(Path(duckdb_extension_spatial.__file__).parent.rglob("*.duckdb_extension"))
_QUERY = """
    SELECT z.zone, count(*)
    FROM read_parquet($points) p
    JOIN (SELECT zone, ST_GeomFromWKB(shape) AS shape FROM read_parquet($zones)) z
    ON ST_Within(ST_Point(p.lon, p.lat), z.shape)
    GROUP BY 1
"""


def job(path: str) -> dict[str, int]:
    """Count the points of each zone."""
    with duckdb.connect() as connection:
        connection.load_extension(str(_EXTENSION))
        zones = str(Path(path).with_name("zones.parquet"))
        counts = connection.execute(_QUERY, {"points": path, "zones": zones}).fetchall()
    return {str(zone): count for zone, count in counts}


if __name__ == "__main__":
    timed_counts(job)
