"""The same events told otherwise: shuffled, split, emptied, renamed, later."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from eventflow.moments import instant, moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from eventflow.frame import EventFrame

ODD_NAMES = ("a b", "größe", "日本", "x.y", 'say "hi"', "select", "Entity", "🙂", "__x")
"""Names of columns that people really have."""
_PART = "__part"


def of(frame: EventFrame, data: pl.DataFrame) -> EventFrame:
    """Return a frame over other rows, with the same meaning."""
    return frame.with_lazy(data.lazy())


def shuffled(data: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the rows in another order."""
    return data.sample(fraction=1, shuffle=True, seed=seed)


def dealt(data: pl.DataFrame, parts: int, seed: int) -> list[pl.DataFrame]:
    """Deal the rows out at random; one part more stays empty."""
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    dealt_to = pl.Series(_PART, [dice.randrange(parts) for _ in range(data.height)], pl.Int64)
    rows = data.with_columns(dealt_to)
    return [rows.filter(pl.col(_PART) == n).drop(_PART) for n in range(parts + 1)]


def buckets(data: pl.DataFrame, by: Sequence[str], number: int) -> list[pl.DataFrame]:
    """Spread the rows over buckets, so that rows with one key share a bucket."""
    place = pl.struct(list(by)).hash(7) % number
    rows = data.with_columns(place.alias(_PART))
    return [rows.filter(pl.col(_PART) == n).drop(_PART) for n in range(number)]


def nulled(data: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the rows without any value in a column."""
    return data.with_columns(pl.lit(None, data.schema[column]).alias(column))


def odd(data: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with more columns, whose names are odd."""
    names = [n for n in ODD_NAMES if n not in data.columns]
    return data.with_columns(pl.lit(n).alias(n) for n in names)


def strange(data: pl.DataFrame, *, but: Sequence[str] = ()) -> pl.DataFrame:
    """Return the rows with unseen text and with numbers far outside their range."""
    return data.with_columns(
        _strange(c, t).alias(c) for c, t in data.schema.items() if c not in but
    )


def _strange(column: str, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.String:
        return pl.lit("never seen before") + pl.col(column)
    if dtype.is_float():
        return pl.col(column) * 1e6 - 1e6
    if dtype.is_integer():
        return (pl.col(column).cast(pl.Int128) * 1000 + 7).cast(dtype, strict=False)
    return pl.col(column)


def with_zeros(data: pl.DataFrame) -> pl.DataFrame:
    """Return the rows twice, the second time with every number zero: what divisions stumble on."""
    zero = data.with_columns(
        (pl.col(c) * 0).cast(t).alias(c)
        for c, t in data.schema.items()
        if t.is_float() or t.is_integer()
    )
    return pl.concat([data, zero])


def before(frame: EventFrame, data: pl.DataFrame, time: str, at: datetime) -> pl.DataFrame:
    """Return the rows before a moment, and those without a time."""
    dtype = data.schema[time]
    early = instant(time, dtype) < moment(at, dtype, frame.zone)
    return data.filter(early | pl.col(time).is_null())


def later(frame: EventFrame, data: pl.DataFrame, time: str, at: datetime) -> pl.DataFrame:
    """Return rows at a moment and after it: those of the data, with wilder numbers."""
    dtype = data.schema[time]
    waits = [timedelta(0), timedelta(milliseconds=1), timedelta(days=1), timedelta(days=400)]
    if dtype == pl.Date:
        waits = [wait + timedelta(days=1) for wait in waits]
    times = pl.Series(
        [at + waits[n % 4] for n in range(data.height)], dtype=pl.Datetime("us", "UTC")
    )
    wild = strange(data, but=[c for c, t in data.schema.items() if t == pl.String])
    return wild.with_columns(as_dtype(times, dtype, frame.zone).alias(time))


def as_dtype(times: pl.Series, dtype: pl.DataType, zone: str) -> pl.Series:
    """Return instants as values of a time dtype; wall clocks in `zone` where it has none."""
    own = dtype.time_zone if isinstance(dtype, pl.Datetime) else None
    local = times.dt.convert_time_zone(own or zone)
    return (local if own else local.dt.replace_time_zone(None)).cast(dtype)


def retimed(frame: EventFrame, data: pl.DataFrame, time: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the rows with their times in other units and zones, each with a name."""
    yield "as they are", data
    dtype = data.schema[time]
    if not isinstance(dtype, pl.Datetime):
        return
    times = data[time]
    if dtype.time_zone is None:
        times = times.dt.replace_time_zone(frame.zone, ambiguous="latest", non_existent="null")
    others = (pl.Datetime("ms"), pl.Datetime("ns", "America/New_York"), pl.Datetime("us", "UTC"))
    for other in others:
        if other != dtype:
            told = f"{other.time_unit} in {other.time_zone or 'no zone'}"
            yield told, data.with_columns(as_dtype(times, other, frame.zone).alias(time))


def tied(data: pl.DataFrame, by: Sequence[str], time: str) -> pl.DataFrame:
    """Return the rows with ties: of each group, the later half of the rows share one time."""
    half = pl.int_range(pl.len()) * 2 >= pl.len()
    shared = pl.when(half).then(pl.col(time).max()).otherwise(pl.col(time))
    return data.with_columns((shared.over(list(by)) if by else shared).alias(time))
