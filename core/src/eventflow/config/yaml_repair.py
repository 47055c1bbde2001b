"""Syntax errors that say what to write: likely mistakes are mended on trial.

A parser reports where it gave up, which is often not where the mistake is. Each candidate here is
one small change near that place. The first after which the text parses is the suggestion, and the
problem is placed where that change is. Without one, the parser's own words and place stand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml
from attrs import frozen

from eventflow.config.edits import replace
from eventflow.config.errors import (
    NotSupportedError,
    SyntaxProblemError,
    TabIndentError,
)
from eventflow.config.tree import Document, Span
from eventflow.errors import Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventflow.errors import Problem

_KEY = re.compile(r"^(?P<lead>\s*(?:- )*)(?P<key>[\w.$-]+)(?P<colon>:\s*)(?P<value>.*?)\s*$")
_NO_SPACE = re.compile(r"^(?P<lead>\s*(?:- )*)(?P<key>[A-Za-z_][\w.-]*):(?P<value>[^\s/].*)$")
_NO_COLON = re.compile(r"^(?P<lead>\s*(?:- )*)(?P<key>[A-Za-z_][\w-]*)(?P<gap> )(?P<value>\S.*)$")
_REFERENCE = re.compile(r"[^\s,'\"{}\[\]$]*\$\{[^{}]*\}[^\s,'\"{}\[\]]*")
_NEAR = 2
_CLOSE = {"{": "}", "[": "]", '"': '"', "'": "'"}


@frozen
class _Repair:
    """One change of one line, and what to tell of it."""

    line: int
    start: int
    end: int
    text: str
    message: str
    fix: str

    def applied(self, document: Document) -> str:
        """Return the text with the change made."""
        lines = list(document.lines)
        old = lines[self.line]
        lines[self.line] = old[: self.start] + self.text + old[self.end :]
        return "\n".join(lines)

    def span(self, document: Document) -> Span:
        """Return what is replaced."""
        return Span(document, self.line + 1, self.start + 1, self.line + 1, self.end + 1)


def syntax_problem(
    document: Document, error: yaml.YAMLError, compose: Callable[[str], yaml.Node | None]
) -> Problem:
    """Turn a parser's error into a problem, with a change that mends it if one is found."""
    line, column = _mark(document, error)
    if any("\t" in _indent(text) for text in document.lines):
        return _tabs(document, line)
    if "another document" in str(error):
        span = Span(document, line + 1, column + 1, line + 1, column + 4)
        return NotSupportedError.problem(
            "a second document starts here; a pipeline file holds one",
            span,
            fix="remove this line and what follows",
            edits=(Edit(document.file, line + 1, 1, len(document.lines) + 1, 1, ""),),
        )
    for repair in _candidates(document, line):
        if _parses(repair.applied(document), compose):
            span = repair.span(document)
            return SyntaxProblemError.problem(
                repair.message, span, fix=repair.fix, edits=replace(span, repair.text)
            )
    span = Span(document, line + 1, column + 1, line + 1, column + 2)
    return SyntaxProblemError.problem(_words(error), span)


def _mark(document: Document, error: yaml.YAMLError) -> tuple[int, int]:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        line, column = error.problem_mark.line, error.problem_mark.column
        if line < len(document.lines):
            return line, column
        return len(document.lines) - 1, len(document.lines[-1])
    at = getattr(error, "position", 0)
    before = document.text[:at].splitlines() or [""]
    return len(before) - 1, len(before[-1])


def _words(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        parts = [p for p in (error.context, error.problem) if p]
        return "not valid YAML: " + ", ".join(parts).replace("\t", "a tab")
    character = getattr(error, "character", None)
    code = character if isinstance(character, int) else ord(str(character or "?")[0])
    return f"not valid YAML: the character U+{code:04X} is not allowed"


def _parses(text: str, compose: Callable[[str], yaml.Node | None]) -> bool:
    try:
        return compose(text) is not None
    except yaml.YAMLError:
        return False


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _tabs(document: Document, at: int) -> Problem:
    lines = [n for n, text in enumerate(document.lines) if "\t" in _indent(text)]
    first = next((n for n in lines if n >= at), lines[0])
    edits = []
    for number in lines:
        indent = _indent(document.lines[number])
        spaces = indent.replace("\t", "  ")
        edits.append(Edit(document.file, number + 1, 1, number + 1, len(indent) + 1, spaces))
    start = document.lines[first].index("\t")
    end = len(_indent(document.lines[first]))
    span = Span(document, first + 1, start + 1, first + 1, end + 1)
    return TabIndentError.problem(
        "a tab in the indentation", span, fix="use spaces, two for each level", edits=edits
    )


def _candidates(document: Document, at: int) -> Iterator[_Repair]:
    """Yield likely changes, the most telling first, on the lines up to where parsing ended."""
    lines = document.lines
    near = [n for n in range(at, max(at - _NEAR, 0) - 1, -1) if n < len(lines) and lines[n].strip()]
    for number in near:
        yield from _colon_space(number, lines[number])
    for number in near:
        yield from _reference(number, lines[number])
    for number in near:
        yield from _unquoted(number, lines[number])
    for number in range(min(at, len(lines) - 1), -1, -1):
        yield from _unclosed(number, lines[number])
    for number in near:
        yield from _closed_twice(number, lines[number])
    for number in near:
        yield from _missing_colon(number, lines[number])
    for number in near:
        yield from _indentation(number, lines)


def _colon_space(number: int, line: str) -> Iterator[_Repair]:
    if match := _NO_SPACE.match(line):
        at = match.end("key")
        key = match["key"]
        yield _Repair(
            number, at, at + 1, ": ", f'no space after "{key}:"', "a space belongs after the colon"
        )


def _missing_colon(number: int, line: str) -> Iterator[_Repair]:
    if match := _NO_COLON.match(line):
        start, key = match.start("key"), match["key"]
        message = f'no colon after "{key}"'
        yield _Repair(number, start, match.end("key"), f"{key}:", message, f'write "{key}:"')


def _unquoted(number: int, line: str) -> Iterator[_Repair]:
    match = _KEY.match(line)
    if match is None or not match["value"] or match["value"][0] in "\"'{[":
        return
    value = match["value"]
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    start, end = match.span("value")
    yield _Repair(
        number, start, end, quoted, f'the value of "{match["key"]}" needs quotes', f"write {quoted}"
    )


def _reference(number: int, line: str) -> Iterator[_Repair]:
    for match in _REFERENCE.finditer(line):
        start, end = match.span()
        fix = f"write '{match[0]}'"
        yield _Repair(
            number, start, end, f"'{match[0]}'", "inside braces, a reference needs quotes", fix
        )


def _unclosed(number: int, line: str) -> Iterator[_Repair]:
    body = line.rstrip()
    for opening, closing in _CLOSE.items():
        count = (
            body.count(opening) % 2
            if opening == closing
            else (body.count(opening) - body.count(closing))
        )
        if count > 0:
            text = closing * count
            end = len(body)
            at = body.rfind(opening)
            name = "quote" if opening == closing else "bracket"
            message = f"the {name} {opening} in column {at + 1} is never closed"
            yield _Repair(number, end, end, text, message, f"add {text} here")


def _closed_twice(number: int, line: str) -> Iterator[_Repair]:
    body = line.rstrip()
    if body and body[-1] in "}]":
        at = len(body) - 1
        yield _Repair(number, at, at + 1, "", f"the bracket {body[-1]} closes nothing", "remove it")


def _indentation(number: int, lines: tuple[str, ...]) -> Iterator[_Repair]:
    own = len(_indent(lines[number]))
    others = [n for n in range(number - 1, -1, -1) if lines[n].strip()]
    seen: list[int] = []
    for other in others:
        indent = len(_indent(lines[other]))
        dash = len(lines[other][indent:]) - len(lines[other][indent:].lstrip("- "))
        seen.extend(width for width in (indent, indent + dash) if width not in seen)
    for width in sorted(seen, key=lambda w: abs(w - own)):
        if width != own:
            fix = f"{width} spaces, like the lines above" if width else "start it in column 1"
            message = "this line's indentation fits no level above"
            yield _Repair(number, 0, own, " " * width, message, fix)
