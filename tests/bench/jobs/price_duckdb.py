"""The same in DuckDB SQL."""

from __future__ import annotations

import duckdb
from timing import timed

AS_OF = "date '1998-12-02'"
RECENT, EARLIER, REFERENCE = (
    f"date >= {AS_OF} - {days} and date < {AS_OF} - {end}"
    for days, end in ((28, 0), (56, 28), (90, 0))
)
KNOWN = "n >= 8 and prices >= 3 and sxx >= 0.0001 * (n - 1)"


def job(sales: str, parquet: str) -> None:
    """Run it."""
    db = duckdb.connect()
    db.execute(f"""
        create temp table products as
        with folded as (
            select product, date, max(category) as category, avg(units) as offered,
                   sum(quantity)::double as quantity, sum(units * quantity)::double as revenue
            from (select *, (price * 10000)::bigint as units from read_parquet('{sales}'))
            where date < {AS_OF} and price > 0 and quantity >= 0 group by product, date),
        days as (
            select product, date, category, quantity, revenue / 10000 as revenue, round_even(
                case when quantity > 0 then revenue / quantity else offered end, 0) / 10000 as price
            from folded)
        select product, max_by(category, date) as category, max_by(price, date, 2) as two,
               min(date) as first, sum(revenue) as revenue, avg(price) as past,
               max(price) filter ({REFERENCE}) as reference,
               coalesce(sum(quantity) filter ({RECENT}), 0) as recent,
               coalesce(sum(quantity) filter ({EARLIER}), 0) as earlier,
               coalesce(sum(price) filter ({RECENT}), 0) as own_total,
               count(*) filter ({RECENT}) as own_days,
               count(distinct price) filter (quantity > 0) as prices,
               count(*) filter (quantity > 0) as n, {_regression()}
        from days group by product""")
    describe(db, parquet)


def describe(db: duckdb.DuckDBPyConnection, parquet: str) -> None:
    """Compare products with those of their category, and write the features."""
    db.execute(f"""
        copy (
            with compared as (
                select *, two[1] as price, greatest(syy - sxy * sxy / sxx, 0) as residual,
                       (sum(own_total) over category - own_total)
                       / nullif(sum(own_days) over category - own_days, 0) as others
                from products window category as (partition by category))
            select product as product_id, category, price, revenue,
                   price / two[2] - 1 as price_change,
                   case when price < reference then 1 - price / reference
                        when reference is not null then 0 end as discount_depth,
                   price / past as price_position_history,
                   price / others as price_position_category,
                   case when first <= {AS_OF} - 56 and earlier > 0 then recent / earlier end
                       as demand_trend,
                   case when {KNOWN} then sxy / sxx end as price_elasticity,
                   n as price_elasticity_n,
                   case when {KNOWN} and syy > 0 then 1 - residual / syy end
                       as price_elasticity_r2,
                   case when {KNOWN} then sqrt(residual / (n - 2) / sxx) end
                       as price_elasticity_se,
                   case when n < 8 then 'too few days with sales'
                        when prices < 3 then 'too few different prices'
                        when not ({KNOWN}) then 'price hardly varies' end
                       as price_elasticity_reason
            from compared
        ) to '{parquet}' (format parquet, compression zstd, compression_level 1)""")


def _regression() -> str:
    """Centred sums of ln price and ln quantity over days with sales."""
    sold = "filter (quantity > 0)"
    x, y = "ln(price)", "ln(nullif(quantity, 0))"
    return (
        f"regr_sxx({y}, {x}) {sold} as sxx, regr_syy({y}, {x}) {sold} as syy, "
        f"regr_sxy({y}, {x}) {sold} as sxy"
    )


if __name__ == "__main__":
    timed(job)
