"""Foreign keys in data contracts: relationships of the standard, written and read back."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped] # it has no annotations
import polars as pl
import pytest
from open_data_contract_standard.model import OpenDataContractStandard

from eventflow.config.dump import dump
from eventflow.schema import EventSchema
from eventflow_quality.config import GateConfig
from eventflow_quality.contract_export import Promised, contract_of
from eventflow_quality.contract_import import read_contract, sections_of

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = dict.fromkeys(("customer", "shop", "city", "Shop ID"), pl.String())
CONTEXTS = {
    "customers": {"use": "csv", "path": "customers.csv"},
    "shops": {"use": "csv", "path": "shops.csv"},
}
REFERENCES: list[dict[str, Any]] = [
    {"columns": ["customer"], "context": "customers", "key": ["id"]},
    {"columns": ["shop", "city"], "context": "shops", "required": 0.99, "severity": "low"},
    {"columns": ["Shop ID"], "context": "shops", "key": ["shop"], "on_fail": "drop"},
]


def _written(references: list[dict[str, Any]]) -> dict[str, Any]:
    said = {"contexts": CONTEXTS, "references": references}
    gate = GateConfig.model_validate(said)
    return contract_of(
        Promised(name="orders", schema=EventSchema(), columns=COLUMNS, gate=gate, options=said)
    )


def test_foreign_keys_are_relationships_of_the_standard() -> None:
    """The standard's JSON Schema accepts them, and its model reads them; no path is told."""
    contract = _written(REFERENCES)
    schema = resources.files("open_data_contract_standard").joinpath("schema.json").read_text()
    jsonschema.validate(contract, json.loads(schema))
    read = OpenDataContractStandard.from_string(dump(contract))
    assert read.schema_ is not None
    found = read.schema_[0].relationships
    assert found is not None
    assert [(r.type, r.from_, r.to) for r in found] == [
        ("foreignKey", "orders.customer", "customers.id"),
        ("foreignKey", ["orders.shop", "orders.city"], ["shops.shop", "shops.city"]),
    ]
    assert "csv" not in dump(contract)


def test_foreign_keys_are_read_back_as_they_were(tmp_path: Path) -> None:
    """Those too that the standard has no words for: a name with a space stands in our own rule."""
    path = tmp_path / "orders.odcs.yaml"
    path.write_text(dump(_written(REFERENCES)), encoding="utf-8")
    found = read_contract(path)
    assert found.left_out == ()
    assert found.contexts == ("customers", "shops")
    again = GateConfig.model_validate({**found.quality, "contexts": CONTEXTS})
    assert (
        again.references
        == GateConfig.model_validate({"contexts": CONTEXTS, "references": REFERENCES}).references
    )


CUSTOMERS = {
    "id": "cust_tbl",
    "name": "customers",
    "properties": [{"id": "cust_pk", "name": "number", "physicalName": "NO"}],
}


@pytest.mark.parametrize(
    ("relationship", "reference"),
    [
        ({"to": "customers.number"}, {"columns": ["BUYER"], "context": "customers", "key": ["NO"]}),
        (
            {"type": "foreignKey", "to": "schema/cust_tbl/properties/cust_pk"},
            {"columns": ["BUYER"], "context": "customers", "key": ["NO"]},
        ),
        ({"to": "elsewhere.BUYER"}, {"columns": ["BUYER"], "context": "elsewhere"}),
        ({"to": "https://example.com/c.yaml#/schema/a/properties/b"}, None),
        ({"to": "schema/cust_tbl/properties/gone"}, None),
        ({"to": ["customers.number", "customers.name"]}, None),
        ({"type": "other", "to": "customers.number"}, None),
    ],
)
def test_relationships_of_others_become_references(
    relationship: dict[str, Any], reference: dict[str, Any] | None
) -> None:
    """By name or by id, in the contract's own tables; what cannot be told is named as left out."""
    buyer = {"name": "buyer", "physicalName": "BUYER", "relationships": [relationship]}
    orders = {"name": "orders", "properties": [buyer]}
    found = sections_of(orders, (), (orders, CUSTOMERS))
    assert found.quality.get("references", []) == ([] if reference is None else [reference])
    assert len(found.left_out) == (reference is None)


def test_a_key_of_several_columns_is_read_from_the_table() -> None:
    """Both sides are listed; a list that leaves this table is left out."""
    keys = [
        {"from": ["orders.a", "orders.b"], "to": ["x.a", "x.c"]},
        {"from": "customers.number", "to": "x.a"},
        {"from": ["orders.a", "orders.b"], "to": ["x.a", "y.b"]},
    ]
    found = sections_of({"name": "orders", "relationships": keys})
    assert found.quality == {
        "references": [{"columns": ["a", "b"], "context": "x", "key": ["a", "c"]}]
    }
    assert len(found.left_out) == 2
