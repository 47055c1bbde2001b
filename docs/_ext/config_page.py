"""Render the keys of a pipeline file from the schema that editors and `check` use."""

from __future__ import annotations

from typing import Any

from components_page import options
from eventflow import EventSchema, PluginHost
from eventflow.config.jsonschema import pipeline_schema
from eventflow.config.model import PluginOptions, RunsOptions
from eventflow.schema import ColumnSchema
from markdown import attributes, table

PARTS = {"runs": RunsOptions, "plugins": PluginOptions}


def keys() -> dict[str, Any]:
    """Return the keys of a pipeline file, each with its part of the JSON Schema.

    Raises:
        RuntimeError: An installed component has no schema; the page would lack it.
    """
    schema, problems = pipeline_schema(PluginHost())
    if problems:
        raise RuntimeError(problems)
    found: dict[str, Any] = schema["properties"]
    return found


def render() -> str:
    """Return a table of the keys, then one of what each holds that is no component."""
    rows = [(f"`{name}`", _shape(part), part["description"]) for name, part in keys().items()]
    parts = [table(("key", "holds", "what it is"), rows)]
    for name, model in PARTS.items():
        said = attributes(model.__doc__)
        inner = [(f"`{name}.{key}`", said[key]) for key in keys()[name]["properties"]]
        parts.append(table(("key", "what it is"), inner))
    parts += ["## `schema`", options(EventSchema), "## `schema.columns`", options(ColumnSchema)]
    return "\n\n".join(parts)


def _shape(part: dict[str, Any]) -> str:
    references = [str(within["$ref"]) for within in part.get("allOf", ())]
    reference = references[0].rpartition("/")[2] if references else ""
    if reference == "schema":
        return "a mapping, see below"
    if reference:
        return f"`use` and the options of a {reference}"
    if part.get("type") == "array":
        return f"a list, each {_shape(part['items'])}"
    return " or ".join(_shape(p) for p in part["anyOf"]) if "anyOf" in part else str(part["type"])
