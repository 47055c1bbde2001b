"""Fill, cap, encode and scale: Parquet to Parquet, recorded, reported."""

from __future__ import annotations

from timing import timed

from eventflow import run

FLOATS = [f"x{i}" for i in range(12)]
NUMBERS = [*FLOATS, "n0", "n1"]
FEW, MANY = ["kind", "size", "colour"], ["shop", "city"]


def job(source: str, target: str) -> None:
    """Run it."""
    encoded = dict.fromkeys(FEW, "one_hot") | dict.fromkeys(MANY, "target")
    filled = dict.fromkeys(FLOATS, "median") | dict.fromkeys((*FEW, *MANY), "mode")
    run(
        {
            "name": "measures",
            "source": {"use": "parquet", "path": source},
            "steps": [
                {"use": "prepare.missing", "columns": filled},
                {"use": "prepare.outliers", "columns": NUMBERS},
                {
                    "use": "prepare.encode",
                    "columns": encoded,
                    "target": "y",
                    "smoothing": 10.0,
                    "folds": 1,
                },
                {"use": "prepare.scale", "columns": NUMBERS, "method": "standard"},
            ],
            "sink": {"use": "parquet", "path": target},
        }
    )


if __name__ == "__main__":
    timed(job)
