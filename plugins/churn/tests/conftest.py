"""What the churn tests share: running a blueprint by hand, and the independent oracle in SQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import duckdb
import polars as pl
import pytest
from attrs import frozen

from eventflow.blueprint import Binding
from eventflow.frame import EventFrame
from eventflow_churn.blueprint import CustomerChurn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AS_OF = datetime(2011, 12, 10, tzinfo=UTC)

ORACLE = """
with known as (
    select * from read_parquet('{path}')
    where customer_id is not null and last_activity_date < timestamp '{as_of}'
      and (account_created_date is null or (account_created_date < timestamp '{as_of}'
           and account_created_date <= last_activity_date))
), dated as (
    select *, datesub('day', last_activity_date::timestamp, timestamp '{as_of}') as idle,
           datesub('day', account_created_date::timestamp, timestamp '{as_of}') as age,
           list_position(['free', 'basic', 'standard', 'premium', 'enterprise'], plan_type) as rung
    from known
), rated as (
    select *, total_value / nullif(age, 0) as worth, feature_usage_count / nullif(age, 0) as uses,
           support_tickets * 365.25 / 12 / nullif(age, 0) as tickets,
           power(0.5, idle / 30.0) as fresh
    from dated
), fitted as (
    select quantile_cont(total_value, [0.25, 0.5, 0.75]) as e,
           quantile_cont(worth, [0.05, 0.95]) as w, quantile_cont(uses, [0.05, 0.95]) as u
    from rated
), scaled as (
    select rated.*, e,
           case when worth is not null and w[2] > w[1]
                then least(greatest((worth - w[1]) / (w[2] - w[1]), 0), 1) end as sw,
           case when uses is not null and u[2] > u[1]
                then least(greatest((uses - u[1]) / (u[2] - u[1]), 0), 1) end as su
    from rated, fitted
)
select customer_id, idle as days_since_last_activity, age as account_tenure_days,
       worth as daily_value_rate, tickets as support_intensity, uses as feature_usage_rate,
       fresh as activity_recency_score,
       1 + (total_value > e[1])::int + (total_value > e[2])::int + (total_value > e[3])::int
           as value_tier,
       (rung - 1) / 4 as plan_value_score,
       (0.4 * fresh + 0.4 * coalesce(su, 0) + 0.2 * coalesce(sw, 0))
           / (0.4 + 0.4 * (su is not null)::int + 0.2 * (sw is not null)::int) as engagement_score
from scaled
"""


@frozen
class Made:
    """A result made by hand.

    Attributes:
        rows: The features, by customer.
        state: What was learned, or given.
        left: Reason → rows, over every account.
    """

    rows: pl.DataFrame
    state: Any
    left: dict[str, int]


def _make(
    data: pl.DataFrame,
    *,
    as_of: datetime = AS_OF,
    state: Any = None,
    engine: Literal["streaming", "in-memory"] = "streaming",
    roles: dict[str, str] | None = None,
    **options: Any,
) -> Made:
    frame = EventFrame.of(data, **(roles or {}))
    blueprint = CustomerChurn(**options)
    fit = blueprint.compatibility(frame.schema, frame.columns())
    assert fit.ok, fit
    steps = blueprint.steps(
        Binding(columns=fit.columns, as_of=as_of, schema=frame.schema, zone=frame.zone)
    )
    for step in steps:
        learned = step.learn(frame)
        if learned is not None and state is None:
            state = step.fit(learned.collect(engine=engine))
        frame = step.apply(frame, state)
    left: dict[str, int] = {}
    for account in frame.accounts:
        counts = account.counts.collect(engine=engine)
        left |= {r: k for r, k in counts.iter_rows() if r is not None and k}
    return Made(frame.lazy.collect(engine=engine).sort("customer_id"), state, left)


def _query(sql: str, **dtypes: Any) -> pl.DataFrame:
    found = duckdb.execute(sql)
    names = [column[0] for column in found.description]
    return pl.DataFrame(
        found.fetchall(), schema=names, schema_overrides=dtypes, orient="row", strict=False
    )


@pytest.fixture(scope="session")
def query() -> Callable[..., pl.DataFrame]:
    """Run SQL in DuckDB and return its rows."""
    return _query


@pytest.fixture(scope="session")
def make() -> Callable[..., Made]:
    """Run a blueprint on data, step by step, without the rest of the framework."""
    return _make


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., pl.DataFrame]:
    """Compute all nine features of a complete customer table in DuckDB, by the documented rules."""
    path: Path = tmp_path_factory.mktemp("oracle") / "customers.parquet"

    def compute(data: pl.DataFrame, as_of: datetime = AS_OF) -> pl.DataFrame:
        data.write_parquet(path)
        text = as_of.replace(tzinfo=None).isoformat(sep=" ")
        rows = _query(ORACLE.format(path=path, as_of=text))
        return rows.sort("customer_id")

    return compute


@pytest.fixture(scope="session")
def same() -> Callable[[pl.DataFrame, pl.DataFrame], None]:
    """Check that two feature tables agree: nulls and integers exactly, floats to 1e-9."""

    def check(made: pl.DataFrame, expected: pl.DataFrame) -> None:
        assert made.columns == expected.columns
        assert made.height == expected.height
        for name in made.columns:
            for ours, theirs in zip(made[name], expected[name], strict=True):
                if isinstance(ours, float) and theirs is not None:
                    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12), name
                else:
                    assert ours == theirs, name

    return check
