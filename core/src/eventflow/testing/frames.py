"""Event frames to feed a component: one fixed sample, and Hypothesis strategies for any dtypes."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from eventflow.frame import EventFrame
from eventflow.schema import EventSchema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

AS_OF = datetime(2020, 6, 1, tzinfo=UTC)
"""A moment after every event of the sample."""

SAMPLE: dict[str, pl.DataType] = {
    "entity": pl.String(),
    "time": pl.Datetime("us", "UTC"),
    "amount": pl.Float64(),
    "quantity": pl.Int64(),
    "category": pl.String(),
    "flag": pl.Boolean(),
}
"""Columns and dtypes of the sample."""

CONTEXT: dict[str, pl.DataType] = {
    "entity": pl.String(),
    "known_at": pl.Datetime("us", "UTC"),
    "segment": pl.String(),
    "rating": pl.Float64(),
}
"""Columns and dtypes of the sample contexts."""

_ROLES = {"entity": "entity", "timestamp": "time", "event_type": "category", "value": "amount"}
_ENTITIES = ("ada", "bob", "Zoë", "李", "o'neil", "")
_CATEGORIES = ("food", "Food", "travel", "café", "")


def sample_events(rows: int = 60) -> EventFrame:
    """Return events as they come: nulls, ties in time, refunds, entities of one row.

    Columns: entity (String), time (Datetime, UTC), amount (Float64; negative is a refund),
    quantity (Int64), category (String), flag (Boolean). Roles: entity, timestamp, event_type,
    value. Every event lies in the 150 days before `AS_OF`. The same rows on every call.

    Args:
        rows: How many; the first ones are the same for any number.
    """
    dice = random.Random(20200601)  # noqa: S311 - sample data, no secret
    table = [_event(dice, number) for number in range(rows)]
    data = pl.DataFrame(table, schema=SAMPLE, orient="row")
    return EventFrame(data.lazy(), EventSchema(**_ROLES))


def _event(dice: random.Random, number: int) -> tuple[Any, ...]:
    alone = number % 20 == 7  # noqa: PLR2004 - an entity of one row now and then
    entity = f"only-{number}" if alone else dice.choice(_ENTITIES)
    time = AS_OF - timedelta(days=dice.randrange(1, 150), hours=dice.randrange(3) * 8)
    amount = round(dice.uniform(-40, 120), 2)
    row = (
        None if number % 29 == 11 else entity,  # noqa: PLR2004 - few
        None if number % 31 == 13 else time,  # noqa: PLR2004 - few
        None if number % 9 == 4 else (0.0 if number % 10 == 3 else amount),  # noqa: PLR2004 - some
        None if number % 8 == 5 else dice.randrange(-3, 12),  # noqa: PLR2004 - some
        None if number % 7 == 6 else dice.choice(_CATEGORIES),  # noqa: PLR2004 - some
        dice.choice((True, False, None)),
    )
    return row if number % 6 else (*row[:1], AS_OF - timedelta(days=30), *row[2:])


def event_frames(
    columns: Mapping[str, pl.DataType] | None = None,
    *,
    max_rows: int = 40,
    nulls: bool = True,
    **roles: str,
) -> SearchStrategy[EventFrame]:
    """Return a Hypothesis strategy for event frames.

    Values come from small pools as well as from the whole range, so that keys repeat and times
    tie. Floats are finite.

    Args:
        columns: Column → dtype (numbers, decimals, text, booleans, dates, times, categories); the
            sample's columns and roles if not given.
        max_rows: Most rows in a frame; the fewest are none.
        nulls: Whether values may be missing.
        roles: Roles of columns, as in ``entity="user"``.
    """
    from hypothesis import strategies as st  # noqa: PLC0415 - delayed: an extra, only for tests

    schema = dict(SAMPLE if columns is None else columns)
    meaning = EventSchema(**(_ROLES if columns is None and not roles else roles))
    row = st.tuples(*(values(dtype, nulls=nulls) for dtype in schema.values()))

    def framed(rows: list[tuple[Any, ...]]) -> EventFrame:
        data = pl.DataFrame(rows, schema=schema, orient="row")
        return EventFrame(data.lazy(), meaning)

    return st.lists(row, max_size=max_rows).map(framed)


def values(dtype: pl.DataType, *, nulls: bool = True) -> SearchStrategy[Any]:
    """Return a Hypothesis strategy for values of a dtype.

    Raises:
        ValueError: There is none for this dtype.
    """
    from hypothesis import strategies as st  # noqa: PLC0415 - delayed: an extra, only for tests

    drawn: SearchStrategy[Any] = _values(dtype, st)
    return st.none() | drawn if nulls else drawn


def _values(dtype: pl.DataType, st: Any) -> Any:
    days = st.dates(date(1990, 1, 1), date(2049, 1, 1))
    pools: dict[type, Any] = {
        pl.Boolean: st.booleans(),
        pl.String: st.sampled_from(_ENTITIES) | st.text(max_size=8),
        pl.Categorical: st.sampled_from(_CATEGORIES),
        pl.Date: st.sampled_from([date(2020, 2, 29), AS_OF.date()]) | days,
        pl.Duration: st.integers(-(10**6), 10**6).map(lambda s: timedelta(seconds=s)),
    }
    if isinstance(dtype, pl.Datetime):
        return _times(dtype, st)
    if isinstance(dtype, pl.Enum):
        return st.sampled_from(dtype.categories.to_list())
    if isinstance(dtype, pl.Decimal):
        return st.decimals(-1000, 1000, places=dtype.scale)
    if dtype.is_float():
        return st.sampled_from([0.0, -1.5, 0.1]) | st.floats(-1e6, 1e6, width=32)
    if dtype.is_integer():
        return st.integers(0 if dtype.is_unsigned_integer() else -100, 100)
    if type(dtype) in pools:
        return pools[type(dtype)]
    msg = f"there is no strategy for values of dtype {dtype}"
    raise ValueError(msg)


def _times(dtype: pl.Datetime, st: Any) -> Any:
    low, high = datetime(2019, 1, 1), datetime(2020, 12, 31)  # noqa: DTZ001 - zone follows
    edges = [AS_OF.replace(tzinfo=None) + timedelta(microseconds=1000 * n) for n in (-1, 0, 1)]
    naive = (st.sampled_from(edges) | st.datetimes(low, high)).map(
        lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000)
    )
    return naive.map(lambda t: t.replace(tzinfo=UTC)) if dtype.time_zone else naive


def sample_context() -> EventFrame:
    """Return context for the sample events: one row for most entities, none for the others.

    Columns: entity (String), known_at (Datetime, UTC), segment (String), rating (Float64). Every
    row was known before the first event. Roles: entity, timestamp.
    """
    known = AS_OF - timedelta(days=365)
    rows = [
        (entity, known, ("gold", "iron", None)[n % 3], None if n == 1 else n / 2)
        for n, entity in enumerate(_ENTITIES[:-2])
    ]
    return _context(rows)


def sample_history() -> EventFrame:
    """Return context that changes: as `sample_context`, with several rows for an entity in time.

    Some rows become known after events of their entity.
    """
    rows = [
        (entity, AS_OF - timedelta(days=150 - 40 * step, hours=n), f"s{step}", step + n / 10)
        for n, entity in enumerate(_ENTITIES[:-2])
        for step in range(4)
    ]
    return _context(rows)


def _context(rows: list[tuple[Any, ...]]) -> EventFrame:
    data = pl.DataFrame(rows, schema=CONTEXT, orient="row")
    return EventFrame(data.lazy(), EventSchema(entity="entity", timestamp="known_at"))
