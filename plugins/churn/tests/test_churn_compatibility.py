"""What the blueprint says of data and options before any data is read."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from eventflow.schema import EventSchema
from eventflow_churn.blueprint import CustomerChurn
from eventflow_churn.dictionary import FEATURES, NINE

TABLE = {
    "customer_id": pl.String(), "last_activity_date": pl.Date(),
    "account_created_date": pl.Date(), "total_value": pl.Float64(),
}  # fmt: skip
LINES = {
    "customer_id": pl.String(), "invoice": pl.String(), "invoice_date": pl.Datetime("us"),
    "quantity": pl.Int64(), "price": pl.Float64(),
}  # fmt: skip
EVENTS = EventSchema(timestamp="invoice_date", entity="customer_id")


def answer(found: dict[str, Any], schema: EventSchema | None = None, **options: Any) -> Any:
    """Ask a blueprint with these options about data with these columns."""
    return CustomerChurn(**options).compatibility(schema or EventSchema(), found)


def test_a_customer_table_is_recognised() -> None:
    """Optional fields that are missing leave out exactly the features that need them."""
    found = answer(TABLE)
    assert found.ok
    assert found.left_out == {
        "support_intensity": ("support_tickets",),
        "feature_usage_rate": ("feature_usage_count",),
        "plan_value_score": ("plan_type",),
    }


def test_transactions_are_recognised() -> None:
    """By their roles, without being told."""
    found = answer(LINES, EVENTS)
    assert found.ok
    assert found.columns["timestamp"] == "invoice_date"


def test_the_input_can_be_said() -> None:
    """Where both would do, `input` or an option on transactions decides."""
    both = TABLE | LINES
    assert "timestamp" not in answer(both, EVENTS).columns
    assert "timestamp" in answer(both, EVENTS, input="transactions").columns
    assert "timestamp" in answer(both, EVENTS, amount="price").columns


def test_missing_fields_come_with_the_nearest_column() -> None:
    """A misspelt column is named beside the field that lacks it."""
    found = answer({**TABLE, "total_valu": pl.Float64()} | {"total_value": pl.String()})
    assert found.wrong == {"total_value": 'column "total_value" is str, needs numeric'}
    renamed = {k if k != "total_value" else "total_valu": v for k, v in TABLE.items()}
    assert answer(renamed).missing == {"total_value": "total_valu"}


def test_an_amount_must_come_from_somewhere() -> None:
    """Transactions without amount say so, before anything is read."""
    bare = {k: v for k, v in LINES.items() if k != "price"}
    assert answer(bare, EVENTS, input="transactions").missing == {"amount": None}


def test_expressions_are_checked_against_the_columns() -> None:
    """Each expression's unknown columns and wrong dtypes are told by option."""
    found = answer(
        LINES, EVENTS, amount="invoice", usage={"distinct": "invoise"},
        support={"where": "quantity + 1"}, plan="transactions + 1",
    )  # fmt: skip
    assert found.missing == {"usage.distinct: invoise": "invoice"}
    assert found.wrong == {
        "amount": '"invoice" gives str, needs numeric',
        "support.where": '"quantity + 1" gives i64, needs boolean',
        "plan": '"transactions + 1" gives i64, needs string',
    }


def test_a_plan_reads_folded_columns_only() -> None:
    """The plan's expression sees a customer, not the customer's rows."""
    found = answer(LINES, EVENTS, plan="CASE WHEN price > 2 THEN 'basic' END")
    assert set(found.missing) == {"plan: price"}


def test_columns_to_keep_must_exist_and_not_clash() -> None:
    """A column to keep is there, and is none the output makes."""
    found = answer(TABLE, keep=["contry", "value_tier"])
    assert set(found.missing) == {"keep: contry"}
    assert set(found.wrong) == {"keep: value_tier"}
    assert set(answer(LINES, EVENTS, keep=["invoice"]).missing) == {"keep: invoice"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"amount": "sum(price)"}, "looks at more than one row"),
        (
            {"usage": {"where": "row_number() OVER (ORDER BY price) > 1"}},
            "looks at more than one row",
        ),
        ({"amount": "1 + 1"}, "reads no column"),
        ({"amount": "price +"}, "cannot read the expression"),
        ({"half_life_days": 0}, "greater than 0"),
        ({"plans": ["basic"]}, "at least 2 items"),
        ({"plans": ["basic", "basic"]}, "names a plan twice"),
        ({"engagement": {"support_intensity": 1}}, "activity_recency_score"),
        ({"engagement": {"daily_value_rate": 0}}, "greater than 0"),
        ({"engagement_range": [0.9, 0.1]}, "must rise"),
        ({"input": "customers", "amount": "price"}, "describe transactions"),
        ({"half_live_days": 3}, 'did you mean "half_life_days"'),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str) -> None:
    """An option that cannot mean anything sensible is refused when the blueprint is built."""
    with pytest.raises(ValidationError, match=message):
        CustomerChurn(**options)


def test_words_in_text_are_no_functions() -> None:
    """Only functions of several rows are refused, not text or columns that look like them."""
    data = pl.DataFrame({"kind": ["sum (net)", "gross"], "max": [1, 2], "price": [5.0, 7.0]})
    for text, made in (
        ("CASE WHEN kind = 'sum (net)' THEN price END", [5.0, None]),
        ("CASE WHEN max > 1 THEN price END", [None, 7.0]),
    ):
        amount = CustomerChurn(amount=text).config.amount
        assert amount is not None
        assert data.select(amount.expr.alias("made"))["made"].to_list() == made


def test_the_dictionary_is_complete() -> None:
    """Every feature says unit, formula, null rule and source, and nine are always promised."""
    assert len(NINE) == 9
    assert all(f.unit and f.formula and f.nulls and f.source for f in FEATURES)
    assert CustomerChurn.features is NINE
