"""What to write instead of a value that pydantic refuses, where that can be told."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from eventflow.config.core_schema import is_text
from eventflow.config.dates import BadMomentError
from eventflow.config.tree import MappingNode, ScalarNode, SequenceNode
from eventflow.errors import nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from eventflow.config.tree import Node

_Advice = tuple[str | None, str | None]
_HINT = re.compile(r'did you mean "([^"]*)"\?')
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
_PLAIN = re.compile(r"\w[\w./+-]*")
_TRUE = {"yes", "on", "y", "t", "1", "ture", "treu", "wahr"}
_LISTS = {"list_type", "tuple_type", "set_type", "frozen_set_type"}
_KINDS = {
    "int_parsing": "write a whole number",
    "float_parsing": "write a number",
    "bool_parsing": "write true or false",
}
_FALSE = {"no", "off", "n", "f", "0", "flase", "fasle"}


def as_yaml(value: Any) -> str:
    """Write a value as it stands in a configuration, in one line."""
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and is_text(value)
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, default=str)


def mended(item: ErrorDetails, node: Node) -> _Advice:
    """Return the text that should replace a value, and the advice in words."""
    kind, context = item["type"], item.get("ctx", {})
    if kind in {"literal_error", "enum"}:
        return _chosen(str(item["input"]), str(context.get("expected", "")))
    if found := _HINT.search(item["msg"]):
        return _advice(as_yaml(found[1]), f'did you mean "{found[1]}"?')
    if kind in {"path_type", "string_type"} and not isinstance(node, ScalarNode):
        return None, _one_of(node, "path" if kind == "path_type" else "text")
    if not isinstance(node, ScalarNode) or node.hidden:
        return None, _of_whole(kind, context, node)
    return _of_scalar(kind, context, node)


def _one_of(node: Node, what: str) -> str:
    """Say to write one value where a list or mapping stands; the only one that is in it."""
    items = node.items if isinstance(node, SequenceNode) else ()
    only = items[0] if len(items) == 1 else None
    if (
        isinstance(only, ScalarNode)
        and only.span is not None
        and isinstance(only.value, str)
        and not only.hidden
    ):
        return f"write {only.span.text}"
    return f"write one {what}"


def _of_whole(kind: str, context: dict[str, Any], node: Node) -> str | None:
    """Say what to write instead of a list, a mapping or what may not be shown."""
    if kind in _LISTS and isinstance(node, MappingNode):
        return "write a list: a dash before each item"
    return getattr(context.get("error"), "fix", None)


def _of_scalar(kind: str, context: dict[str, Any], node: ScalarNode) -> _Advice:
    written = node.span.text if node.span else str(node.value)
    if node.value is None:
        return None, None
    if kind in {"string_type", "path_type"}:
        return _advice(json.dumps(written))
    if kind.startswith(("date", "time_")) and isinstance(node.value, str):
        return _advice(BadMomentError(node.value).nearest)
    if kind in _LISTS:
        return None, f"write [{written}]"
    text = _number(kind, context, node.value)
    fix = getattr(context.get("error"), "fix", None) or _KINDS.get(kind)
    return _advice(text) if text is not None else (None, fix)


def _advice(text: str | None, fix: str | None = None) -> _Advice:
    return (None, None) if text is None else (text, fix or f"write {text}")


def _chosen(given: str, expected: str) -> _Advice:
    known = re.findall(r"'([^']*)'", expected)
    near = nearest(given, known)
    if near is not None:
        return as_yaml(near), f'did you mean "{near}"?'
    return None, f"write one of {', '.join(known)}" if known else None


def _number(kind: str, context: dict[str, Any], value: Any) -> str | None:
    """Move a number inside its bounds, round it, or read it out of text."""
    if kind in {"greater_than_equal", "less_than_equal"}:
        return as_yaml(context.get("ge", context.get("le")))
    if kind in {"greater_than", "less_than"} and isinstance(value, int):
        bound = context["gt"] + 1 if kind == "greater_than" else context["lt"] - 1
        return as_yaml(bound)
    if kind == "int_from_float":
        return str(round(value))
    if kind in {"int_parsing", "float_parsing"}:
        return _read_out(str(value), whole=kind == "int_parsing")
    if kind in {"bool_parsing", "bool_type"}:
        return _boolean(str(value).lower())
    return None


def _read_out(text: str, *, whole: bool) -> str | None:
    found = _NUMBER.match(text.strip())
    if found is None:
        return None
    number = float(found[0].replace(",", "."))
    if text.strip().endswith("%"):
        number /= 100
    return str(round(number)) if whole or number.is_integer() else f"{number:.12g}"


def _boolean(text: str) -> str | None:
    if text in _TRUE:
        return "true"
    return "false" if text in _FALSE else nearest(text, ("true", "false"))
