"""The JSON Schema of a run's document, made from the classes and their docstrings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from eventflow.docstrings import attributes, summary
from eventflow.runs.encode import RUN_SCHEMA
from eventflow.runs.record import RunRecord


def run_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the document that `record_to_dict` makes."""
    _, definitions = msgspec.json.schema_components([RunRecord], ref_template="#/$defs/{name}")
    for definition in definitions.values():
        _describe(definition)
    for name, extra in _DERIVED.items():
        definitions[name]["properties"].update(extra)
    for name in ("minimum", "median", "maximum"):
        definitions["FeatureRecord"]["properties"][name]["anyOf"].append(
            {"enum": ["Infinity", "-Infinity", "NaN"]}
        )
    for definition in definitions.values():
        if "properties" in definition:
            definition["required"] = list(definition["properties"])
    run = definitions.pop("RunRecord")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{RUN_SCHEMA.replace('/', ':')}",
        **run,
        "title": "A run of Eventflow",
        "$defs": dict(sorted(definitions.items())),
    }


_DERIVED: dict[str, dict[str, Any]] = {
    "RunRecord": {
        "schema": {"const": RUN_SCHEMA, "description": "Name and version of this document."},
        "short_id": {"type": "string", "description": "The end of the run id, short to type."},
    },
    "Ledger": {
        "accounted": {"type": "integer", "description": "Rows that left, less rows added."},
        "unexplained": {"type": "integer", "description": "Rows nobody accounts for."},
        "adds_up": {"type": "boolean", "description": "read = result + accounted."},
    },
    "Verdict": {"passed": {"type": "boolean", "description": "Whether the gate is open."}},
    "CheckResult": {
        "share": {"type": ["number", "null"], "description": "Share that passed, 0 to 1."},
        "ok": {"type": "boolean", "description": "Whether it passed."},
    },
}


def _describe(definition: dict[str, Any]) -> None:
    """Hand the sentences of a class's docstring to the properties they speak of."""
    docstring = definition.get("description", "")
    if told := summary(docstring):
        definition["description"] = told
    for name, text in attributes(docstring).items():
        if name in definition.get("properties", {}):
            definition["properties"][name]["description"] = text


def schema_text() -> str:
    """Return the text of ``run.schema.json`` as it is shipped."""
    return json.dumps(run_schema(), indent=2) + "\n"


if __name__ == "__main__":  # how the shipped file is made anew after a record class has changed
    Path(__file__).with_name("run.schema.json").write_text(schema_text(), encoding="utf-8")
