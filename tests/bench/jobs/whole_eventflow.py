"""The whole pipeline: CSV to Parquet, prepared, validated, described, recorded, reported."""

from __future__ import annotations

from timing import timed

from eventflow import run

PLANS = ["free", "basic", "pro", "enterprise"]
FILLED = {"total_value": "median", "feature_usage_count": "median", "plan_type": "mode"}
CAPPED = ["total_value", "support_tickets", "feature_usage_count"]


def job(csv: str, parquet: str) -> None:
    """Run it."""
    run(
        {
            "name": "customers",
            "source": {"use": "csv", "path": csv},
            "steps": [
                {"use": "prepare.missing", "columns": FILLED},
                {"use": "prepare.outliers", "columns": CAPPED},
                {"use": "prepare.scale", "columns": ["feature_usage_count"], "method": "minmax"},
            ],
            "quality": {"minimum_score": 80},
            "blueprint": {"use": "customer_churn", "as_of": "2024-12-10", "plans": PLANS},
            "sink": {"use": "parquet", "path": parquet},
        }
    )


if __name__ == "__main__":
    timed(job)
