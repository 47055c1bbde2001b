"""Revenue features of every nation and day, from items sold: Parquet to Parquet."""

from __future__ import annotations

from timing import timed

from eventflow import run


def job(sales: str, parquet: str) -> None:
    """Run it."""
    columns = {"series": "nation", "customer_id": "customer"}
    run(
        {
            "name": "revenue",
            "source": {"use": "parquet", "path": sales},
            "blueprint": {"use": "revenue_projection", "as_of": "1998-12-02", "columns": columns},
            "sink": {"use": "parquet", "path": parquet},
        }
    )


if __name__ == "__main__":
    timed(job)
