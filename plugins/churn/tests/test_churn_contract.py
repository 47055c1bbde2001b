"""The blueprint keeps the contract, from a customer table and from raw transactions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from eventflow.testing import contract
from eventflow_churn.blueprint import CustomerChurn

LAST = datetime(2020, 5, 31, tzinfo=UTC)
CUSTOMERS = pl.DataFrame(
    {
        "customer_id": [None if n == 17 else f"{n:03}" for n in range(40)],
        "last_activity_date": [LAST - timedelta(days=n % 23, hours=n) for n in range(40)],
        "account_created_date": [LAST - timedelta(days=30 + 11 * n) for n in range(40)],
        "total_value": [None if n % 9 == 4 else n * 7.5 - 20 for n in range(40)],
        "support_tickets": [n % 4 for n in range(40)],
        "feature_usage_count": [None if n % 7 == 3 else n for n in range(40)],
        "plan_type": [("free", "basic", None, "unheard of")[n % 4] for n in range(40)],
    }
)
TRANSACTIONS: dict[str, Any] = {
    "input": "transactions",
    "amount": "quantity * amount",
    "usage": {"distinct": "category", "where": "quantity > 0"},
    "support": {"distinct": "category", "where": "quantity < 0"},
    "plan": "CASE WHEN total_value >= 20 THEN 'premium' WHEN transactions > 1 THEN 'basic' END",
}

TestFromCustomers = contract(CustomerChurn, frame=CUSTOMERS, time="last_activity_date")
TestFromTransactions = contract(CustomerChurn, config=TRANSACTIONS)
TestFromAmounts = contract(CustomerChurn, config={"input": "transactions"})
