"""Every metric of the gate agrees with DuckDB, on random data, in either engine, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow.frame import EventFrame
from eventflow_quality.gate import QualityGate

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.quality import CheckResult, Verdict

CODES = ["A1", "B2", "bad", "", "A11"]
RULES: dict[str, Any] = {
    "id": {"unique": True, "nullable": False},
    "amount": {"minimum": -10, "maximum": 1000.5},
    "code": {"pattern": "^[A-Z][0-9]$"},
    "kind": {"allowed": [1, 2, 3]},
    "day": {"minimum": "2024-01-10"},
}
SQL = {
    ("not_null", "id"): "count(id), count(*)",
    ("not_null", "amount"): "count(amount), count(*)",
    ("not_null", "code"): "count(code), count(*)",
    ("not_null", "kind"): "count(kind), count(*)",
    ("not_null", "day"): "count(day), count(*)",
    ("unique", "id"): "count(distinct id), count(id)",
    ("range", "amount"): "count(*) filter (amount between -10 and 1000.5), count(amount)",
    ("pattern", "code"): "count(*) filter (regexp_matches(code, '^[A-Z][0-9]$')), count(code)",
    ("allowed", "kind"): "count(*) filter (kind in (1, 2, 3)), count(kind)",
    ("range", "day"): "count(*) filter (day >= date '2024-01-10'), count(day)",
    ("unique", "code", "kind"): "count(distinct (code, kind)) filter (code is not null and "
    "kind is not null), count(*) filter (code is not null and kind is not null)",
}
FAILING = {
    ("range", "amount"): ("amount", "not (amount between -10 and 1000.5)"),
    ("pattern", "code"): ("code", "not regexp_matches(code, '^[A-Z][0-9]$')"),
    ("allowed", "kind"): ("kind", "kind not in (1, 2, 3)"),
    ("unique", "id"): ("id", "id in (select id from t group by id having count(*) > 1)"),
}

_floats = st.just(float("nan")) | st.floats(-100, 2000)
_row = st.tuples(
    st.none() | st.integers(0, 8),
    st.none() | _floats,
    st.none() | st.sampled_from(CODES),
    st.none() | st.integers(0, 4),
    st.none() | st.integers(0, 30),
)
SCHEMA = {"id": pl.Int64, "amount": pl.Float64, "code": pl.String, "kind": pl.Int64, "d": pl.Int64}


def frame_of(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    """Build a typed frame; the last value counts days from 2024-01-01."""
    raw = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return raw.with_columns(day=pl.date(2024, 1, 1) + pl.duration(days="d")).drop("d")


class Oracle:
    """DuckDB over a file of the rows, with NaN read as missing."""

    def __init__(self, path: Path) -> None:
        """Keep one connection and one file for all examples."""
        self._path = path
        self._connection = duckdb.connect()

    def load(self, data: pl.DataFrame) -> None:
        """Replace the rows."""
        # DuckDB takes statistics of Parquet, in which NaN has no place, to prove there is no NaN.
        data.write_parquet(self._path, statistics=False)
        amount = "case when not isnan(amount) then amount end as amount"
        rows = f"select * replace ({amount}) from '{self._path}'"  # noqa: S608 - our file
        self._connection.execute(f"create or replace table t as {rows}")

    def row(self, sql: str) -> tuple[Any, ...]:
        """Return the only row of a query."""
        found = self._connection.execute(sql).fetchone()
        assert found is not None
        return found


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    """Return the oracle, started once."""
    return Oracle(tmp_path_factory.mktemp("oracle") / "rows.parquet")


def judge(data: pl.DataFrame, engine: Literal["streaming", "in-memory"] = "streaming") -> Verdict:
    """Run the gate as the engine does: the frame is not cleaned of NaN first, the gate copes."""
    gate = QualityGate(columns=RULES, unique=[["code", "kind"]])
    return gate.judge(gate.measure(EventFrame(data.lazy())).collect(engine=engine))


def keyed(verdict: Verdict) -> dict[tuple[str, ...], CheckResult]:
    """Index results by check and columns."""
    return {(c.check, *c.columns): c for c in verdict.checks}


@settings(max_examples=60, deadline=None)
@given(st.lists(_row, max_size=25))
def test_counts_agree_with_sql(oracle: Oracle, rows: list[tuple[Any, ...]]) -> None:
    """Passed and total of each check are what DuckDB counts; NaN counts as missing."""
    data = frame_of(rows)
    checks = keyed(judge(data))
    assert set(checks) == set(SQL)
    oracle.load(data)
    for key, sql in SQL.items():
        expected = oracle.row(f"select {sql} from t")  # noqa: S608 - constants
        assert (checks[key].passed, checks[key].total) == expected, key


@settings(max_examples=40, deadline=None)
@given(st.lists(_row, min_size=1, max_size=25))
def test_examples_are_the_smallest_values_that_fail(
    oracle: Oracle, rows: list[tuple[Any, ...]]
) -> None:
    """Examples do not depend on order: up to five values that differ, the smallest that fail."""
    data = frame_of(rows)
    checks = keyed(judge(data))
    oracle.load(data)
    for key, (column, failing) in FAILING.items():
        query = f"""select list(v order by v)[:5] from
            (select distinct {column} as v from t where {failing})"""  # noqa: S608 - constants
        (expected,) = oracle.row(query)
        assert checks[key].examples == tuple(str(v) for v in expected or ()), key


@settings(max_examples=30, deadline=None)
@given(st.lists(_row, max_size=25), st.randoms(use_true_random=False))
def test_verdict_is_the_same_in_any_order_and_engine(
    rows: list[tuple[Any, ...]], random: Any
) -> None:
    """Shuffled rows and the in-memory engine give an equal verdict."""
    shuffled = list(rows)
    random.shuffle(shuffled)
    expected = judge(frame_of(rows))
    assert judge(frame_of(shuffled)) == expected
    assert judge(frame_of(rows), engine="in-memory") == expected


@pytest.mark.parametrize("engine", ["streaming", "in-memory"])
def test_counts_agree_with_counts_made_by_hand(engine: Literal["streaming", "in-memory"]) -> None:
    """Numbers worked out by hand, so that gate and oracle cannot be wrong together."""
    nan = float("nan")
    rows = [(1, 5.0, "A1", 1, 20), (1, nan, "bad", 9, 2), (None, 2000.0, None, 1, None)]
    checks = keyed(judge(frame_of(rows), engine))
    assert (checks["unique", "id"].passed, checks["unique", "id"].total) == (1, 2)
    assert (checks["not_null", "amount"].passed, checks["not_null", "amount"].total) == (2, 3)
    assert (checks["range", "amount"].passed, checks["range", "amount"].total) == (1, 2)
    assert checks["range", "amount"].examples == ("2000.0",)
    assert (checks["pattern", "code"].passed, checks["pattern", "code"].total) == (1, 2)
    assert (checks["unique", "code", "kind"].passed, checks["unique", "code", "kind"].total) == (
        2,
        2,
    )


def test_metrics_stay_in_the_streaming_engine() -> None:
    """Nothing falls back to the in-memory engine but what makes a list of at most five examples."""
    gate = QualityGate(columns=RULES, unique=[["code", "kind"]])
    plan = gate.measure(EventFrame(frame_of([]).lazy())).show_graph(
        plan_stage="physical", engine="streaming", raw_output=True, show=False
    )
    assert plan is not None
    fallbacks = [line for line in plan.splitlines() if '[label="in-memory-map' in line]
    assert fallbacks
    assert all(".implode()" in line and "bottom" not in line for line in fallbacks)


def test_the_data_are_read_once(tmp_path: Path) -> None:
    """Counts, examples, keys and what needs an order share one scan."""
    path = tmp_path / "rows.parquet"
    frame_of([(1, 1.0, "A1", 1, 1)]).write_parquet(path)
    gate = QualityGate(
        columns=RULES,
        unique=[["code", "kind"]],
        rules={"small": "amount < kind"},
        monotonic=[{"column": "amount", "along": "day"}],
    )
    plan = gate.measure(EventFrame(pl.scan_parquet(path))).show_graph(
        plan_stage="physical", engine="streaming", raw_output=True, show=False
    )
    assert plan is not None
    assert plan.count('[label="multi-scan') == 1
