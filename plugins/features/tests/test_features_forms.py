"""Tiles and masks give the same answer, which is that of a naive loop."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow_features import AggregateSpec, EntityAggregation
from eventflow_features.groups import Group
from eventflow_features.planner.choose import chosen
from eventflow_features.planner.tiled import Tiled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from eventflow_features.planner.choose import Form

BERLIN = ZoneInfo("Europe/Berlin")
AS_OF = datetime(2024, 3, 31, 12, tzinfo=BERLIN)
"""Noon of the day on which clocks change: a day before it is 23 hours."""

STARTS = {
    "all": None,
    "1d": datetime(2024, 3, 30, 12, tzinfo=BERLIN),
    "24h": datetime(2024, 3, 30, 11, tzinfo=BERLIN),
    "3d..1d": datetime(2024, 3, 28, 12, tzinfo=BERLIN),
}
ENDS = {"3d..1d": STARTS["1d"]}
SCHEMA: dict[str, pl.DataType] = {
    "who": pl.Int64(),
    "at": pl.Datetime("us", "Europe/Berlin"),
    "amount": pl.Float64(),
    "code": pl.String(),
    "flag": pl.Boolean(),
    "size": pl.Int16(),
    "row": pl.Int64(),
}
NAIVE: dict[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "sum": math.fsum,
    "min": lambda v: min(v, default=None),
    "std": lambda v: _deviation(v) if len(v) > 1 else None,
    "last": lambda v: v[-1] if v else None,
    "n_unique": lambda v: len(set(v)),
}
GROUPS: dict[str, tuple[Group | None, Callable[[dict[str, Any]], bool]]] = {
    "all": (None, lambda _: True),
    "x": (Group.named(["code"], ("x",)), lambda r: r["code"] == "x"),
    "rare": (Group.named(["code"], ("never",)), lambda _: False),
    "rest": (
        Group(columns=("code",), others=(("x",), ("never",)), name="rest"),
        lambda r: r["code"] != "x",
    ),
    "not y": (
        Group(columns=("code",), others=(("y",),), name="not_y"),
        lambda r: r["code"] != "y",
    ),
    "true 7": (
        Group.named(["flag", "size"], ("true", "7")),
        lambda r: r["flag"] is True and r["size"] == 7,
    ),
    "others": (
        Group(columns=("flag", "size"), others=(("true", "7"), ("false", "-1")), name="others"),
        lambda r: (r["flag"], r["size"]) not in {(True, 7), (False, -1)},
    ),
}
CASES = {
    f"{op} {group} {window}": (op, group, window)
    for op in NAIVE
    for group in GROUPS
    for window in STARTS
}

_edges = [AS_OF, *(s for s in STARTS.values() if s is not None)]
_ticks = [e.astimezone(UTC) + timedelta(microseconds=m) for e in _edges for m in (-1, 0, 1)]
_hours = st.integers(-100, 5).map(lambda h: AS_OF.astimezone(UTC) + timedelta(hours=h))
_event = st.tuples(
    st.sampled_from([0, 1, -7, 2**63 - 1, -(2**63), None]),
    st.one_of(st.none(), st.sampled_from(_ticks), _hours),
    st.one_of(st.none(), st.integers(-99, 99).map(lambda c: c / 8)),
    st.sampled_from(["x", "y", "z", "", None]),
    st.sampled_from([True, False, None]),
    st.sampled_from([7, -1, 0, None]),
)
streams = st.lists(_event, max_size=40).map(
    lambda events: [(*event, i) for i, event in enumerate(events)]
)


def _aggregation(form: Form, by: str = "who") -> EntityAggregation:
    specs = [
        AggregateSpec(
            name=name,
            op=op,
            value="amount",
            window=window,
            group=GROUPS[group][0],
            options={"tie_break": ("row",)} if op == "last" else {},
        )
        for name, (op, group, window) in CASES.items()
    ]
    return EntityAggregation(by=by, time="at", as_of=AS_OF, aggregates=specs, form=form)


def _answer(
    events: Sequence[tuple[Any, ...]], form: Form, by: str = "who", **options: Any
) -> dict[Any, dict[str, Any]]:
    rows = pl.LazyFrame(events, schema=SCHEMA, orient="row")
    if by == "name":
        rows = rows.with_columns(pl.format("c{}", "who").alias("name"))
    found = _aggregation(form, by).run(rows).collect(**options)
    return {row[by]: row for row in found.iter_rows(named=True)}


def _same(found: dict[Any, dict[str, Any]], expected: dict[Any, dict[str, Any]]) -> None:
    assert found.keys() == expected.keys()
    for who, row in expected.items():
        for name in CASES:
            got, value = found[who][name], row[name]
            if isinstance(value, float) and got is not None:
                assert math.isclose(got, value, rel_tol=1e-9, abs_tol=1e-9), (who, name)
            else:
                assert got == value, (who, name)


@settings(deadline=None, max_examples=12)
@given(events=streams)
def test_tiles_equal_a_naive_loop(events: list[tuple[Any, ...]]) -> None:
    """Every aggregate, group and window, over ties, nulls and a change of clocks."""
    _same(_answer(events, "tiles"), _naive(events))


@settings(deadline=None, max_examples=5)
@given(events=streams, seed=st.integers(0, 2**16))
def test_masks_equal_tiles_of_shuffled_rows(events: list[tuple[Any, ...]], seed: int) -> None:
    """Neither the form nor the order of rows nor Polars' engine is part of the answer."""
    shuffled = random.Random(seed).sample(events, len(events))  # noqa: S311 - not for secrets
    expected = _answer(events, "masks")
    _same(_answer(shuffled, "tiles", engine="in-memory"), expected)
    _same(_answer(shuffled, "tiles", engine="streaming"), expected)


@settings(deadline=None, max_examples=5)
@given(events=streams)
def test_entities_named_by_text_have_the_same_features(events: list[tuple[Any, ...]]) -> None:
    """An integer is packed with the groups into one key; text is not."""
    named = {f"c{who}": row for who, row in _answer(events, "tiles").items()}
    _same(_answer(events, "tiles", "name"), named)


def test_groupings_of_many_combinations_are_folded_in_passes_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fewer tiles, the same answer."""
    at = AS_OF.astimezone(UTC) - timedelta(hours=30)
    events = [
        (i % 3, at + timedelta(hours=i), i / 4, "xyz"[i % 3], i % 2 == 0, 7 * (i % 2), i)
        for i in range(30)
    ]
    expected = _answer(events, "tiles")
    monkeypatch.setattr("eventflow_features.planner.tiled._CELLS", 1)
    made = _aggregation("tiles")
    tiled = Tiled(
        by=made.by, specs=made.aggregates, time="at", as_of=AS_OF, zone="UTC", found=SCHEMA
    )
    assert len(tiled.passes()) == 4
    _same(_answer(events, "tiles"), expected)


def test_without_time_groups_alone_are_tiles() -> None:
    """No window, no time column: a tile for each group."""
    rows = pl.LazyFrame({"k": ["a", "a", "b"], "kind": ["x", "y", "x"], "v": [1, 2, 3]})
    specs = [
        AggregateSpec(name=kind, op="sum", value="v", group=Group.named(["kind"], (kind,)))
        for kind in ("x", "y")
    ]
    for form in ("tiles", "masks"):
        made = EntityAggregation(by="k", aggregates=specs, form=form)
        assert made.run(rows).sort("k").collect().rows() == [("a", 1, 2), ("b", 3, 0)]


def test_a_group_by_the_key_itself_is_possible() -> None:
    """The key column and its code are two columns."""
    rows = pl.LazyFrame({"k": [1, 1, 2]})
    spec = AggregateSpec(name="n", group=Group.named(["k"], (1,)))
    made = EntityAggregation(by="k", aggregates=[spec], form="tiles")
    assert made.run(rows).sort("k").collect().rows() == [(1, 2), (2, 0)]


def test_little_to_share_is_masked_and_much_is_tiled() -> None:
    """One window needs no tiles; many windows or groups do, unless the user says otherwise."""
    few = [AggregateSpec(name=f"{i}", op="sum", value="v") for i in range(30)]
    alone = [AggregateSpec(name=f"{i}", op="sum", value="v", window=f"{i}d") for i in range(1, 30)]
    windows = [*alone, *(evolve(s, name=f"{s.name} n", op="count") for s in alone)]
    kinds = [Group.named(["kind"], (f"{i}",)) for i in range(300)]
    groups = [AggregateSpec(name=g.name, op="sum", value="v", group=g) for g in kinds]
    assert chosen(few, "auto") == "masks"
    assert chosen(alone, "auto") == "masks"
    assert chosen(windows, "auto") == "tiles"
    assert chosen(groups, "auto") == "tiles"
    assert chosen(groups[:20], "auto") == "masks"
    assert chosen(windows, "masks") == "masks"
    assert chosen(few, "tiles") == "tiles"


def _deviation(values: list[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))


def _naive(events: Sequence[tuple[Any, ...]]) -> dict[Any, dict[str, Any]]:
    rows = [dict(zip(SCHEMA, event, strict=True)) for event in events]
    counted = [r for r in rows if r["who"] is not None and r["at"] is not None and r["at"] < AS_OF]
    return {
        who: {name: _value(name, [r for r in counted if r["who"] == who]) for name in CASES}
        for who in {r["who"] for r in counted}
    }


def _value(name: str, rows: Sequence[dict[str, Any]]) -> Any:
    op, group, window = CASES[name]
    start, end = STARTS[window], ENDS.get(window)
    inside = [
        r
        for r in rows
        if GROUPS[group][1](r)
        and (start is None or r["at"] >= start)
        and (end is None or r["at"] < end)
        and r["amount"] is not None
    ]
    inside.sort(key=lambda r: (r["at"], r["row"]))
    return NAIVE[op]([r["amount"] for r in inside])
