"""What the blueprint says of data and options, and the laws of every blueprint."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from eventflow.schema import EventSchema
from eventflow.testing import contract
from eventflow_price.blueprint import PriceOptimization
from eventflow_price.dictionary import FEATURES

START = date(2020, 2, 1)
TABLE = {
    "product_id": pl.String(), "price": pl.Float64(), "quantity_sold": pl.Int64(),
    "date": pl.Date(),
}  # fmt: skip
SALES = pl.DataFrame(
    {
        "product_id": [p for p in "abcd" for _ in range(40)],
        "date": [START + timedelta(days=i * 2 + k) for k in range(4) for i in range(40)],
        "price": [2.0 + (i * 7919 % 13) / 10 for i in range(160)],
        "quantity_sold": [(i * 104_729) % 23 for i in range(160)],
        "category": [c for c in "xy" for _ in range(80)],
        "promotion": [i % 5 == 0 for i in range(160)],
    }
)
LAWS: dict[str, Any] = {
    "schema": EventSchema(timestamp="date"),
    "as_of": datetime(2020, 6, 1, tzinfo=UTC),
}

TestPerRow = contract(PriceOptimization, frame=SALES, by=("category",), **LAWS)
TestPerProduct = contract(
    PriceOptimization,
    config={"level": "product"},
    frame=SALES.drop("category"),  # with it, a product's position is that of its category too
    by=("product_id",),
    **LAWS,
)


def answer(found: dict[str, Any], schema: EventSchema | None = None, **options: Any) -> Any:
    """Ask a blueprint with these options about data with these columns."""
    return PriceOptimization(**options).compatibility(schema or EventSchema(), found)


def test_four_columns_are_enough() -> None:
    """Without a category only the position in it is left out."""
    found = answer(TABLE)
    assert found.ok
    assert found.left_out == {"price_position_category": ("category",)}
    assert answer(TABLE | {"category": pl.String()}).left_out == {}


def test_other_names_and_roles_serve() -> None:
    """`columns` maps, and the schema's timestamp and value are date and quantity."""
    schema = EventSchema(timestamp="at", value="pieces")
    names = {"product_id": "sku", "price": "unit_price"}
    found = {"at": pl.Date(), "pieces": pl.Int64(), "sku": pl.String(), "unit_price": pl.Float64()}
    assert answer(found, schema, columns=names).columns == {
        "product_id": "sku", "price": "unit_price", "quantity_sold": "pieces", "date": "at",
    }  # fmt: skip


def test_missing_fields_come_with_the_nearest_column() -> None:
    """A misspelt column is named beside the field that lacks it."""
    renamed = {k if k != "price" else "prise": v for k, v in TABLE.items()}
    assert answer(renamed).missing == {"price": "prise"}
    assert "price" in answer(TABLE | {"price": pl.String()}).wrong


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "rows"}, "'row' or 'product'"),
        ({"minimum_points": 3}, "greater than or equal to 4"),
        ({"minimum_log_price_sd": 0}, "greater than 0"),
        ({"trend_days": 0}, "greater than or equal to 1"),
        ({"levle": "row"}, 'did you mean "level"'),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str) -> None:
    """An option that cannot mean anything sensible is refused when the blueprint is built."""
    with pytest.raises(ValidationError, match=message):
        PriceOptimization(**options)


def test_the_dictionary_is_complete() -> None:
    """Every feature says unit, formula, null rule and source."""
    assert all(f.unit and f.formula and f.nulls and f.source for f in FEATURES)
    assert PriceOptimization.features is FEATURES
