"""Charts of sample records: one of each kind."""

from __future__ import annotations

from typing import Any

from eventflow.charts.record import (
    BarMarks,
    ChartRecord,
    HeatmapMarks,
    HistogramMarks,
    MapMarks,
)


def sample_charts(*names: str) -> tuple[ChartRecord, ...]:
    """One chart of each kind, about customers in towns."""
    named = names or ("Köln", "Bonn", "Suva")
    values = tuple(7.5 * i - 3 for i in range(len(named)))
    marks: dict[str, Any] = {
        "map": MapMarks(
            longitude=tuple(7.0 + i / 9 for i in range(len(named))),
            latitude=tuple(50.9 - i / 7 for i in range(len(named))),
            values=values,
            labels=named,
            outlines=tuple(
                ((7.0 + i, 50.0, 7.5 + i, 50.0, 7.5 + i, 50.5),) for i in range(len(named))
            ),
        ),
        "heatmap": HeatmapMarks(
            columns=named, rows=named, column=(0, 1), row=(1, 2), values=(None, 2.0)
        ),
        "bars": BarMarks(labels=named, values=values, others=(1.0,) * len(named)),
        "histogram": HistogramMarks(starts=named, end=named[0], values=values),
    }
    return tuple(
        ChartRecord(
            title=names[0] if names else f"{kind} of customers",
            node=names[0] if names else "steps.1",
            measure="mean of spend",
            unit=names[0] if names else "GBP",
            left_out=2,
            missing=243_007,
            **{kind: mark},
        )
        for kind, mark in marks.items()
    )
