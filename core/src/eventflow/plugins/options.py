"""The options of a component, from its `Config`: names, types, defaults and descriptions."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """One option of a component.

    Attributes:
        name: Its name in the configuration.
        type: Its type in words: ``string``, ``list of string``, ``"a" or "b"``.
        required: Whether it has to be written.
        default: Its default as JSON; None if it is required, or its default is computed.
        description: What it is for.
    """

    name: str
    type: str
    required: bool
    default: str | None
    description: str


def options_of(config: type[BaseModel]) -> tuple[OptionInfo, ...]:
    """Return the options of a `Config`, in the order of its fields.

    Descriptions come from the fields, else from the ``Attributes:`` section of the docstrings of
    the `Config` and its bases. A field whose type has no JSON Schema is shown by its annotation.
    """
    described = _documented(config)
    properties, definitions = _schema(config)
    found = []
    for name, info in config.model_fields.items():
        key = info.alias or name
        schema = properties.get(key)
        annotation = getattr(info.annotation, "__name__", str(info.annotation))
        found.append(
            OptionInfo(
                name=key,
                type=type_text(schema, definitions) if schema else annotation,
                required=info.is_required(),
                default=_default(schema, info),
                description=info.description or described.get(name) or described.get(key, ""),
            )
        )
    return tuple(found)


def _schema(config: type[BaseModel]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    from pydantic.errors import PydanticUserError  # noqa: PLC0415 - delayed: not for listings

    try:
        schema = config.model_json_schema()
    except PydanticUserError:
        return {}, {}
    return schema.get("properties", {}), schema.get("$defs", {})


def _default(schema: Mapping[str, Any] | None, info: FieldInfo) -> str | None:
    if schema and "default" in schema:
        return json.dumps(schema["default"])
    made: object = info.default_factory
    return "{}" if made is dict else "[]" if made in {list, tuple, set, frozenset} else None


def type_text(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Say a JSON Schema type in a few words; a mapping with keys of its own lists them.

    Args:
        schema: The schema of one property.
        definitions: What its references point to.
    """
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        target = definitions.get(name, {})
        if target.get("type") != "object":
            return type_text(target, definitions)
        inner = target.get("properties", {})
        return f"{{{', '.join(inner)}}}" if inner else name
    if "const" in schema or "enum" in schema:
        return " or ".join(json.dumps(v) for v in schema.get("enum", [schema.get("const")]))
    for union in ("anyOf", "oneOf"):
        if union in schema:
            texts = [type_text(part, definitions) for part in schema[union]]
            return " or ".join(dict.fromkeys(texts))
    return _plain_type(schema, definitions)


def _plain_type(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if kind == "array":
        items = schema.get("items")
        return f"list of {type_text(items, definitions)}" if items else "list"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"map to {type_text(values, definitions)}" if isinstance(values, dict) else "map"
    return str(schema.get("format") or kind or "any")


def _documented(config: type[BaseModel]) -> dict[str, str]:
    """Read ``Attributes:`` sections, those of bases first."""
    found: dict[str, str] = {}
    for klass in reversed(config.__mro__):
        if klass.__module__.partition(".")[0] in {"builtins", "pydantic", "typing"}:
            continue
        section = inspect.cleandoc(klass.__doc__ or "").partition("Attributes:\n")[2]
        for match in re.finditer(r"^ {4}(\w+)[^:\n]*: (.*(?:\n {8}.*)*)", section, re.MULTILINE):
            found[match[1]] = " ".join(match[2].split())
    return found
