"""The same work in pandas."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # its stubs pin other versions
from timing import timed

AS_OF = pd.Timestamp("2024-12-10")
DATES = ["last_activity_date", "account_created_date"]


def job(csv: str, parquet: str) -> None:
    """Run it."""
    rows = pd.read_csv(csv, parse_dates=DATES, dtype={"customer_id": "str", "plan_type": "str"})
    complete = rows[["customer_id", *DATES, "total_value"]].notna().mean().min()
    if complete < 0.95 or rows["customer_id"].nunique() != len(rows):
        sys.exit("the data is wanting")
    last, created = rows[DATES[0]], rows[DATES[1]]
    wrong = rows["customer_id"].isna() | last.isna() | (last >= AS_OF) | (created >= AS_OF)
    rows = rows[~(wrong | (created > last))]
    out = pd.DataFrame({"customer_id": rows["customer_id"]})
    out["days_since_last_activity"] = (AS_OF - rows[DATES[0]]).dt.days.astype("int32")
    out["account_tenure_days"] = (AS_OF - rows[DATES[1]]).dt.days.astype("int32")
    days = out["account_tenure_days"].where(out["account_tenure_days"] > 0)
    out["daily_value_rate"] = rows["total_value"] / days
    out["support_intensity"] = rows["support_tickets"] / days * 30.4375
    out["feature_usage_rate"] = rows["feature_usage_count"] / days
    out["activity_recency_score"] = np.exp(out["days_since_last_activity"] * (-np.log(2) / 30))
    value = rows["total_value"]
    edges = value.quantile([0.25, 0.5, 0.75])
    out["value_tier"] = (1 + sum((value > edge).astype("uint8") for edge in edges)).astype("uint8")
    ranks = {plan: i for i, plan in enumerate(("free", "basic", "pro", "enterprise"))}
    out["plan_value_score"] = rows["plan_type"].map(ranks) / 3
    weights = {"activity_recency_score": 0.4, "feature_usage_rate": 0.4, "daily_value_rate": 0.2}
    total, present = 0.0, 0.0
    for name, weight in weights.items():
        part = out[name]
        if name != "activity_recency_score":
            low, high = part.quantile(0.05), part.quantile(0.95)
            part = ((part - low) / (high - low)).clip(0, 1)
        total = total + part.fillna(0) * weight
        present = present + part.notna() * weight
    out["engagement_score"] = total / present
    if not np.isfinite(out.select_dtypes("number").max()).all():
        sys.exit("not finite")
    out.to_parquet(parquet, compression="zstd", compression_level=1)


if __name__ == "__main__":
    timed(job)
