"""Positions to Parquet with one new column, with as many charts as the third argument names."""

from __future__ import annotations

import sys

from timing import timed

from eventflow import run

CHARTS = {
    "map": {"kind": "map", "latitude": "lat", "longitude": "lon", "value": "v"},
    "heatmap": {"kind": "heatmap", "x": "at", "y": "kind", "value": "v"},
    "bars": {"kind": "bars", "x": "kind"},
    "histogram": {"kind": "histogram", "x": "v"},
}


def job(events: str, parquet: str) -> None:
    """Run it; each chart must tell of every row."""
    wanted = sys.argv[3].split("+") if sys.argv[3] != "none" else []
    result = run(
        {
            "name": "positions",
            "source": {"use": "parquet", "path": events},
            "steps": [
                {"use": "derive", "columns": {"w": "v * 2"}},
                *({"use": "chart", **CHARTS[name]} for name in wanted),
            ],
            "sink": {"use": "parquet", "path": parquet},
        }
    )
    charts = result.record.charts
    assert len(charts) == len(wanted)
    for chart in charts:
        if chart.kind in {"bars", "histogram"}:
            assert sum(v or 0 for v in chart.values) == result.ledger.read


if __name__ == "__main__":
    timed(job)
