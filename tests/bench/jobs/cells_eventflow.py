"""Bin, aggregate, share and lag: Parquet to Parquet, recorded, reported."""

from __future__ import annotations

from timing import timed

from eventflow import run


def job(source: str, target: str) -> None:
    """Run it."""
    aggregates = ["count", "sum(amount)", "entropy(kind)"]
    run(
        {
            "source": {"use": "parquet", "path": source},
            "schema": {"timestamp": "at", "dimensions": [{"column": "cell"}]},
            "steps": [
                {"use": "time.bin", "bin_size": "6h"},
                {"use": "features.aggregate", "aggregates": aggregates},
                {"use": "features.share", "columns": "count", "within": []},
                {"use": "features.lagged", "columns": "count"},
            ],
            "sink": {"use": "parquet", "path": target},
            "runs": {"path": f"{target}.runs"},
        }
    )


if __name__ == "__main__":
    timed(job)
