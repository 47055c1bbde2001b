"""``--set path.to.key=value``: values given on the command line, typed as YAML types them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from eventflow.config.errors import OverrideError
from eventflow.config.tree import (
    Document,
    Entry,
    MappingNode,
    ScalarNode,
    SequenceNode,
    Span,
    kind_of,
)
from eventflow.config.yaml import parse_value
from eventflow.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventflow.config.tree import Node
    from eventflow.errors import Problem

SET = "--set"
"""What stands for the file in the places of overrides."""

_SEGMENT = re.compile(r'"(?P<quoted>[^"]*)"|(?P<plain>[^."]+)')


def overridden(node: Node, overrides: Iterable[str]) -> tuple[Node, list[Problem]]:
    """Return a configuration with values set.

    Args:
        node: The configuration; changed in place below its root.
        overrides: Each ``path.to.key=value``. Items of a list are numbered from 0, the number
            after the last adds one; a key with dots is written in double quotes.
    """
    problems: list[Problem] = []
    for number, text in enumerate(overrides, start=1):
        document = Document(SET, "\n" * (number - 1) + text)
        node, more = _set(node, document, number, text)
        problems.extend(more)
    return node, problems


def _set(node: Node, document: Document, line: int, text: str) -> tuple[Node, list[Problem]]:
    path, equals, _ = text.partition("=")
    segments = _segments(path)
    if not equals or not segments:
        span = Span(document, line, 1, line, len(text) + 1)
        fix = "write path.to.key=value, for example sink.path=out.parquet"
        return node, [OverrideError.problem(f'"{text}" sets nothing', span, fix=fix)]
    # Blanks and line breaks in front keep the value's place in `text`.
    padded = Document(SET, "\n" * (line - 1) + " " * (len(path) + 1) + text[len(path) + 1 :])
    value, problems = parse_value(padded)
    if value is None:
        return node, problems
    spans = [Span(document, line, s + 1, line, e + 1) for s, e, _ in segments]
    keys = [key for _, _, key in segments]
    node, problem = _put(node, keys, spans, value)
    return node, [*problems, *([problem] if problem else [])]


def _segments(path: str) -> list[tuple[int, int, str]]:
    """Split a path into keys with their places; empty when it is not a path."""
    found: list[tuple[int, int, str]] = []
    at = 0
    for match in _SEGMENT.finditer(path):
        if path[at : match.start()] != ("." if found else ""):
            return []
        found.append((*match.span(), match["quoted"] if match["plain"] is None else match["plain"]))
        at = match.end()
    return found if at == len(path) else []


def _put(
    node: Node, keys: list[str], spans: list[Span], value: Node
) -> tuple[Node, Problem | None]:
    if not keys:
        return value, None
    if isinstance(node, ScalarNode) and node.value is None:
        node = MappingNode({})
    if isinstance(node, SequenceNode):
        return _put_item(node, keys, spans, value)
    if not isinstance(node, MappingNode):
        message = f'"{keys[0]}" leads nowhere: above it is {kind_of(node)}, not a mapping'
        return node, OverrideError.problem(message, spans[0])
    key = _key(node, keys[0])
    below = node.get(key) or MappingNode({})
    child, problem = _put(below, keys[1:], spans[1:], value)
    if problem is None:
        node.entries[key] = Entry(key, child, spans[0])
    return node, problem


def _key(node: MappingNode, text: str) -> Any:
    """Return the key as the mapping has it: ``2011`` may be a number there."""
    return next((key for key in node.entries if str(key) == text), text)


def _put_item(
    node: SequenceNode, keys: list[str], spans: list[Span], value: Node
) -> tuple[Node, Problem | None]:
    index = int(keys[0]) if keys[0].isdecimal() else _named(node, keys[0])
    if index is None or index > len(node.items):
        return node, _no_item(node, keys[0], spans[0])
    below = node.items[index] if index < len(node.items) else MappingNode({})
    child, problem = _put(below, keys[1:], spans[1:], value)
    if problem is None:
        node.items[index : index + 1] = [child]
    return node, problem


def _named(node: SequenceNode, name: str) -> int | None:
    """Find the one item that uses the component of this name."""
    found = [i for i, used in enumerate(_names(node)) if used == name]
    return found[0] if len(found) == 1 else None


def _names(node: SequenceNode) -> list[str]:
    names = []
    for item in node.items:
        use = item.get("use") if isinstance(item, MappingNode) else None
        names.append(str(use.value) if isinstance(use, ScalarNode) else "")
    return names


def _no_item(node: SequenceNode, text: str, span: Span) -> Problem:
    near = nearest(text, [name for name in _names(node) if name])
    count = len(node.items)
    fix = f'did you mean "{near}"?' if near else f"name an item by its number, 0 to {count}"
    message = f'there is no item "{text}" in this list of {count}'
    return OverrideError.problem(message, span, fix=fix, replacement=near)
