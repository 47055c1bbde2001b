"""Changes of text that mend a problem: remove a key, add one, make a list of one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.config.tree import MappingNode, SequenceNode
from eventflow.errors import Edit

if TYPE_CHECKING:
    from eventflow.config.tree import Node, Span


def replace(span: Span | None, text: str) -> tuple[Edit, ...]:
    """Replace a range."""
    if span is None:
        return ()
    return (Edit(span.document.file, span.line, span.column, span.end_line, span.end_column, text),)


def insert(span: Span, text: str) -> Edit:
    """Insert before a range."""
    return Edit(span.document.file, span.line, span.column, span.line, span.column, text)


def remove_entry(key: Span | None, value: Node) -> tuple[Edit, ...]:
    """Remove a key and its value, with the comma or the line it leaves behind."""
    if key is None or value.span is None:
        return ()
    document, end_line, end = key.document, value.span.end_line, value.span.end_column
    if value.span.line < key.line or (value.span.line == key.line and end < key.end_column):
        end_line, end = key.end_line, key.end_column + 1  # an alias: its value lies elsewhere
    before = document.lines[key.line - 1][: key.column - 1]
    if not before.strip():
        return (Edit(document.file, key.line, 1, end_line + 1, 1, ""),)
    after = document.lines[end_line - 1][end - 1 :]
    trailing = len(after) - len(after.lstrip())
    if after.lstrip().startswith(","):
        rest = after.lstrip()[1:]
        width = trailing + 1 + len(rest) - len(rest.lstrip())
        return (Edit(document.file, key.line, key.column, end_line, end + width, ""),)
    start = len(before.rstrip().removesuffix(",").rstrip()) + 1
    if before.rstrip().endswith("-"):  # first key of a block item: the next one moves up
        return (Edit(document.file, key.line, key.column, end_line + 1, key.column, ""),)
    return (Edit(document.file, key.line, start, end_line, end, ""),)


def add_entry(node: Node, after: str, text: str) -> tuple[Edit, ...]:
    """Add ``key: value`` to a mapping, behind the key `after`."""
    if not isinstance(node, MappingNode):
        return ()
    value, key = node.get(after), node.key_span(after)
    if value is None or value.span is None or key is None or value.span.line != key.line:
        return ()
    glue = ", " if node.flow else "\n" + " " * (key.column - 1)
    at = value.span
    return (
        Edit(at.document.file, at.end_line, at.end_column, at.end_line, at.end_column, glue + text),
    )


def as_list(node: Node) -> tuple[Edit, ...]:
    """Turn one mapping into a list that holds it."""
    span = node.span
    if span is None:
        return ()
    if not isinstance(node, MappingNode) or node.flow:
        return (
            insert(span, "["),
            Edit(*_end(span), "]"),
        )
    shifted = (
        Edit(span.document.file, line, 1, line, 1, "  ")
        for line in range(span.line + 1, span.end_line + 1)
        if span.document.lines[line - 1].strip()
    )
    return (insert(span, "- "), *shifted)


def as_single(node: SequenceNode) -> tuple[Edit, ...]:
    """Turn a list of one thing into that thing."""
    if node.span is None or len(node.items) != 1 or node.items[0].span is None:
        return ()
    span, inner = node.span, node.items[0].span
    file = span.document.file
    if not node.flow:
        return (Edit(file, span.line, span.column, inner.line, inner.column, "  "),)
    return (
        Edit(file, span.line, span.column, inner.line, inner.column, ""),
        Edit(file, inner.end_line, inner.end_column, span.end_line, span.end_column, ""),
    )


def _end(span: Span) -> tuple[str, int, int, int, int]:
    return (span.document.file, *(span.end_line, span.end_column) * 2)
