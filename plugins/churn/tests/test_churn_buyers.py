"""Features of buyers: RFM, BTYD and rhythm, against SQL, a published fit and a likelihood."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from pydantic import ValidationError

from eventflow.testing import contract
from eventflow_churn.blueprint import CustomerChurn
from eventflow_churn.options import BgNbd
from eventflow_churn.rfm import alive

AS_OF = datetime(2011, 12, 10, tzinfo=UTC)
NAIVE = AS_OF.replace(tzinfo=None)
ROLES = {"timestamp": "at", "entity": "customer_id"}
CDNOW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
"""Fader, Hardie and Lee (2005), table 2; in weeks."""
BUYING: dict[str, Any] = {
    "amount": "paid",
    "purchases": {"distinct": "invoice", "where": "paid > 0", "trend_days": 20},
    "bg_nbd": CDNOW | {"unit_days": 7},
}
ORACLE = """
with known as (
    select *, "at"::date as d from read_parquet('{path}') where "at" < timestamp '{as_of}'
), folded as (
    select customer_id, {now} - max(d) filter (paid > 0) as rfm_recency,
           count(distinct invoice) filter (paid > 0) as rfm_frequency,
           coalesce(sum(paid) filter (paid > 0), 0) as rfm_monetary,
           nullif(count(distinct d) filter (paid > 0), 0) - 1 as x,
           max(d) filter (paid > 0) - min(d) filter (paid > 0) as t,
           {now} - min(d) filter (paid > 0) as btyd_T,
           count(distinct d) filter (paid > 0 and d >= {now} - 20) as recent,
           count(distinct d) filter (paid > 0 and d < {now} - 20 and d >= {now} - 40) as earlier
    from known group by 1
)
select customer_id, rfm_recency, rfm_frequency, rfm_monetary,
       x as btyd_frequency, t as btyd_recency, btyd_T,
       case when x = 0 then 1 when x > 0 then
           1 / (1 + 0.793 / (1.426 + x)
                * pow((4.414 + btyd_T / 7) / (4.414 + t / 7), 0.243 + x))
       end as btyd_alive,
       t / nullif(x, 0) as purchase_gap_mean,
       rfm_recency / (t / nullif(x, 0)) as purchase_recency_over_gap,
       recent / nullif(earlier, 0) as purchase_trend
from folded order by 1
"""

quick = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def purchases(draw: st.DrawFn) -> pl.DataFrame:
    """Rows of few customers: refunds, unknown amounts, ties, several invoices of a day."""
    row = st.tuples(
        st.sampled_from("abc"),
        st.integers(-2, 60).map(lambda d: NAIVE - timedelta(days=d)),
        st.integers(0, 86_399),
        st.none() | st.integers(-300, 900).map(lambda c: c / 100),
        st.none() | st.sampled_from(["1", "2", "3", "4"]),
    )
    rows = [(c, d + timedelta(seconds=s), *rest) for c, d, s, *rest in draw(st.lists(row))]
    dtypes = (pl.String, pl.Datetime("us"), pl.Float64, pl.String)
    names = ("customer_id", "at", "paid", "invoice")
    return pl.DataFrame(rows, schema=dict(zip(names, dtypes, strict=True)), orient="row")


def bought(*ago: int, **more: Any) -> pl.DataFrame:
    """One customer who spent 10 on each of these days before the moment."""
    at = [NAIVE - timedelta(days=d) for d in ago]
    return pl.DataFrame({"customer_id": "a", "at": at, "paid": 10.0, "invoice": "1", **more})


TestBuyers = contract(CustomerChurn, config={"input": "transactions", "purchases": {}})


@quick
@given(table=purchases(), days=st.integers(0, 30))
def test_features_equal_those_of_sql(  # noqa: PLR0913, PLR0917 - fixtures
    make: Any, query: Any, same: Any, tmp_path: Any, table: pl.DataFrame, days: int
) -> None:
    """Customer by customer, as of any day; later rows change nothing."""
    path, as_of = tmp_path / "purchases.parquet", AS_OF - timedelta(days=days)
    table.write_parquet(path)
    now = f"date '{as_of.date()}'"
    expected = query(ORACLE.format(path=path, as_of=as_of.replace(tzinfo=None), now=now))
    made = make(table, roles=ROLES, as_of=as_of, **BUYING).rows
    same(made.select(expected.columns), expected)


@quick
@given(table=purchases(), seed=st.integers(0, 99))
def test_order_and_engine_do_not_matter(make: Any, table: pl.DataFrame, seed: int) -> None:
    """Shuffled rows and the other engine give the same features of buyers, to the last bits."""
    names = ["customer_id", *(f.name for f in CustomerChurn(**BUYING).features[9:])]
    shuffled = table.sample(fraction=1, shuffle=True, seed=seed)
    other = make(shuffled, roles=ROLES, engine="in-memory", **BUYING).rows
    straight = make(table, roles=ROLES, **BUYING).rows
    assert_frame_equal(other.select(names), straight.select(names), rel_tol=1e-14, abs_tol=0)


def probability(x: int, t: float, age: float, **parameters: float) -> float:
    """Compute P(alive) with the blueprint's expression."""
    model = BgNbd(**(CDNOW | parameters))
    value = pl.select(alive(pl.lit(x), pl.lit(t), pl.lit(age), model)).item()
    return float(value)


def test_the_published_customer_is_alive_with_the_published_probability() -> None:
    """Customer 0001 of CDNOW, x = 2, t_x = 30.43, T = 38.86 weeks: 0.7266."""
    assert probability(2, 30.43, 38.86) == pytest.approx(0.7266, abs=5e-5)
    assert probability(2, 30.43 * 7, 38.86 * 7, unit_days=7) == pytest.approx(0.7266, abs=5e-5)


@given(x=st.integers(0, 60), t=st.floats(0, 39), wait=st.floats(0, 39))
def test_the_probability_is_the_alive_part_of_the_likelihood(x: int, t: float, wait: float) -> None:
    """Equations 3 and 4 of the paper, by gamma functions: the share of not having dropped out."""
    r, alpha, a, b = CDNOW.values()
    age = t + wait

    def part(b1: float, b2: float, since: float) -> float:
        beta = math.lgamma(b1) + math.lgamma(b2) - math.lgamma(b1 + b2)
        return math.exp(beta - (r + x) * math.log(alpha + since))

    here = part(a, b + x, age)
    gone = part(a + 1, b + x - 1, t) if x else 0.0
    assert probability(x, t, age) == pytest.approx(here / (here + gone), rel=1e-6)


def test_the_probability_survives_large_counts() -> None:
    """Thousands of purchases and a long silence give zero, not an overflow."""
    assert probability(5_000, 100.0, 4_000.0) == 0.0
    assert probability(5_000, 100.0, 100.0) == pytest.approx(1, abs=1e-3)


def test_a_rhythm_is_told_from_days_with_purchases(make: Any) -> None:
    """Every ten days, three purchases on the first, the last twenty days ago: twice overdue."""
    row = make(bought(40, 40, 40, 30, 20), roles=ROLES, amount="paid", purchases={}).rows
    told = row.select(
        "rfm_recency", "rfm_frequency", "rfm_monetary", "btyd_frequency", "btyd_recency",
        "btyd_T", "purchase_gap_mean", "purchase_recency_over_gap",
    )  # fmt: skip
    assert told.row(0) == (20, 5, 50.0, 2, 20, 40, 10.0, 2.0)


def test_who_only_took_back_never_bought(make: Any) -> None:
    """Counts are zero, and what needs a purchase is unknown."""
    table = bought(5).with_columns(paid=-10.0)
    row = make(table, roles=ROLES, **BUYING).rows.row(0, named=True)
    assert (row["rfm_frequency"], row["rfm_monetary"]) == (0, 0.0)
    unknown = ("rfm_recency", "btyd_frequency", "btyd_T", "btyd_alive", "purchase_trend")
    assert [row[name] for name in unknown] == [None] * 5


def test_a_single_purchase_has_no_rhythm(make: Any) -> None:
    """One-time buyers are alive by definition; their gap is unknown."""
    row = make(bought(9), roles=ROLES, **BUYING).rows.row(0, named=True)
    assert (row["btyd_frequency"], row["btyd_alive"], row["purchase_gap_mean"]) == (0, 1.0, None)


def test_days_are_those_of_the_zone(make: Any) -> None:
    """Half past eleven at night in New York is the next day in UTC, and counts where it was."""
    table = bought(0).with_columns(at=pl.lit(datetime(2011, 12, 9, 4, 30, tzinfo=UTC)))
    roles = ROLES | {"timezone": "America/New_York"}
    as_of = datetime(2011, 12, 10, 12, tzinfo=UTC)
    row = make(table, roles=roles, as_of=as_of, amount="paid", purchases={}).rows
    assert row["rfm_recency"][0] == 2


def test_nothing_is_promised_that_was_not_asked_for() -> None:
    """Nine features without `purchases`, ten more with, P(alive) among them with `bg_nbd`."""
    asked: list[dict[str, Any]] = [{}, {"purchases": {}}, BUYING]
    counts = [len(CustomerChurn(**options).features) for options in asked]
    assert counts == [9, 18, 19]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bg_nbd": CDNOW}, "bg_nbd needs purchases"),
        ({"purchases": {}, "bg_nbd": CDNOW | {"r": 0}}, "greater than 0"),
        ({"purchases": {"trend_days": 0}}, "greater than or equal to 1"),
        ({"purchases": {}, "input": "customers"}, "describe transactions"),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str) -> None:
    """An option that cannot mean anything sensible is refused when the blueprint is built."""
    with pytest.raises(ValidationError, match=message):
        CustomerChurn(**options)
