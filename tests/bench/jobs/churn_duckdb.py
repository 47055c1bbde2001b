"""The same work in DuckDB SQL."""

from __future__ import annotations

import sys

import duckdb
from timing import timed

AS_OF = "TIMESTAMP '2024-12-10'"


def job(csv: str, parquet: str) -> None:
    """Run it."""
    db = duckdb.connect()
    db.execute(f"""
        CREATE TABLE raw AS SELECT * FROM read_csv('{csv}', header = true, columns = {{
            'customer_id': 'VARCHAR', 'last_activity_date': 'DATE',
            'account_created_date': 'DATE', 'total_value': 'DOUBLE', 'support_tickets': 'BIGINT',
            'feature_usage_count': 'BIGINT', 'plan_type': 'VARCHAR'}})""")
    total, distinct, *complete = db.execute("""
        SELECT count(*), count(DISTINCT customer_id), count(customer_id),
               count(last_activity_date), count(account_created_date), count(total_value)
        FROM raw""").fetchall()[0]
    if distinct != total or min(complete) < 0.95 * total:
        sys.exit("the data is wanting")
    db.execute(f"""
        CREATE VIEW prepared AS
        SELECT customer_id, total_value, support_tickets, feature_usage_count,
               date_diff('day', last_activity_date, {AS_OF})::INTEGER AS since,
               nullif(date_diff('day', account_created_date, {AS_OF}), 0) AS days,
               date_diff('day', account_created_date, {AS_OF})::INTEGER AS tenure,
               list_position(['free', 'basic', 'pro', 'enterprise'], plan_type) - 1 AS rank
        FROM raw
        WHERE customer_id IS NOT NULL AND last_activity_date IS NOT NULL
          AND last_activity_date < {AS_OF}
          AND NOT coalesce(account_created_date >= {AS_OF}, false)
          AND NOT coalesce(account_created_date > last_activity_date, false)""")
    edges, value, usage = db.execute("""
        SELECT quantile_cont(total_value, [0.25, 0.5, 0.75]),
               quantile_cont(total_value / days, [0.05, 0.95]),
               quantile_cont(feature_usage_count / days, [0.05, 0.95])
        FROM prepared""").fetchall()[0]
    write(db, parquet, edges, value, usage)


def write(
    db: duckdb.DuckDBPyConnection,
    parquet: str,
    edges: list[float],
    value: list[float],
    usage: list[float],
) -> None:
    """Compute the nine features and write them."""
    db.execute(f"""
        COPY (
            WITH made AS (
                SELECT *, total_value / days AS daily_value_rate,
                       support_tickets / days * 30.4375 AS support_intensity,
                       feature_usage_count / days AS feature_usage_rate,
                       exp(since * (-ln(2) / 30)) AS activity_recency_score
                FROM prepared),
            scaled AS (
                SELECT *, greatest(0, least(1, (feature_usage_rate - {usage[0]})
                              / ({usage[1]} - {usage[0]}))) AS u,
                       greatest(0, least(1, (daily_value_rate - {value[0]})
                              / ({value[1]} - {value[0]}))) AS v
                FROM made)
            SELECT customer_id, since AS days_since_last_activity, tenure AS account_tenure_days,
                   daily_value_rate, support_intensity, feature_usage_rate, activity_recency_score,
                   (1 + (total_value > {edges[0]})::UTINYINT + (total_value > {edges[1]})::UTINYINT
                      + (total_value > {edges[2]})::UTINYINT)::UTINYINT AS value_tier,
                   rank / 3.0 AS plan_value_score,
                   (0.4 * activity_recency_score
                    + CASE WHEN feature_usage_rate IS NULL THEN 0 ELSE 0.4 * u END
                    + CASE WHEN daily_value_rate IS NULL THEN 0 ELSE 0.2 * v END)
                   / (0.4 + CASE WHEN feature_usage_rate IS NULL THEN 0 ELSE 0.4 END
                          + CASE WHEN daily_value_rate IS NULL THEN 0 ELSE 0.2 END)
                   AS engagement_score
            FROM scaled) TO '{parquet}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)""")


if __name__ == "__main__":
    timed(job)
