"""What a configuration was written as: values that remember their place.

Every way in (YAML, JSON, a mapping, ``--set``) ends in the same three kinds of node, so that the
steps after it (include, override, interpolation, validation) neither know nor care.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field, frozen

from eventflow.errors import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What PyYAML counts as the end of a line."""


@frozen(eq=False)
class Document:
    """The text of one file (or of one ``--set``), kept for messages."""

    file: str
    text: str = field(repr=False)
    lines: tuple[str, ...] = field(repr=False, init=False)

    @lines.default
    def _split(self) -> tuple[str, ...]:
        return tuple(LINE_BREAK.split(self.text))


@frozen
class Span:
    """A range of a document: lines and columns count from 1, the end is exclusive."""

    document: Document = field(repr=False)
    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def location(self) -> Location:
        """The start of the range, with the line it is in."""
        source = self.document.lines[self.line - 1] if self.line <= self._height else ""
        end = self.end_column if self.end_line == self.line else len(source) + 1
        return Location(
            self.document.file,
            self.line,
            self.column,
            source.replace("\t", " "),
            max(end - self.column, 1),
        )

    @property
    def _height(self) -> int:
        return len(self.document.lines)

    @property
    def text(self) -> str:
        """What is written there; only the part on the first line, if there are several."""
        line = self.document.lines[self.line - 1]
        return line[self.column - 1 : self.end_column - 1 if self.end_line == self.line else None]


@define(eq=False)
class ScalarNode:
    """One value that is neither a mapping nor a list.

    Attributes:
        value: The value, references already filled in.
        span: Where it is written; None for what came from Python.
        shown: What to show in its place: the text with its references, or stars.
        hidden: Whether the value may not be shown.
        filled: Reference → the secret text that was filled in for it.
        parts: Values that are written into this one: whoever hides it hides them.
    """

    value: Any = field(repr=False)
    span: Span | None = None
    shown: str | None = None
    hidden: bool = False
    filled: dict[str, str] = field(factory=dict, repr=False)
    parts: tuple[ScalarNode, ...] = field(default=(), repr=False)


@define(eq=False)
class SequenceNode:
    """A list; `flow` says that it is written in brackets."""

    items: list[Node]
    span: Span | None = None
    flow: bool = False


@frozen(eq=False)
class Entry:
    """One key of a mapping, with its value."""

    key: Any
    node: Node
    span: Span | None = None


@define(eq=False)
class MappingNode:
    """A mapping in the order in which it is written; `flow` says that it is in braces."""

    entries: dict[Any, Entry]
    span: Span | None = None
    flow: bool = False

    def get(self, key: Any) -> Node | None:
        """Return the value of a key."""
        entry = self.entries.get(key)
        return None if entry is None else entry.node

    def key_span(self, key: Any) -> Span | None:
        """Return where a key is written."""
        entry = self.entries.get(key)
        return None if entry is None else entry.span

    def renamed(self, old: Any, new: Any) -> MappingNode:
        """Return this mapping with one key renamed."""
        entries = {
            (new if key == old else key): (Entry(new, e.node, e.span) if key == old else e)
            for key, e in self.entries.items()
        }
        return MappingNode(entries, self.span, self.flow)


Node = ScalarNode | SequenceNode | MappingNode


def of_python(value: Any) -> Node:
    """Turn Python data into nodes without places; anything unknown is a scalar.

    Nodes among it are copied with their places.
    """
    if isinstance(value, ScalarNode):
        return evolve(value)
    if isinstance(value, SequenceNode):
        return evolve(value, items=[of_python(item) for item in value.items])
    if isinstance(value, MappingNode):
        entries = {k: evolve(e, node=of_python(e.node)) for k, e in value.entries.items()}
        return evolve(value, entries=entries)
    if isinstance(value, dict):
        return MappingNode({k: Entry(k, of_python(v)) for k, v in value.items()})
    if isinstance(value, (list, tuple)):
        return SequenceNode([of_python(item) for item in value])
    return ScalarNode(value)


def to_python(node: Node) -> Any:
    """Turn nodes into plain data."""
    match node:
        case ScalarNode():
            return node.value
        case SequenceNode():
            return [to_python(item) for item in node.items]
        case MappingNode():
            return {key: to_python(entry.node) for key, entry in node.entries.items()}


def scalars(node: Node) -> Iterator[ScalarNode]:
    """Yield every scalar below a node."""
    match node:
        case ScalarNode():
            yield node
        case SequenceNode():
            for item in node.items:
                yield from scalars(item)
        case MappingNode():
            for entry in node.entries.values():
                yield from scalars(entry.node)


def child(node: Node, segment: Any) -> Node | None:
    """Return what lies under a key or an index."""
    if isinstance(node, MappingNode):
        return node.get(segment)
    if isinstance(node, SequenceNode):
        index = int(segment) if str(segment).isdecimal() else -1
        return node.items[index] if 0 <= index < len(node.items) else None
    return None


def walk(node: Node, path: Sequence[Any]) -> tuple[Node, Span | None]:
    """Follow a path as far as it exists.

    Returns:
        The last node reached, and the place of its key (or of itself, where it has no key).
    """
    span = node.span
    for segment in path:
        found = child(node, segment)
        if found is None:
            continue
        span = node.key_span(segment) if isinstance(node, MappingNode) else found.span
        node = found
    return node, span


def kind_of(node: Node) -> str:
    """Name what a node is, for messages."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    value = node.value
    if value is None:
        return "nothing"
    names: dict[type, str] = {bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "text" if isinstance(value, str) else type(value).__name__)
