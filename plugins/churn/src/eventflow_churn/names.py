"""Names of the fields, the features and the columns between the steps."""

from __future__ import annotations

from typing import Final

CUSTOMER: Final = "customer_id"
LAST: Final = "last_activity_date"
CREATED: Final = "account_created_date"
VALUE: Final = "total_value"
TICKETS: Final = "support_tickets"
USES: Final = "feature_usage_count"
PLAN: Final = "plan_type"

TIMESTAMP: Final = "timestamp"
AMOUNT: Final = "amount"
QUANTITY: Final = "quantity"
PRICE: Final = "price"
TRANSACTIONS: Final = "transactions"

DAYS_SINCE: Final = "days_since_last_activity"
TENURE: Final = "account_tenure_days"
VALUE_RATE: Final = "daily_value_rate"
SUPPORT: Final = "support_intensity"
USAGE_RATE: Final = "feature_usage_rate"
RECENCY: Final = "activity_recency_score"
TIER: Final = "value_tier"
PLAN_SCORE: Final = "plan_value_score"
ENGAGEMENT: Final = "engagement_score"

PLAN_RANK: Final = "__plan_rank"
"""Rank of the plan from 0, `UNKNOWN_PLAN` for a plan that is not declared, null for no plan."""

UNKNOWN_PLAN: Final = 255

PURCHASES: Final = "purchases"

RFM_RECENCY: Final = "rfm_recency"
RFM_FREQUENCY: Final = "rfm_frequency"
RFM_MONETARY: Final = "rfm_monetary"
BTYD_FREQUENCY: Final = "btyd_frequency"
BTYD_RECENCY: Final = "btyd_recency"
BTYD_AGE: Final = "btyd_T"
BTYD_ALIVE: Final = "btyd_alive"
GAP: Final = "purchase_gap_mean"
OVERDUE: Final = "purchase_recency_over_gap"
TREND: Final = "purchase_trend"
