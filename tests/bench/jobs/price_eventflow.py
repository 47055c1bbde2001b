"""Price features of every product, from items sold: Parquet to Parquet."""

from __future__ import annotations

from timing import timed

from eventflow import run

COLUMNS = {"product_id": "product", "quantity_sold": "quantity"}
PRODUCTS = {"level": "product", "as_of": "1998-12-02", "columns": COLUMNS}


def job(sales: str, parquet: str) -> None:
    """Run it."""
    run(
        {
            "name": "price",
            "source": {"use": "parquet", "path": sales},
            "blueprint": {"use": "price_optimization", **PRODUCTS},
            "sink": {"use": "parquet", "path": parquet},
        }
    )


if __name__ == "__main__":
    timed(job)
