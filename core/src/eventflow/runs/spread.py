"""How numbers are spread: mean, quantiles and a histogram, of all columns in a few queries."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import frozen

from eventflow.quantiles import interpolated, neighbours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BINS = 20
QUANTILES = (0.05, 0.25, 0.75, 0.95)
_LOOKED_UP = (0.0, *QUANTILES, 0.5, 1.0)


@frozen
class Spread:
    """How the finite values of a column are spread.

    Attributes:
        low: The smallest.
        high: The largest.
        mean: Their mean.
        median: Their median.
        quantiles: Those of `QUANTILES`.
        histogram: Number of values in each of `BINS` bins of equal width, the last one closed on
            both sides; one bin where all are equal.
    """

    low: float
    high: float
    mean: float
    median: float
    quantiles: tuple[float, ...]
    histogram: tuple[int, ...]


def spreads(columns: Sequence[pl.Series]) -> list[Spread | None]:
    """Return how each column is spread; None for one without a finite value.

    Each column is sorted once, and everything else looked up in it.

    Args:
        columns: Numbers, of equal lengths.
    """
    if not columns:
        return []
    names = [str(i) for i in range(len(columns))]
    frame = pl.DataFrame(
        [c.cast(pl.Float64).alias(name) for name, c in zip(names, columns, strict=True)]
    )
    finite = frame.with_columns(pl.when(pl.all().is_finite()).then(pl.all()))
    means = finite.mean().row(0)
    ordered = finite.select(pl.all().sort(nulls_last=True))
    counts = dict(zip(names, (frame.height - n for n in finite.null_count().row(0)), strict=True))
    known = {name: count for name, count in counts.items() if count}
    found = _looked_up(ordered, known)
    histograms = _histograms(ordered, known, {name: found[name] for name in known})
    out: list[Spread | None] = []
    for name, mean in zip(names, means, strict=True):
        if name not in known:
            out.append(None)
            continue
        low, *quantiles, median, high = found[name]
        out.append(Spread(low, high, mean, median, tuple(quantiles), histograms[name]))
    return out


def _looked_up(ordered: pl.DataFrame, counts: Mapping[str, int]) -> dict[str, list[float]]:
    """Return the values at `_LOOKED_UP`, of sorted columns with so many values."""
    if not counts:
        return {}
    places = {name: neighbours(count, _LOOKED_UP) for name, count in counts.items()}
    around = ordered.select(pl.col(name).gather(at) for name, (at, _) in places.items())
    return {
        name: interpolated(around[name].to_list(), parts) for name, (_, parts) in places.items()
    }


def _histograms(
    ordered: pl.DataFrame, counts: Mapping[str, int], found: Mapping[str, Sequence[float]]
) -> dict[str, tuple[int, ...]]:
    edges: dict[str, list[float]] = {}
    for name, (low, *_, high) in found.items():
        width = (high - low) / BINS
        if width > 0:
            edges[name] = [low + i * width for i in range(1, BINS)]
    below: dict[str, Any] = {}
    if edges:
        cuts = pl.DataFrame(edges, schema=dict.fromkeys(edges, pl.Float64))
        wanted = (
            pl.col(name).head(counts[name]).search_sorted(cuts[name], side="left") for name in edges
        )
        below = ordered.select(wanted).to_dict(as_series=False)
    return {
        name: _between([0, *below[name], count]) if name in below else (count,)
        for name, count in counts.items()
    }


def _between(ends: Sequence[int]) -> tuple[int, ...]:
    return tuple(end - start for start, end in pairwise(ends))
