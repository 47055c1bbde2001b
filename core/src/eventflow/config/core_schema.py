"""YAML 1.2's core schema: which type plain text has, and how it is read."""

from __future__ import annotations

import re
from typing import Any

from yaml.resolver import BaseResolver

TAG = "tag:yaml.org,2002:"
"""What the tags of standard types begin with."""

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


def is_text(plain: str) -> bool:
    """Say whether unquoted text stays text."""
    return not any(p.fullmatch(plain) for p in (_NULL, _BOOL, _INT, _FLOAT))


class CoreResolver(BaseResolver):
    """Which type plain text has: the table of YAML 1.2's core schema, and merge keys."""


for _name, _pattern in (("null", _NULL), ("bool", _BOOL), ("int", _INT), ("float", _FLOAT)):
    CoreResolver.add_implicit_resolver(TAG + _name, re.compile(f"(?:{_pattern.pattern})$"), [None])
CoreResolver.add_implicit_resolver(TAG + "merge", re.compile(r"<<$"), ["<"])


def _to_int(text: str) -> int:
    if text.startswith("0o"):
        return int(text, 8)
    return int(text, 16) if text.startswith("0x") else int(text)


def _to_float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


def _to_bool(text: str) -> bool:
    if _BOOL.fullmatch(text) is None:
        raise ValueError(text)
    return text.lower() == "true"


CONVERT: dict[str, Any] = {
    "null": lambda _: None,
    "bool": _to_bool,
    "int": _to_int,
    "float": _to_float,
}
"""Type → what turns text into its value; text that does not fit raises ValueError."""
