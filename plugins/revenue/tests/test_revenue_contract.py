"""What the blueprint says of data and options, and the laws of every blueprint."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from eventflow.schema import EventSchema
from eventflow.testing import contract
from eventflow_revenue.blueprint import RevenueProjection

START = date(2020, 2, 1)
TABLE = {"date": pl.Date(), "revenue": pl.Float64()}
DAYS = pl.DataFrame(
    {
        "series": [s for s in "abc" for _ in range(40)],
        "date": [START + timedelta(days=i * (1 + k)) for k in range(3) for i in range(40)],
        "revenue": [float((i * 7919) % 101 - 20) for i in range(120)],
        "customer_count": [i % 5 for i in range(120)],
        "customer_id": [str(i % 7) for i in range(120)],
    }
)

TestRevenueProjection = contract(
    RevenueProjection,
    frame=DAYS,
    schema=EventSchema(timestamp="date"),
    as_of=datetime(2020, 6, 1, tzinfo=UTC),
    by=("series",),
)


def answer(found: dict[str, Any], schema: EventSchema | None = None, **options: Any) -> Any:
    """Ask a blueprint with these options about data with these columns."""
    return RevenueProjection(**options).compatibility(schema or EventSchema(), found)


def test_date_and_revenue_are_enough() -> None:
    """Without customers only the revenue of a customer is left out."""
    found = answer(TABLE)
    assert found.ok
    assert found.left_out == {"revenue_per_customer": ("customer_count",)}


def test_customers_stand_in_for_their_number() -> None:
    """Where ids are known, they can be counted."""
    assert answer(TABLE | {"customer_id": pl.String()}).left_out == {}


def test_roles_serve_the_fields() -> None:
    """The schema's timestamp and value are date and revenue."""
    schema = EventSchema(timestamp="at", value="paid")
    found = answer({"at": pl.Datetime("us"), "paid": pl.Float64()}, schema)
    assert found.columns == {"date": "at", "revenue": "paid"}


def test_missing_fields_come_with_the_nearest_column() -> None:
    """A misspelt column is named beside the field that lacks it."""
    assert answer({"dates": pl.Date(), "revenu": pl.Float64()}).missing == {
        "date": "dates", "revenue": "revenu",
    }  # fmt: skip


def test_an_amount_stands_in_for_revenue() -> None:
    """Its columns and dtype are checked before anything is read."""
    lines = {"date": pl.Date(), "quantity": pl.Int64(), "price": pl.Float64(), "sku": pl.String()}
    assert answer(lines, amount="quantity * price").ok
    assert answer(lines, amount="quantity * prise").missing == {"amount: prise": "price"}
    assert answer(lines, amount="sku").wrong == {"amount": '"sku" gives str, needs numeric'}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"amount": "sum(price)"}, "looks at more than one row"),
        ({"amount": "1"}, "reads no column"),
        ({"amonut": "price"}, 'did you mean "amount"'),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str) -> None:
    """An option that cannot mean anything sensible is refused when the blueprint is built."""
    with pytest.raises(ValidationError, match=message):
        RevenueProjection(**options)
