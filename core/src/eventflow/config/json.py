"""JSON with the same manners as YAML: places for every key and value, equal keys refused."""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined] # typeshed lacks it
from typing import TYPE_CHECKING, Any

from eventflow.config.edits import remove_entry
from eventflow.config.errors import DuplicateKeyError, NotSupportedError, SyntaxProblemError
from eventflow.config.tree import LINE_BREAK, Entry, MappingNode, ScalarNode, SequenceNode, Span

if TYPE_CHECKING:
    from eventflow.config.tree import Document, Node
    from eventflow.errors import Problem

_MAX_DEPTH = 64
_SPACE = re.compile(r"[ \t\r\n]*")
_LITERAL = re.compile(r"true|false|null")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_LITERALS = {"true": True, "false": False, "null": None}


def read_json(document: Document) -> tuple[Node | None, list[Problem]]:
    """Parse a document into nodes, with every problem found on the way."""
    reader = _Reader(document)
    try:
        node, at = reader.value(reader.skip(0), 0)
        if reader.skip(at) != len(document.text):
            reader.stop("something follows the end of the document", reader.skip(at))
    except _StopError as error:
        return None, [*reader.problems, error.problem]
    return node, reader.problems


class _StopError(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text
        self.problems: list[Problem] = []
        self._starts = [0, *(m.end() for m in LINE_BREAK.finditer(self.text))]

    def skip(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def stop(self, message: str, at: int) -> None:
        raise _StopError(
            SyntaxProblemError.problem(f"not valid JSON: {message}", self.span(at, at))
        )

    def span(self, start: int, end: int) -> Span:
        """Turn offsets into a range."""
        (line, column), (end_line, end_column) = self._at(start), self._at(end)
        return Span(self.document, line, column, end_line, end_column)

    def _at(self, offset: int) -> tuple[int, int]:
        from bisect import bisect_right  # noqa: PLC0415 - delayed: most pipelines are YAML

        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def value(self, at: int, depth: int) -> tuple[Node, int]:
        """Read one value that starts at an offset."""
        if depth > _MAX_DEPTH:
            message = f"nested deeper than {_MAX_DEPTH} levels"
            raise _StopError(NotSupportedError.problem(message, self.span(at, at)))
        first = self.text[at : at + 1]
        if first == "{":
            return self._mapping(at, depth)
        if first == "[":
            return self._sequence(at, depth)
        value, end = self._string(at) if first == '"' else self._plain(at)
        return ScalarNode(value, self.span(at, end)), end

    def _plain(self, at: int) -> tuple[Any, int]:
        if match := _LITERAL.match(self.text, at):
            return _LITERALS[match[0]], match.end()
        match = _NUMBER.match(self.text, at)
        if match is None or len(match[0]) > 300:  # noqa: PLR2004 - longer than any float
            self.stop("a value belongs here", at)
            return None, at
        return (float if match[1] or match[2] else int)(match[0]), match.end()

    def _string(self, at: int) -> tuple[str, int]:
        try:
            text, end = scanstring(self.text, at + 1, True)  # noqa: FBT003 - its own signature
        except JSONDecodeError as error:
            self.stop(error.msg[0].lower() + error.msg[1:], error.pos)
            raise
        return text, end

    def _sequence(self, at: int, depth: int) -> tuple[SequenceNode, int]:
        items: list[Node] = []
        here = self.skip(at + 1)
        while self.text[here : here + 1] != "]":
            item, here = self.value(here, depth + 1)
            items.append(item)
            here = self._separator(here, "]")
        return SequenceNode(items, self.span(at, here + 1), flow=True), here + 1

    def _mapping(self, at: int, depth: int) -> tuple[MappingNode, int]:
        entries: dict[Any, Entry] = {}
        here = self.skip(at + 1)
        while self.text[here : here + 1] != "}":
            if self.text[here : here + 1] != '"':
                self.stop("a key in double quotes belongs here", here)
            key, end = self._string(here)
            span, colon = self.span(here, end), self.skip(end)
            if self.text[colon : colon + 1] != ":":
                self.stop("a colon belongs here", colon)
            node, here = self.value(self.skip(colon + 1), depth + 1)
            self._add(entries, key, span, node)
            here = self._separator(here, "}")
        return MappingNode(entries, self.span(at, here + 1), flow=True), here + 1

    def _add(self, entries: dict[Any, Entry], key: str, span: Span, node: Node) -> None:
        first = entries[key].span if key in entries else None
        if first is not None:
            edits = remove_entry(span, node)
            self.problems.append(DuplicateKeyError.twice(key, first, span, edits))
        else:
            entries[key] = Entry(key, node, span)

    def _separator(self, at: int, closing: str) -> int:
        """Step over a comma, or stop in front of the closing bracket."""
        here = self.skip(at)
        if self.text[here : here + 1] == ",":
            behind = self.skip(here + 1)
            if self.text[behind : behind + 1] == closing:
                self.stop("no comma belongs before a closing bracket", here)
            return behind
        if self.text[here : here + 1] != closing:
            self.stop(f'"," or "{closing}" belongs here', here)
        return here
