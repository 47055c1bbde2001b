"""Plain values of the envelope: text, whole numbers, flags, lists of names."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING

from eventflow.config import edits
from eventflow.config.errors import BadValueError, WrongTypeError
from eventflow.config.keys import checked_keys
from eventflow.config.tree import Entry, MappingNode, ScalarNode, SequenceNode, kind_of, of_python

if TYPE_CHECKING:
    from eventflow.config.tree import Node
    from eventflow.errors import Problem

_LONG = 4_300  # digits that Python turns into a number without being told to


def mapping(
    root: MappingNode, key: str, known: tuple[str, ...] | None, problems: list[Problem]
) -> MappingNode | None:
    """Read a section that is a mapping of known keys; None if it is not there."""
    node = root.get(key)
    if node is None or (isinstance(node, ScalarNode) and node.value is None):
        return None
    if not isinstance(node, MappingNode):
        place = root.key_span(key)
        problems.append(WrongTypeError.expected(key, "a mapping", kind_of(node), place))
        return None
    return checked_keys(node, known, key, problems) if known else node


def text(node: MappingNode, key: str, path: str, problems: list[Problem]) -> str | None:
    """Read text; None if it is not there, or is something else."""
    value = node.get(key)
    if value is None or (isinstance(value, ScalarNode) and value.value is None):
        return None
    if isinstance(value, ScalarNode) and isinstance(value.value, str):
        return value.value
    replacement = None
    if isinstance(value, ScalarNode) and value.span:
        replacement = f'"{value.span.text}"'
    problems.append(
        WrongTypeError.expected(
            path, "text", kind_of(value), value.span,
            fix=f"write {replacement}" if replacement else None, replacement=replacement,
        )
    )  # fmt: skip
    return None


def whole(
    node: MappingNode, key: str, path: str, problems: list[Problem], least: int = 0
) -> int | None:
    """Read a whole number; None if it is not there, or is something else."""
    found = node.get(key)
    if found is None or (isinstance(found, ScalarNode) and found.value is None):
        return None
    value = found.value if isinstance(found, ScalarNode) else None
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < _LONG:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        near = str(round(value)) if isinstance(value, float) and abs(value) < 2**63 else None
        fix = f"write {near}" if near else None
        problems.append(
            WrongTypeError.expected(
                path, "a whole number", kind_of(found), found.span, fix=fix, replacement=near
            )
        )
        return None
    if value < least:
        message, fix = f'"{path}" must be at least {least}', f"write {least} or more"
        problems.append(
            BadValueError.problem(message, found.span, key=path, fix=fix, replacement=str(least))
        )
        return None
    return value


def number(node: MappingNode, key: str, path: str, problems: list[Problem]) -> float | None:
    """Read a number that is not negative; None if it is not there, or is something else."""
    found = node.get(key)
    if found is None or (isinstance(found, ScalarNode) and found.value is None):
        return None
    value = found.value if isinstance(found, ScalarNode) else None
    if isinstance(value, str):
        with suppress(ValueError):
            value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        fix = "write for example 0.5"
        problems.append(
            WrongTypeError.expected(path, "a number", kind_of(found), found.span, fix=fix)
        )
        return None
    if not 0 <= value < math.inf:
        message, fix = f'"{path}" must be a number of at least 0', "write 0 or more"
        problems.append(
            BadValueError.problem(message, found.span, key=path, fix=fix, replacement="0")
        )
        return None
    return float(value)


def flag(node: MappingNode, key: str, path: str, problems: list[Problem]) -> bool:
    """Read true or false; false if it is not there."""
    found = node.get(key)
    value = found.value if isinstance(found, ScalarNode) else found
    if isinstance(value, bool) or value is None:
        return bool(value)
    words = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
    near = words.get(str(value).lower())
    problems.append(
        WrongTypeError.expected(
            path, "true or false", kind_of(found or of_python(None)), found.span if found else None,
            fix=f"write {near}" if near else None, replacement=near,
        )
    )  # fmt: skip
    return near == "true"


def names(node: MappingNode, key: str, problems: list[Problem]) -> tuple[str, ...]:
    """Read a list of names; empty if it is not there."""
    found, path = node.get(key), f"plugins.{key}"
    if found is None or (isinstance(found, ScalarNode) and found.value is None):
        return ()
    if isinstance(found, SequenceNode):
        items = [text(_one(item), "item", path, problems) for item in found.items]
        return tuple(item for item in items if item)
    problems.append(
        WrongTypeError.expected(
            path, "a list of names", kind_of(found), found.span, edits=edits.as_list(found)
        )
    )
    return ()


def _one(item: Node) -> MappingNode:
    return MappingNode({"item": Entry("item", item)})
