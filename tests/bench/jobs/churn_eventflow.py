"""The churn pipeline: CSV to Parquet, validated, recorded, reported."""

from __future__ import annotations

from timing import timed

from eventflow import run


def job(csv: str, parquet: str) -> None:
    """Run it."""
    run(
        {
            "name": "customers",
            "source": {"use": "csv", "path": csv},
            "quality": {"minimum_score": 80},
            "blueprint": {"use": "customer_churn", "as_of": "2024-12-10", "plans": PLANS},
            "sink": {"use": "parquet", "path": parquet},
        }
    )


PLANS = ["free", "basic", "pro", "enterprise"]

if __name__ == "__main__":
    timed(job)
