"""Laws of entity aggregation, on generated event streams."""

from __future__ import annotations

import math
import random
import statistics
import zlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow_features import AggregateSpec, EntityAggregation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AS_OF = datetime(2024, 3, 10, 12)  # noqa: DTZ001 - a naive time column
SCHEMA: dict[str, pl.DataType] = {
    "who": pl.String(),
    "at": pl.Datetime("us"),
    "amount": pl.Float64(),
    "items": pl.Int32(),
    "code": pl.String(),
    "row": pl.Int64(),
}
WINDOWS = {"all": None, "2d": timedelta(days=2), "6h": timedelta(hours=6)}
OPS = ("count", "sum", "mean", "min", "max", "var", "std", "first", "last", "n_unique")
NUMERIC = ("sum", "mean", "var", "std")


def _specs() -> list[AggregateSpec]:
    made = [AggregateSpec(name=f"rows_{w}", window=w) for w in WINDOWS]
    for op in OPS:
        for column in ("amount", "items", *(() if op in NUMERIC else ("code",))):
            options = {"tie_break": ("row",)} if op in ("first", "last") else {}
            made += [
                AggregateSpec(
                    name=f"{op}_{column}_{w}", op=op, value=column, window=w, options=options
                )
                for w in WINDOWS
            ]
    made.append(AggregateSpec(name="paid", op="sum", value="amount", where="items > 0"))
    return made


AGGREGATION = EntityAggregation(by="who", time="at", as_of=AS_OF, aggregates=_specs())

_edges = [AS_OF - d for d in (timedelta(0), timedelta(days=2), timedelta(hours=6))]
_ticks = [e + timedelta(microseconds=m) for e in _edges for m in (-1, 0, 1)]
_times = st.one_of(
    st.none(),
    st.sampled_from(_ticks),
    st.integers(-100, 20).map(lambda h: AS_OF + timedelta(hours=h)),
)
_event = st.tuples(
    st.sampled_from(["a", "b", "c", "ä", None]),
    _times,
    st.one_of(st.none(), st.integers(-1000, 1000).map(lambda c: c / 8 + 0.1)),
    st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1), st.integers(-2, 2)),
    st.one_of(st.none(), st.sampled_from(["", "x", "X", "yy"])),
)
streams = st.lists(_event, max_size=40).map(
    lambda events: [(*event, i % 7) for i, event in enumerate(events)]
)


def _frame(events: Sequence[tuple[Any, ...]]) -> pl.LazyFrame:
    return pl.LazyFrame(events, schema=SCHEMA, orient="row")


def _answer(lazy: pl.LazyFrame, **options: Any) -> dict[str, dict[str, Any]]:
    frame = lazy.collect(**options)
    return {row["who"]: row for row in frame.iter_rows(named=True)}


def _same(found: dict[str, dict[str, Any]], expected: dict[str, dict[str, Any]]) -> None:
    assert found.keys() == expected.keys()
    for who, row in expected.items():
        for name, value in row.items():
            got = found[who][name]
            if isinstance(value, float) and got is not None:
                # variances of values near 1e9 round at 1e-16 * 1e18; the others are small
                scale = 1e4 if "items" in name and name.startswith(("var", "std")) else 1e-7
                assert math.isclose(got, value, rel_tol=1e-9, abs_tol=scale), (who, name)
            else:
                assert got == value, (who, name)


@settings(deadline=None, max_examples=25)
@given(events=streams, seed=st.integers(0, 2**16))
def test_shuffled_rows_give_the_same_answer(events: list[tuple[Any, ...]], seed: int) -> None:
    """Row order is not part of the answer, in either Polars engine."""
    expected = _answer(AGGREGATION.run(_frame(events)))
    shuffled = random.Random(seed).sample(events, len(events))  # noqa: S311 - not for secrets
    _same(_answer(AGGREGATION.run(_frame(shuffled)), engine="in-memory"), expected)
    _same(_answer(AGGREGATION.run(_frame(shuffled)), engine="streaming"), expected)


@settings(deadline=None, max_examples=25)
@given(events=streams, seed=st.integers(0, 2**16), parts=st.integers(1, 5))
def test_any_split_merged_in_any_order_and_nesting_gives_the_same_answer(
    events: list[tuple[Any, ...]], seed: int, parts: int
) -> None:
    """finish(merge(partials)) equals one pass; merging merged partials changes nothing."""
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    split: list[list[tuple[Any, ...]]] = [[] for _ in range(parts)]
    for event in events:
        split[dice.randrange(parts)].append(event)
    partials = [AGGREGATION.partial(_frame(part)).collect().lazy() for part in split]
    dice.shuffle(partials)
    cut = dice.randrange(parts)
    nested = [AGGREGATION.merge(*side) for side in (partials[:cut], partials[cut:]) if side]
    merged = AGGREGATION.merge(*nested)
    _same(_answer(AGGREGATION.finish(merged)), _answer(AGGREGATION.run(_frame(events))))


@settings(deadline=None, max_examples=10)
@given(events=streams, buckets=st.integers(1, 4))
def test_entity_buckets_give_the_same_answer(events: list[tuple[Any, ...]], buckets: int) -> None:
    """Entities can be spread over machines: the union of the buckets is the answer."""
    bucketed: dict[str, dict[str, Any]] = {}
    for bucket in range(buckets):
        mine = [e for e in events if zlib.crc32((e[0] or "").encode()) % buckets == bucket]
        bucketed |= _answer(AGGREGATION.run(_frame(mine)))
    _same(bucketed, _answer(AGGREGATION.run(_frame(events))))


@settings(deadline=None, max_examples=25)
@given(events=streams, future=streams)
def test_what_happens_at_or_after_as_of_changes_nothing(
    events: list[tuple[Any, ...]], future: list[tuple[Any, ...]]
) -> None:
    """No look-ahead: any future may follow, entities that only exist there included."""
    later = [("new" if e[0] == "c" else e[0], max(e[1], AS_OF), *e[2:]) for e in future if e[1]]
    _same(
        _answer(AGGREGATION.run(_frame([*events, *later]))),
        _answer(AGGREGATION.run(_frame(events))),
    )


@settings(deadline=None, max_examples=25)
@given(events=streams)
def test_a_naive_loop_agrees(events: list[tuple[Any, ...]]) -> None:
    """Each aggregate equals its definition, written as a Python loop."""
    _same(_answer(AGGREGATION.run(_frame(events))), _naive(events))


@settings(deadline=None, max_examples=15)
@given(events=streams)
def test_duckdb_agrees(events: list[tuple[Any, ...]]) -> None:
    """Each aggregate equals DuckDB's, apart from the sum of nothing, which is 0 here."""
    expected = _duckdb(events)
    _same(_answer(AGGREGATION.run(_frame(events))), expected)


def _naive(events: Sequence[tuple[Any, ...]]) -> dict[str, dict[str, Any]]:
    rows = [dict(zip(SCHEMA, event, strict=True)) for event in events]
    counted = [r for r in rows if r["who"] is not None and r["at"] is not None and r["at"] < AS_OF]
    answer: dict[str, dict[str, Any]] = {}
    for who in {r["who"] for r in counted}:
        mine = [r for r in counted if r["who"] == who]
        answer[who] = {"who": who} | {s.name: _value(s, mine) for s in AGGREGATION.aggregates}
    return answer


def _value(spec: AggregateSpec, rows: Sequence[dict[str, Any]]) -> Any:
    length = WINDOWS[spec.window.text]
    inside = [r for r in rows if length is None or r["at"] >= AS_OF - length]
    if spec.where is not None:
        inside = [r for r in inside if r["items"] is not None and r["items"] > 0]
    if spec.value is None:
        return len(inside)
    known = [r for r in inside if r[spec.value.text] is not None]
    ordered = sorted(known, key=lambda r: (r["at"], r["row"], r[spec.value.text]))  # type: ignore[union-attr] # not None, above
    return NAIVE[str(spec.op)]([r[spec.value.text] for r in ordered])


NAIVE: dict[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "sum": lambda v: math.fsum(v) if any(isinstance(x, float) for x in v) else sum(v),
    "mean": lambda v: statistics.fmean(v) if v else None,
    "min": lambda v: min(v, default=None),
    "max": lambda v: max(v, default=None),
    "var": lambda v: float(statistics.variance(v)) if len(v) > 1 else None,
    "std": lambda v: float(statistics.stdev(v)) if len(v) > 1 else None,
    "first": lambda v: v[0] if v else None,
    "last": lambda v: v[-1] if v else None,
    "n_unique": lambda v: len(set(v)),
}

SQL = {
    "count": "count({c}) filter ({w})",
    "sum": "coalesce(sum({c}) filter ({w}), 0)",
    "mean": "avg({c}) filter ({w})",
    "min": "min({c}) filter ({w})",
    "max": "max({c}) filter ({w})",
    "var": "var_samp({c}) filter ({w})",
    "std": "stddev_samp({c}) filter ({w})",
    "first": 'first({c} order by "at", "row", {c}) filter ({w} and {c} is not null)',
    "last": 'last({c} order by "at", "row", {c}) filter ({w} and {c} is not null)',
    "n_unique": "count(distinct {c}) filter ({w})",
}


def _duckdb(events: Sequence[tuple[Any, ...]]) -> dict[str, dict[str, Any]]:
    now = f"timestamp '{AS_OF}'"
    columns = []
    for spec in AGGREGATION.aggregates:
        length = WINDOWS[spec.window.text]
        seconds = 0 if length is None else int(length.total_seconds())
        where = "true" if length is None else f'"at" >= {now} - interval {seconds} second'
        where += "" if spec.where is None else ' and "items" > 0'
        template = "count(*) filter ({w})" if spec.value is None else SQL[str(spec.op)]
        value = "" if spec.value is None else f'"{spec.value.text}"'
        columns.append(f'{template.format(c=value, w=where)} as "{spec.name}"')
    connection = duckdb.connect()
    connection.execute(
        'create table e ("who" text, "at" timestamp, "amount" double, "items" integer, '
        '"code" text, "row" bigint)'
    )
    if events:
        connection.executemany("insert into e values (?, ?, ?, ?, ?, ?)", events)
    query = f'select "who", {", ".join(columns)} from e where "who" is not null and "at" < {now} group by "who"'  # noqa: S608, E501 - made of constants
    found = connection.execute(query)
    names = [d[0] for d in found.description]
    return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}


@pytest.mark.parametrize("op", OPS)
def test_the_streaming_engine_runs_every_aggregate(op: str) -> None:
    """One pass in Polars' streaming engine: no node falls back to the in-memory engine."""
    spec = AggregateSpec(name="x", op=op, value="items", window="2d", where="amount > 0")
    plan = EntityAggregation(by="who", time="at", as_of=AS_OF, aggregates=[spec]).run(_frame([]))
    graph = plan.show_graph(engine="streaming", plan_stage="physical", raw_output=True, show=False)
    assert graph is not None
    assert "group-by" in graph
    assert "in-memory-map" not in graph
    assert "in-memory-join" not in graph
    assert graph.count("group-by") == 1
