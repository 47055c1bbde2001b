"""Data contracts: written as the standard says, read back without loss, and read from others."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped] # it has no annotations
import polars as pl
import pytest

from eventflow.config.dump import dump
from eventflow.errors import EventflowError
from eventflow.schema import EventSchema
from eventflow_quality.config import GateConfig
from eventflow_quality.contract_export import Promised, contract_of
from eventflow_quality.contract_import import read_contract, sections_of

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS: dict[str, pl.DataType] = {
    "order_id": pl.String(),
    "customer": pl.Int64(),
    "at": pl.Datetime("us", "UTC"),
    "day": pl.Date(),
    "price": pl.Decimal(12, 2),
    "country": pl.String(),
    "tags": pl.List(pl.String()),
    "paid": pl.Boolean(),
}
SCHEMA: dict[str, Any] = {
    "timestamp": "at",
    "entity": "customer",
    "columns": {
        "order_id": {"nullable": False, "unique": True, "pattern": "^[0-9]{5}$", "sensitive": True},
        "price": {
            "minimum": 0,
            "maximum": 99.5,
            "unit": "EUR",
            "description": "paid",
            "critical": True,
        },
        "day": {"minimum": "2020-01-01", "nullable": True, "critical": True},
        "country": {"allowed": ["FR", "DE"]},
    },
}
QUALITY: dict[str, Any] = {
    "minimum_score": 90,
    "unique": [["customer", "at"]],
    "columns": {
        "country": {"validity": 0.9, "severity": "low"},
        "price": {"completeness": 0.97, "outliers": "iqr"},
    },
    "rules": {"adds up": "price >= 0"},
    "volume": {"minimum": 10, "maximum": 1000, "within": 0.2},
    "freshness": {"within": "36h"},
    "drift": {"columns": ["price"], "psi": 0.1},
}


def written(schema: dict[str, Any], quality: dict[str, Any]) -> dict[str, Any]:
    """Return the contract of a pipeline with these sections."""
    gate = GateConfig.model_validate(quality)
    read = EventSchema.model_validate(schema)
    promised = Promised(name="orders", schema=read, columns=COLUMNS, gate=gate, options=quality)
    return contract_of(promised)


def standard() -> Any:
    """Return the standard's own JSON Schema."""
    return json.loads(
        resources.files("open_data_contract_standard").joinpath("schema.json").read_text()
    )


@pytest.mark.parametrize("quality", [{}, QUALITY])
def test_what_is_written_is_valid_by_the_standard(quality: dict[str, Any]) -> None:
    """The standard's JSON Schema accepts the contract as YAML reads it back."""
    contract = written(SCHEMA, quality)
    jsonschema.validate(contract, standard())
    assert contract["schema"][0]["properties"][0]["logicalTypeOptions"] == {"pattern": "^[0-9]{5}$"}


def test_a_contract_that_is_read_back_says_the_same(tmp_path: Path) -> None:
    """Roles, dtypes, constraints and rules: the models that the sections make are equal."""
    path = tmp_path / "orders.odcs.yaml"
    path.write_text(dump(written(SCHEMA, QUALITY)))
    found = read_contract(path)
    assert not found.left_out
    schema, expected = (EventSchema.model_validate(s) for s in (found.schema, SCHEMA))
    assert dict(schema.roles()) == dict(expected.roles())
    for name, spec in expected.columns.items():
        assert schema.columns[name].model_copy(update={"dtype": None}) == spec
        assert schema.columns[name].dtype == COLUMNS[name]
    again, first = (GateConfig.model_validate(q) for q in (found.quality, QUALITY))
    assert again.model_dump(exclude={"rules"}) == first.model_dump(exclude={"rules"})
    assert {t: r.that.text for t, r in again.rules.items()} == {"adds up": "price >= 0"}


FOREIGN: dict[str, Any] = {
    "name": "t",
    "properties": [
        {
            "name": "a",
            "primaryKey": True,
            "primaryKeyPosition": 2,
            "physicalType": "VARCHAR(9)",
        },
        {"name": "b", "primaryKey": True, "primaryKeyPosition": 1, "physicalType": "int"},
        {
            "name": "n",
            "physicalName": "N",
            "required": False,
            "classification": "Restricted",
            "logicalTypeOptions": {"exclusiveMinimum": 0, "multipleOf": 5},
            "quality": [
                {"metric": "nullValues", "unit": "percent", "mustBeLessOrEqualTo": 5},
                {"rule": "validValues", "validValues": [1, 2], "mustBe": 0},
                {"metric": "duplicateValues", "mustBeLessThan": 1},
                {"metric": "nullValues", "mustBeLessThan": 10, "name": "few nulls"},
                {"type": "sql", "query": "select 1", "mustBe": 1, "name": "by sql"},
            ],
        },
        {"name": "e", "enum": [{"value": "x"}], "logicalTypeOptions": {"maxLength": 3}},
    ],
    "quality": [
        {"metric": "rowCount", "mustBeBetween": [10, 20]},
        {"type": "text", "description": "be nice"},
    ],
}


def test_rules_of_others_become_rules_of_the_gate() -> None:
    """Every comparison that a gate can check exactly; each other one is named as left out."""
    promises = [{"property": "latency", "value": 4, "unit": "d", "element": "t.at"}]
    found = sections_of(FOREIGN, promises)
    key = {"nullable": False}
    assert found.schema == {
        "timestamp": "at",
        "columns": {
            "a": key,
            "b": key,
            "N": {"nullable": True, "sensitive": True, "allowed": [1, 2], "unique": True},
            "e": {"allowed": ["x"]},
        },
    }
    assert found.quality == {
        "columns": {"N": {"completeness": 0.95}},
        "rules": {
            "N above 0": {"that": '"N" > 0', "dimension": "validity"},
            "length of e to 3": {"that": 'length("e") <= 3', "dimension": "validity"},
        },
        "unique": [["b", "a"]],
        "volume": {"minimum": 10, "maximum": 20},
        "freshness": {"within": "4d"},
    }
    assert found.left_out == (
        'the option multipleOf of column "N"',
        'the rule few nulls of column "N"',
        'the rule by sql of column "N"',
        "the rule be nice of the table",
    )


@pytest.mark.parametrize(
    ("comparison", "bounds"),
    [
        ({"mustBe": 5}, {"minimum": 5, "maximum": 5}),
        ({"mustBeGreaterThan": 5}, {"minimum": 6}),
        ({"mustBeGreaterOrEqualTo": 5}, {"minimum": 5}),
        ({"mustBeLessThan": 5}, {"maximum": 4}),
        ({"mustBeLessOrEqualTo": 5}, {"maximum": 5}),
    ],
)
def test_each_comparison_of_a_row_count(comparison: Any, bounds: dict[str, int]) -> None:
    """Bounds of the gate are inclusive."""
    found = sections_of({"name": "t", "quality": [{"metric": "rowCount", **comparison}]})
    assert found.quality == {"volume": bounds}


@pytest.mark.parametrize(
    ("text", "table", "says"),
    [
        ("", None, "it is empty"),
        ("kind: Other\napiVersion: v3.1.0\n", None, "kind: DataContract"),
        ("kind: DataContract\napiVersion: v2.2.2\n", None, "apiVersion: v3"),
        (
            "kind: DataContract\napiVersion: v3.1.0\nschema: [{name: a}, {name: b}]\n",
            None,
            "2 tables",
        ),
        ("kind: DataContract\napiVersion: v3.1.0\nschema: [{name: orders}]\n", "order", '"orders"'),
    ],
)
def test_a_file_that_is_no_contract_is_refused(
    tmp_path: Path, text: str, table: str | None, says: str
) -> None:
    """The message says what is missing, or which tables there are."""
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(EventflowError, match="EF416") as caught:
        read_contract(tmp_path / "c.yaml", table)
    assert says in str(caught.value)
