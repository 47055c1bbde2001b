"""YAML as its 1.2 core schema has it, on top of PyYAML's safe scanner and parser.

PyYAML follows YAML 1.1, where ``12:30`` is 750, ``NO`` is false and the last of two equal keys
wins. Here ``12:30``, ``NO`` and ``2011-12-10`` are text, ``010`` is ten, equal keys are refused,
and every key and value knows its place. Merge keys (``<<``) and anchors work within bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from eventflow.config.core_schema import CONVERT, TAG, CoreResolver
from eventflow.config.edits import remove_entry
from eventflow.config.errors import (
    DuplicateKeyError,
    EmptyConfigError,
    NotSupportedError,
)
from eventflow.config.tree import (
    Document,
    Entry,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    Span,
)
from eventflow.config.yaml_repair import syntax_problem

if TYPE_CHECKING:
    from eventflow.errors import Problem

MAX_NODES = 50_000
"""Values in one file with every alias written out; far beyond any honest pipeline."""
MAX_DEPTH = 64
"""Levels of nesting."""


class _Loader(Reader, Scanner, Parser, Composer, CoreResolver):
    """Text to PyYAML nodes; pure Python, so that messages are the same everywhere."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        CoreResolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose one node, no deeper than `MAX_DEPTH`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooDeepError(self.peek_event().start_mark)  # type: ignore[no-untyped-call] # not annotated in its stub
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


class _TooDeepError(Exception):
    """Nesting goes too deep; carries the mark."""

    def __init__(self, mark: yaml.Mark) -> None:
        self.mark = mark
        super().__init__("too deep")


class _FatalError(Exception):
    """Reading cannot go on; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


def compose(text: str) -> yaml.Node | None:
    """Parse text into PyYAML nodes.

    Raises:
        yaml.YAMLError: The text is not YAML.
    """
    node: yaml.Node | None = _Loader(text).get_single_node()
    return node


def read_yaml(document: Document) -> tuple[Node | None, list[Problem]]:
    """Parse a document into nodes.

    Returns:
        The nodes, None when the text cannot be parsed, and every problem found on the way.
    """
    try:
        root = compose(document.text)
    except yaml.YAMLError as error:
        return None, [syntax_problem(document, error, compose)]
    except _TooDeepError as error:
        span = _point(document, error.mark)
        return None, [NotSupportedError.problem(f"nested deeper than {MAX_DEPTH} levels", span)]
    if root is None:
        span = Span(document, 1, 1, 1, 1)
        fix = "write at least:  source: {use: NAME}"
        return None, [EmptyConfigError.problem("there is nothing in this file", span, fix=fix)]
    builder = _Builder(document)
    try:
        return builder.node(root), builder.problems
    except _FatalError as error:
        return None, [*builder.problems, error.problem]


def _point(document: Document, mark: yaml.Mark) -> Span:
    return Span(document, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 1)


class _Builder:
    """PyYAML nodes to ours: values by type, duplicate keys refused, aliases counted."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self._count = 0
        self._open: list[yaml.Node] = []

    def node(self, node: yaml.Node) -> Node:
        """Convert one node and everything below it."""
        self._admit(node)
        self._open.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node)
            if isinstance(node, yaml.SequenceNode):
                return self._sequence(node)
            return ScalarNode(self._scalar(node), self._span(node))
        finally:
            self._open.pop()

    def _admit(self, node: yaml.Node) -> None:
        self._count += 1
        if any(node is parent for parent in self._open):
            self._stop(node, "a value that contains itself")
        if self._count > MAX_NODES:
            self._stop(node, f"more than {MAX_NODES:,} values once every alias is written out")

    def _stop(self, node: yaml.Node, message: str) -> None:
        raise _FatalError(NotSupportedError.problem(message, self._span(node)))

    def _sequence(self, node: yaml.SequenceNode) -> SequenceNode:
        self._known_tag(node, "seq")
        items = [self.node(item) for item in node.value]
        flow = bool(node.flow_style)
        return SequenceNode(items, self._whole(node, items), flow)

    def _mapping(self, node: yaml.MappingNode) -> MappingNode:
        self._known_tag(node, "map")
        own: dict[Any, Entry] = {}
        merged: dict[Any, Entry] = {}
        for key_node, value_node in node.value:
            span, value = self._span(key_node), self.node(value_node)
            if key_node.tag == TAG + "merge":
                self._merge(value, span, merged)
                continue
            key = self._key(key_node)
            if key in own:
                first = own[key].span
                if first is not None:
                    edits = remove_entry(span, value)
                    self.problems.append(DuplicateKeyError.twice(key, first, span, edits))
            else:
                own[key] = Entry(key, value, span)
        last = [entry.node for entry in own.values()]
        flow = bool(node.flow_style)
        return MappingNode({**merged, **own}, self._whole(node, last), flow)

    def _merge(self, value: Node, span: Span, into: dict[Any, Entry]) -> None:
        for part in value.items if isinstance(value, SequenceNode) else [value]:
            if isinstance(part, MappingNode):
                into.update({k: e for k, e in part.entries.items() if k not in into})
            else:
                message = 'the merge key "<<" takes a mapping or a list of mappings'
                self.problems.append(NotSupportedError.problem(message, span))

    def _key(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        self._stop(node, "a key must be plain text, not a list or mapping")
        return None

    def _scalar(self, node: yaml.Node) -> Any:
        tag, text = node.tag.removeprefix(TAG), node.value
        if tag in {"str", "!", "merge"}:
            return text
        try:
            return CONVERT[tag](text)
        except KeyError:
            self._problem(
                node, f'the tag "{_short(node.tag)}" is not supported; only plain data is'
            )
        except ValueError:
            self._problem(node, f"this is not a value of the type {tag}, or is too long for one")
        return text

    def _known_tag(self, node: yaml.Node, expected: str) -> None:
        if node.tag.removeprefix(TAG) not in {expected, "!"}:
            self._problem(
                node, f'the tag "{_short(node.tag)}" is not supported; only plain data is'
            )

    def _problem(self, node: yaml.Node, message: str) -> None:
        span = self._span(node)
        if span.text.startswith("!"):
            tag = span.text.split(maxsplit=1)[0]
            end = span.column + len(tag) + 1
            span = Span(self.document, span.line, span.column, span.line, end)
        self.problems.append(
            NotSupportedError.problem(message, span, fix="remove the tag", replacement="")
        )

    def _span(self, node: yaml.Node) -> Span:
        start, end = node.start_mark, node.end_mark
        if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
            return self._block_text(start, end)
        return Span(self.document, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def _block_text(self, start: yaml.Mark, end: yaml.Mark) -> Span:
        """End a block of text at its last line; PyYAML ends it where the next token starts."""
        last = end.line - 1 if end.column == 0 or end.line > start.line else end.line
        lines = self.document.lines
        while last > start.line and not lines[last].strip():
            last -= 1
        return Span(self.document, start.line + 1, start.column + 1, last + 1, len(lines[last]) + 1)

    def _whole(self, node: yaml.CollectionNode, inside: list[Node]) -> Span:
        """End a block collection at its last value; PyYAML ends it at the next token."""
        span = self._span(node)
        ends = [n.span for n in inside if n.span is not None]
        if node.flow_style or not ends:
            return span
        end = max(
            (s for s in ends if (s.line, s.column) >= (span.line, span.column)),
            key=lambda s: (s.end_line, s.end_column),
            default=span,
        )
        return Span(self.document, span.line, span.column, end.end_line, end.end_column)


def _short(tag: str) -> str:
    return "!!" + tag.removeprefix(TAG) if tag.startswith(TAG) else tag


def parse_value(document: Document) -> tuple[Node | None, list[Problem]]:
    """Parse one value, as ``--set`` takes it; nothing at all is null."""
    if not document.text.strip():
        return ScalarNode(None), []
    return read_yaml(document)
