"""The main job's features against an independent computation, customer by customer."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import duckdb
import polars as pl
import pytest
import yaml

from eventflow.blueprint import Binding
from eventflow_churn.blueprint import CustomerChurn
from eventflow_datasets.retail import OnlineRetail
from eventflow_features.rows import DeduplicateStep, FilterStep, RequireStep

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "churn.yaml"
STEPS: dict[str, Any] = {
    "require": RequireStep, "filter": FilterStep, "deduplicate": DeduplicateStep,
}  # fmt: skip
AS_OF = datetime(2011, 12, 10, tzinfo=UTC)

SQL = """
with lines as (
    select distinct * from read_parquet('{path}')
    where customer_id is not null and stock_code not like 'TEST%'
      and invoice_date < timestamp '2011-12-10'
), customers as (
    select customer_id, max(invoice_date) as last, min(invoice_date) as first,
           sum(quantity * price::decimal(18, 4))::double as spent,
           count(distinct case when quantity > 0 then invoice end) as bought,
           count(distinct case when quantity < 0 then invoice end) as returned
    from lines group by all
), days as (
    select *, datesub('day', last, timestamp '2011-12-10') as idle,
           datesub('day', first, timestamp '2011-12-10') as age,
           case when spent > 1000 * bought then 1.0 when spent > 250 * bought then 0.5
                else 0.0 end as plan
    from customers
), rates as (
    select *, spent / nullif(age, 0) as worth, returned * 365.25 / 12 / nullif(age, 0) as support,
           bought / nullif(age, 0) as uses, pow(2, -idle / 30.0) as fresh
    from days
), fitted as (
    select quantile_cont(spent, [0.25, 0.5, 0.75]) as e,
           quantile_cont(worth, [0.05, 0.95]) as w, quantile_cont(uses, [0.05, 0.95]) as u
    from rates
)
select customer_id, idle as days_since_last_activity, age as account_tenure_days,
       worth as daily_value_rate, support as support_intensity, uses as feature_usage_rate,
       fresh as activity_recency_score,
       case when spent <= e[1] then 1 when spent <= e[2] then 2 when spent <= e[3] then 3 else 4 end
           as value_tier,
       plan as plan_value_score,
       case when age = 0 then fresh else
           0.4 * fresh + 0.4 * least(greatest((uses - u[1]) / (u[2] - u[1]), 0), 1)
                       + 0.2 * least(greatest((worth - w[1]) / (w[2] - w[1]), 0), 1) end
           as engagement_score
from rates, fitted
"""


@pytest.fixture(scope="module")
def expected() -> pl.DataFrame:
    """All nine features of every customer, from SQL that shares nothing with the blueprint."""
    path = files("eventflow_datasets") / "data" / "online_retail.parquet"
    found = duckdb.execute(SQL.format(path=path))
    names = [column[0] for column in found.description]
    return pl.DataFrame(found.fetchall(), schema=names, orient="row").sort("customer_id")


def features(engine: Literal["streaming", "in-memory"], *, shuffled: bool) -> pl.DataFrame:
    """Run the shipped example's steps and blueprint, as written in its file."""
    written: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    frame = OnlineRetail().scan()
    if shuffled:
        rows = frame.lazy.collect().sample(fraction=1, shuffle=True, seed=7)
        frame = frame.with_lazy(rows.lazy())
    for options in written["steps"]:
        frame = STEPS[options.pop("use")](**options).apply(frame, None)
    options = {k: v for k, v in written["blueprint"].items() if k not in ("use", "as_of")}
    blueprint = CustomerChurn(**options)
    fit = blueprint.compatibility(frame.schema, frame.columns())
    for step in blueprint.steps(Binding(columns=fit.columns, as_of=AS_OF, schema=frame.schema)):
        learned = step.learn(frame)
        state = None if learned is None else step.fit(learned.collect(engine=engine))
        frame = step.apply(frame, state)
    return frame.lazy.collect(engine=engine).sort("customer_id")


@pytest.mark.parametrize("shuffled", [False, True], ids=["in order", "shuffled"])
@pytest.mark.parametrize("engine", ["streaming", "in-memory"])
def test_the_nine_features_equal_those_of_sql(
    expected: pl.DataFrame, engine: Literal["streaming", "in-memory"], *, shuffled: bool
) -> None:
    """Integers and nulls agree exactly, floats to 1e-9, for each of the customers."""
    made = features(engine, shuffled=shuffled)
    assert made.columns == expected.columns
    assert made["customer_id"].equals(expected["customer_id"])
    assert made.height == 5_940
    for name in made.columns[1:]:
        ours, theirs = made[name].cast(pl.Float64), expected[name].cast(pl.Float64)
        assert ours.is_null().equals(theirs.is_null()), name
        tolerance = 1e-9 if made.schema[name].is_float() else 0.0
        apart = ((ours - theirs).abs() - tolerance * theirs.abs()).max()
        assert isinstance(apart, float), name
        assert apart <= (1e-15 if tolerance else 0.0), name
