"""The recipes that our packages ship keep every law, with the steps of other packages in them."""

from __future__ import annotations

from datetime import UTC, datetime

from eventflow.recipes import recipe
from eventflow.testing import contract

FRAME = {
    "customer_id": ["a", "b", None, "a", "b"],
    "invoice_date": [datetime(2026, 1, day, tzinfo=UTC) for day in (3, 4, 4, 20, 21)],
    "invoice": ["1", "2", "3", "4", "4"],
    "quantity": [1, -2, 3, None, 5],
    "price": [1.5, 2.0, 2.5, 3.0, 0.0],
}

TestActivity = contract(
    recipe("eventflow_datasets:customer_activity"),
    frame=FRAME,
    schema={"entity": "customer_id", "timestamp": "invoice_date"},
    level=1,
)
TestPurchases = contract(recipe("eventflow_datasets:retail_purchases"), frame=FRAME, level=1)
