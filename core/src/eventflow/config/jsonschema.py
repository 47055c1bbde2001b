"""JSON Schema (draft-07) of pipeline files, made of what is installed, for editors.

Components are an ``enum`` with one ``if``/``then`` each: with ``oneOf``, editors complete only
components without required options and list only some of the valid names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from eventflow.config.using import ENVELOPE_OPTIONS
from eventflow.errors import EventflowError
from eventflow.schema import EventSchema
from eventflow.types import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.errors import Problem
    from eventflow.plugins import ComponentRef, PluginHost
    from eventflow.types import Kind

_ROOT = "#/definitions/"
_REFERENCE = {"type": "string", "pattern": r"\$\{(env|file):"}
_AS_OF = {
    "type": "string",
    "description": "The moment the features speak of; the run's start if it is not given.",
    "examples": ["2011-12-10", "2011-12-10T12:00:00+02:00"],
}


def pipeline_schema(host: PluginHost) -> tuple[dict[str, Any], list[Problem]]:
    """Return the schema of pipeline files, and the problems of plugins that had to be left out."""
    definitions: dict[str, Any] = {"reference": _REFERENCE}
    problems: list[Problem] = []
    for kind in KINDS:
        definitions[kind] = _kind(kind, host, definitions, problems)
    definitions["gate"] = _gate(definitions["step"])
    definitions["schema"] = _adopted(EventSchema.model_json_schema(), "schema", definitions)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Eventflow pipeline",
        "type": "object",
        "properties": _properties(),
        "patternProperties": {"^x-": True},
        "additionalProperties": False,
        "if": {"not": {"required": ["include"]}},
        "then": {
            "required": ["source"],
            "properties": {
                name: {"required": ["use"]} for name in ("source", "blueprint", "sink", "transport")
            },
        },
        "definitions": definitions,
    }, problems


def _properties() -> dict[str, Any]:
    names = {"type": "array", "items": {"type": "string"}}
    single = {
        "source": "Where rows come from.",
        "blueprint": "Recipe of the features.",
        "sink": "Where the result goes.",
        "transport": "Where the run's events go.",
        "engine": "What executes the plan; local if it is not given.",
    }
    return {
        "name": {"type": "string", "description": "Name of the pipeline."},
        "include": {
            "description": "Files below which this one is merged.",
            "anyOf": [{"type": "string"}, names],
        },
        **{name: _part(name, text) for name, text in single.items()},
        "quality": _part("gate", "Quality gate; a run that fails it publishes nothing."),
        "schema": _part("schema", "What the columns mean."),
        "steps": _list("step", "Steps, in the order in which they run."),
        "trackers": _list("tracker", "What records runs."),
        "seed": {"type": "integer", "minimum": 0, "description": "Seed for anything random."},
        "runs": {
            "type": "object",
            "description": "Where runs are kept, how many, and how failures are tried again.",
            "properties": _runs(),
            "additionalProperties": False,
        },
        "plugins": {
            "type": "object",
            "description": "Which plugins may take part.",
            "properties": {
                "allow": names,
                "deny": names,
                "order": {**names, "description": "Whose hooks are called first."},
                "strict": {"type": "boolean"},
            },
            "additionalProperties": False,
        },
    }


def _runs() -> dict[str, Any]:
    seconds = {"type": "number", "minimum": 0}
    return {
        "path": {"type": "string", "description": "Folder of the run store."},
        "keep": {"type": "integer", "minimum": 1, "description": "Runs to keep."},
        "attempts": {
            "type": "integer",
            "minimum": 1,
            "description": "How often a transient failure is tried in all.",
        },
        "initial_wait": {**seconds, "description": "Seconds before the second attempt."},
        "max_wait": {**seconds, "description": "Seconds between two attempts at most."},
        "trackers_wait": {
            **seconds,
            "description": "Seconds that the end of a run waits for trackers at work; "
            "by default 30, and none for those that another process goes on to tell.",
        },
    }


def _part(definition: str, description: str) -> dict[str, Any]:
    return {"description": description, "allOf": [{"$ref": _ROOT + definition}]}


def _list(kind: str, description: str) -> dict[str, Any]:
    item = {"allOf": [{"$ref": _ROOT + kind}], "required": ["use"]}
    return {"type": "array", "description": description, "items": item}


def _kind(
    kind: Kind, host: PluginHost, definitions: dict[str, Any], problems: list[Problem]
) -> dict[str, Any]:
    """Describe ``{use: …}`` for one kind."""
    refs = host.refs(kind)
    names: list[str] = []
    summaries: list[str] = []
    branches: list[Any] = []
    for ref in refs:
        try:
            schema = host.load(ref).Config.model_json_schema()
        except EventflowError as error:
            problems.extend(error.problems)
            continue
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything
            problems.append(_left_out(ref, error))
            continue
        name = _name(ref, refs)
        names.append(name)
        summaries.append(ref.summary)
        adopted = _adopted(schema, f"{kind}.{name}", definitions)
        branches.append(_branch(kind, name, adopted, ref))
    use = {"enum": names, "enumDescriptions": summaries, "markdownEnumDescriptions": summaries}
    return {"type": "object", "properties": {"use": use}, "allOf": branches or [True]}


def _name(ref: ComponentRef, refs: Sequence[ComponentRef]) -> str:
    """Return the name to write: the qualified one where two plugins offer it."""
    return ref.name if sum(r.name == ref.name for r in refs) == 1 else ref.qualified


def _left_out(ref: ComponentRef, error: BaseException) -> Problem:
    from eventflow.plugins.errors import BuildError  # noqa: PLC0415 - delayed: only on failure

    return BuildError.for_ref(ref, error).problems[0]


def _branch(kind: Kind, name: str, schema: dict[str, Any], ref: ComponentRef) -> dict[str, Any]:
    """Say what holds when ``use`` is this name; completion shows the summary."""
    properties = {"use": {"const": name, "description": ref.summary}, **schema["properties"]}
    if "as_of" in ENVELOPE_OPTIONS.get(kind, ()):
        properties["as_of"] = _AS_OF
    then = {**schema, "properties": properties}
    return {"if": {"required": ["use"], "properties": {"use": {"const": name}}}, "then": then}


def _gate(step: dict[str, Any]) -> dict[str, Any]:
    """Describe ``quality``: a step, the usual gate if it does not say which."""
    from eventflow.config.envelope import DEFAULT_GATE  # noqa: PLC0415 - beside its one use

    usual = [
        {"if": {"not": {"required": ["use"]}}, "then": branch["then"]}
        for branch in step["allOf"]
        if branch is not True and branch["if"]["properties"]["use"]["const"] == DEFAULT_GATE
    ]
    return {**step, "allOf": [*step["allOf"], *usual]}


def _adopted(schema: dict[str, Any], prefix: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """Turn pydantic's schema into draft-07 and move its definitions to ours."""
    for name, inner in schema.pop("$defs", {}).items():
        definitions[f"{prefix}.{name}"] = _draft07(inner, prefix)
    adopted: dict[str, Any] = _draft07(schema, prefix)
    adopted.setdefault("properties", {})
    adopted.pop("title", None)
    return adopted


def _draft07(node: Any, prefix: str) -> Any:
    if isinstance(node, list):
        return [_draft07(item, prefix) for item in node]
    if not isinstance(node, dict):
        return node
    if "x-eventflow-uses" in node:
        inner = {"allOf": [{"$ref": _ROOT + node["x-eventflow-uses"]}], "required": ["use"]}
        return {**{k: v for k, v in node.items() if k == "description"}, **inner}
    out: dict[str, Any] = {}
    for key, value in node.items():
        if key == "$ref" and isinstance(value, str):
            out[key] = re.sub(r"^#/\$defs/", f"{_ROOT}{prefix}.", value)
        elif key == "prefixItems":
            out["items"] = _draft07(value, prefix)
        elif key == "properties":
            out[key] = {k: _draft07(v, prefix) for k, v in value.items()}
        elif key in {"default", "const", "enum", "examples"}:
            out[key] = value
        else:
            out[key] = _draft07(value, prefix)
    return _or_reference(out)


def _or_reference(schema: dict[str, Any]) -> dict[str, Any]:
    """Let a reference stand where a number or a truth value belongs."""
    if schema.get("type") not in {"integer", "number", "boolean"}:
        return schema
    outside: dict[str, Any] = {
        k: schema.pop(k) for k in ("description", "title", "default") if k in schema
    }
    return {**outside, "anyOf": [schema, {"$ref": _ROOT + "reference"}]}
