"""Bin by days and aggregate by entity and day: Parquet to Parquet, recorded, reported."""

from __future__ import annotations

from timing import timed

from eventflow import run

AGGREGATES = [
    "count",
    "sum(amount)",
    "mean(amount)",
    "first(amount)",
    "last(amount)",
    "n_unique(kind)",
    "entropy(kind)",
]


def job(source: str, target: str) -> None:
    """Run it."""
    run(
        {
            "source": {"use": "parquet", "path": source},
            "schema": {"timestamp": "at", "entity": "cell"},
            "steps": [
                {"use": "time.bin", "bin_size": "1d"},
                {"use": "features.aggregate", "aggregates": AGGREGATES},
            ],
            "sink": {"use": "parquet", "path": target},
            "runs": {"path": f"{target}.runs"},
        }
    )


if __name__ == "__main__":
    timed(job)
