"""Every aggregate, over ties, duplicates and changes of clocks, however the rows are dealt."""

from __future__ import annotations

import random
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow.testing.comparing import differences
from eventflow_features import AggregateSpec, EntityAggregation
from eventflow_features.specs import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.blueprint import Parity
    from eventflow_features.planner.choose import Form

BERLIN = ZoneInfo("Europe/Berlin")
MOMENTS = {
    "clocks forward": datetime(2024, 3, 31, 12, tzinfo=BERLIN),
    "clocks back": datetime(2024, 10, 27, 12, tzinfo=BERLIN),
}
HOUR = timedelta(hours=1)
DAYS = {"all": (9_999, 0), "1d": (1, 0), "2d..1d": (2, 1)}
"""Windows in calendar days: of 23 and 25 hours where clocks change."""

SCHEMA: dict[str, pl.DataType] = {
    "who": pl.String(),
    "at": pl.Datetime("us", "Europe/Berlin"),
    "x": pl.Float64(),
    "y": pl.Float64(),
    "row": pl.Int64(),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "quantile": {"q": 0.9}, "approx_quantile": {"q": 0.9}, "ratio": {"other": "y"},
    "cov": {"other": "y"}, "corr": {"other": "y"}, "first": {"tie_break": ("row",)},
    "last": {"tie_break": ("row",)},
}  # fmt: skip

_event = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.integers(-60, 2) | st.sampled_from([-36, -24, -23, -25, -12, -10, 0]),
    st.none() | st.integers(-8, 8).map(lambda n: n / 4),
    st.none() | st.integers(1, 8).map(lambda n: n / 4),
    st.integers(0, 2),
)
events = st.lists(_event, max_size=24).map(lambda e: e + e[: len(e) // 3])
"""Some hours occur twice by chance, and a third of the events exactly twice."""


def _specs(windows: Sequence[str]) -> list[AggregateSpec]:
    return [
        AggregateSpec(
            name=f"{op} {window}", op=op, value="x", window=window, options=OPTIONS.get(op, {})
        )
        for op in OPERATIONS
        for window in windows
    ]


def _made(at: datetime, form: Form, windows: Sequence[str] = tuple(DAYS)) -> EntityAggregation:
    return EntityAggregation(by="who", time="at", as_of=at, aggregates=_specs(windows), form=form)


def _rows(drawn: Sequence[tuple[Any, ...]], at: datetime) -> pl.LazyFrame:
    zoned = [(who, at.astimezone(UTC) + hours * HOUR, *rest) for who, hours, *rest in drawn]
    return pl.LazyFrame(zoned, schema=SCHEMA, orient="row")


def _parity() -> dict[str, Parity]:
    return {s.name: s.unbound("at").parity(pl.Float64()) for s in _specs(tuple(DAYS))}


def _agree(found: pl.LazyFrame, expected: pl.DataFrame, **options: Any) -> None:
    got = found.collect(**options)
    told = differences(got, expected, key=["who"], parity=_parity())
    assert told is None, told


@pytest.mark.parametrize("moment", MOMENTS)
@settings(deadline=None, max_examples=6)
@given(drawn=events, seed=st.integers(0, 2**16), parts=st.integers(1, 4))
def test_every_aggregate_is_the_same_however_rows_are_dealt(
    moment: str, drawn: list[tuple[Any, ...]], seed: int, parts: int
) -> None:
    """Shuffled, in tiles, split and merged, in buckets of entities, on both engines."""
    at, dice = MOMENTS[moment], random.Random(seed)  # noqa: S311 - not for secrets
    masks = _made(at, "masks")
    expected = masks.run(_rows(drawn, at)).collect()
    shuffled = dice.sample(drawn, len(drawn))
    _agree(masks.run(_rows(shuffled, at)), expected, engine="in-memory")
    _agree(_made(at, "tiles").run(_rows(shuffled, at)), expected, engine="streaming")
    split: list[list[tuple[Any, ...]]] = [[] for _ in range(parts)]
    for event in drawn:
        split[dice.randrange(parts)].append(event)
    partials = [masks.partial(_rows(part, at)).collect().lazy() for part in split]
    nested = masks.merge(masks.merge(*partials[:1]), *partials[1:])
    _agree(masks.finish(nested), expected)
    mine = [[e for e in drawn if zlib.crc32(e[0].encode()) % 2 == i] for i in range(2)]
    _agree(pl.concat([masks.run(_rows(bucket, at)) for bucket in mine]), expected)


@pytest.mark.parametrize("moment", MOMENTS)
@settings(deadline=None, max_examples=6)
@given(drawn=events)
def test_a_window_is_the_rows_that_a_clock_on_the_wall_puts_into_it(
    moment: str, drawn: list[tuple[Any, ...]]
) -> None:
    """In each window every aggregate is what it is of those rows alone, chosen by a naive loop.

    What it is of all rows is tested against its definition elsewhere.
    """
    at = MOMENTS[moment]
    found = _made(at, "masks").run(_rows(drawn, at)).collect()
    for window, (start, end) in DAYS.items():
        low, high = (at - timedelta(days=days) for days in (start, end))  # along the wall
        inside = [
            e
            for e in drawn
            if low.astimezone(UTC) <= at.astimezone(UTC) + e[1] * HOUR < high.astimezone(UTC)
        ]
        alone = _made(at, "masks", ["all"]).run(_rows(inside, at)).collect()
        alone = alone.rename({f"{op} all": f"{op} {window}" for op in OPERATIONS})
        some = found.select(alone.columns).filter(pl.col("who").is_in(alone["who"].implode()))
        told = differences(some, alone, key=["who"], parity=_parity())
        assert told is None, told
