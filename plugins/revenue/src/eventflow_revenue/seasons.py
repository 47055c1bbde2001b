"""Seasonal indices: what a part of the cycle was worth in the complete cycles before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from eventflow_revenue import names as n
from eventflow_revenue.calendar import FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAY = pl.col(n.DATE)
_ISO_YEAR = _DAY - pl.duration(days=_DAY.dt.week().cast(pl.Int64) * 7 - 8 + _DAY.dt.weekday())
_PARTS: Final[dict[str, tuple[pl.Expr, pl.Expr]]] = {
    "day_of_week": (_DAY.dt.weekday(), _DAY.dt.truncate("1w")),
    "week_of_year": (_DAY.dt.week(), _ISO_YEAR),
    "month": (_DAY.dt.month(), _DAY.dt.truncate("1y")),
    "quarter": (_DAY.dt.quarter(), _DAY.dt.truncate("1y")),
}
"""Season → its part of the cycle, and the first day of the cycle."""


def with_seasons(days: pl.LazyFrame) -> pl.LazyFrame:
    """Add the seasonal indices to a complete calendar that is in order.

    A cycle counts once it is over, and only if the series was there from the cycle's first day: an
    index over whole cycles averages 1 over the parts of a cycle of equal length.
    """
    parts = {_part(s): part.cast(pl.Int8) for s, (part, _) in _PARTS.items()}
    cycles = {_cycle(s): start for s, (_, start) in _PARTS.items()}
    placed = days.with_columns(**parts, **cycles)
    counted = placed.with_columns(_counted(season) for season in _PARTS)
    sums = {name: e for season in _PARTS for name, e in _sums(season)}
    indexed = counted.with_columns(**sums).with_columns(_index(season) for season in _PARTS)
    return indexed.drop(*parts, *cycles, *sums, *(_whole(season) for season in _PARTS))


def _part(season: str) -> str:
    return f"__{season}_part"


def _cycle(season: str) -> str:
    return f"__{season}_cycle"


def _whole(season: str) -> str:
    return f"__{season}_whole"


def _counted(season: str) -> pl.Expr:
    """Whether the day lies in a cycle that the series saw from its first day."""
    return (pl.col(_cycle(season)) >= pl.col(FIRST)).cast(pl.Int64).alias(_whole(season))


def _sums(season: str) -> Iterator[tuple[str, pl.Expr]]:
    """Yield revenue and days of earlier cycles: of this part of the cycle, and of all of it."""
    days = pl.col(_whole(season))
    for what, value in (("revenue", days * pl.col(n.REVENUE)), ("days", days)):
        for of, keys in (("part", [n.KEY, _part(season)]), ("all", [n.KEY])):
            so_far = value.cum_sum().over(*keys)
            this_cycle = value.cum_sum().over(*keys, _cycle(season))
            yield f"__{season}_{of}_{what}", so_far - this_cycle


def _index(season: str) -> pl.Expr:
    """The ratio of two means of integers, each of which is exact."""
    part, all_ = (pl.col(f"__{season}_{of}_revenue") for of in ("part", "all"))
    part_days, all_days = (pl.col(f"__{season}_{of}_days") for of in ("part", "all"))
    known = (part_days > 0) & (all_ > 0)
    ratio = (part / part_days) / (all_ / all_days)
    return pl.when(known).then(ratio).alias(n.seasonal(season))
