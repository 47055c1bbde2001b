"""The same work written by hand in Polars: parse once, validate, learn, compute, check, write."""

from __future__ import annotations

import math
import sys
from datetime import datetime

import polars as pl
from timing import timed

AS_OF = pl.lit(datetime(2024, 12, 10))  # noqa: DTZ001 - the data is naive
SCHEMA = {
    "customer_id": pl.String,
    "last_activity_date": pl.Date,
    "account_created_date": pl.Date,
    "total_value": pl.Float64,
    "support_tickets": pl.Int64,
    "feature_usage_count": pl.Int64,
    "plan_type": pl.String,
}
CRITICAL = ("customer_id", "last_activity_date", "account_created_date", "total_value")
PLANS = ("free", "basic", "pro", "enterprise")
WEIGHTS = (0.4, 0.4, 0.2)


def job(csv: str, parquet: str) -> None:
    """Run it."""
    rows = pl.scan_csv(csv, schema=SCHEMA).with_columns(pl.col(pl.Float64).fill_nan(None)).collect()
    check_input(rows)
    prepared = prepare(rows.lazy())
    learned = learn(prepared)
    features = compute(prepared, learned)
    features.sink_parquet(parquet, compression_level=1)
    check_output(pl.scan_parquet(parquet))


def check_input(rows: pl.DataFrame) -> None:
    """Completeness of what is needed, and one row for each customer."""
    found = (
        rows.lazy()
        .select(
            pl.len().alias("rows"),
            pl.col("customer_id").n_unique().alias("distinct"),
            *(pl.col(c).null_count().alias(f"null {c}") for c in CRITICAL),
        )
        .collect()
        .row(0, named=True)
    )
    complete = all(found[f"null {c}"] <= 0.05 * found["rows"] for c in CRITICAL)
    if not complete or found["distinct"] != found["rows"]:
        sys.exit(f"the data is wanting: {found}")


def prepare(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Set aside rows that cannot be known, count them, and keep what the features need."""
    last, created = pl.col("last_activity_date"), pl.col("account_created_date")
    wrong = (
        pl.when(pl.col("customer_id").is_null()).then(pl.lit("no customer"))
        .when(last.is_null()).then(pl.lit("no activity"))
        .when(last >= AS_OF).then(pl.lit("last activity too late"))
        .when(created >= AS_OF).then(pl.lit("account too late"))
        .when(created > last).then(pl.lit("contradiction"))
    )  # fmt: skip
    flagged = rows.with_columns(wrong=wrong)
    counts = flagged.group_by("wrong").len().collect()
    if counts.height > 1:
        flagged.filter(pl.col("wrong").is_not_null()).sink_parquet("quarantine.parquet")
    plan = pl.col("plan_type")
    rank = pl.when(plan.is_not_null()).then(pl.lit(255, pl.UInt8))
    for i, known in enumerate(PLANS):
        rank = pl.when(plan == known).then(pl.lit(i, pl.UInt8)).otherwise(rank)  # type: ignore[assignment] # an expression all along
    prepared = flagged.filter(pl.col("wrong").is_null()).select(
        "customer_id",
        "total_value",
        "support_tickets",
        "feature_usage_count",
        since=(AS_OF - last).dt.total_days().cast(pl.Int32),
        tenure=(AS_OF - created).dt.total_days().cast(pl.Int32),
        rank=rank,
    )
    prepared.select((pl.col("rank") == 255).sum()).collect()
    return prepared


def rates() -> dict[str, pl.Expr]:
    """Rates per time of tenure."""
    days = pl.when(pl.col("tenure") > 0).then(pl.col("tenure"))
    return {
        "daily_value_rate": pl.col("total_value") / days,
        "support_intensity": pl.col("support_tickets").cast(pl.Float64) / days * 30.4375,
        "feature_usage_rate": pl.col("feature_usage_count").cast(pl.Float64) / days,
    }


def learn(prepared: pl.LazyFrame) -> dict[str, list[float]]:
    """Quartile edges of value, bounds of the two scaled rates."""
    made = rates()
    return (
        prepared.select(
            edges=pl.col("total_value").quantile([0.25, 0.5, 0.75], "linear"),
            value=made["daily_value_rate"].quantile([0.05, 0.95], "linear"),
            usage=made["feature_usage_rate"].quantile([0.05, 0.95], "linear"),
        )
        .collect()
        .row(0, named=True)
    )


def compute(prepared: pl.LazyFrame, learned: dict[str, list[float]]) -> pl.LazyFrame:
    """All nine features."""
    made = rates()
    recency = (pl.col("since") * (-math.log(2) / 30)).exp()
    tier = pl.lit(1, pl.UInt8)
    for edge in learned["edges"]:
        tier = tier + (pl.col("total_value") > edge).cast(pl.UInt8)
    parts = (
        recency,
        _scaled(made["feature_usage_rate"], *learned["usage"]),
        _scaled(made["daily_value_rate"], *learned["value"]),
    )
    weighted = list(zip(WEIGHTS, parts, strict=True))
    present = pl.sum_horizontal(p.is_not_null() * w for w, p in weighted)
    total = pl.sum_horizontal(p * w for w, p in weighted)
    return prepared.select(
        "customer_id",
        pl.col("since").alias("days_since_last_activity"),
        pl.col("tenure").alias("account_tenure_days"),
        made["daily_value_rate"].alias("daily_value_rate"),
        made["support_intensity"].alias("support_intensity"),
        made["feature_usage_rate"].alias("feature_usage_rate"),
        recency.alias("activity_recency_score"),
        tier.alias("value_tier"),
        pl.when(pl.col("rank") != 255)
        .then(pl.col("rank") / (len(PLANS) - 1))
        .alias("plan_value_score"),
        pl.when(present > 0).then(total / present).alias("engagement_score"),
    )


def _scaled(value: pl.Expr, low: float, high: float) -> pl.Expr:
    return ((value - low) / (high - low)).clip(0, 1)


def check_output(features: pl.LazyFrame) -> None:
    """Every feature has values, and all of them are finite."""
    numbers = [c for c in features.collect_schema().names() if c != "customer_id"]
    found = (
        features.select(
            *(pl.col(c).null_count().alias(f"null {c}") for c in numbers),
            *(pl.col(c).min().alias(f"min {c}") for c in numbers),
            *(pl.col(c).max().alias(f"max {c}") for c in numbers),
        )
        .collect()
        .row(0, named=True)
    )
    if any(isinstance(v, float) and not math.isfinite(v) for v in found.values()):
        sys.exit(f"not finite: {found}")


if __name__ == "__main__":
    timed(job)
