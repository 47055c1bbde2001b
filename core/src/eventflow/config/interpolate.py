"""``${env:NAME}``, ``${env:NAME:-default}`` and ``${file:PATH}`` inside text.

What is filled in stays text and is treated as a secret: shown as it was written, never as its
value. ``$${`` stands for a plain ``${``. References do not nest.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from eventflow.config.errors import (
    BadReferenceError,
    UnreadableReferenceError,
    UnsetVariableError,
)
from eventflow.config.tree import ScalarNode, Span, scalars
from eventflow.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.config.tree import Node
    from eventflow.errors import Problem

REFERENCE = re.compile(r"\$\$\{|\$\{(?P<body>[^{}]*)\}|\$\{")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_FILE = 1_000_000


def fill_in(node: Node) -> list[Problem]:
    """Fill in every reference below a node, in place, and return what is wrong with them."""
    problems: list[Problem] = []
    for scalar in scalars(node):
        if isinstance(scalar.value, str) and "${" in scalar.value and scalar.shown is None:
            problems.extend(_Filler(scalar).run())
    return problems


class _Filler:
    """Fills in the references of one text."""

    def __init__(self, scalar: ScalarNode) -> None:
        self.scalar = scalar
        self.text: str = scalar.value

    def run(self) -> Iterator[Problem]:
        """Replace the scalar's value; yield problems."""
        parts, at = [], 0
        for match in REFERENCE.finditer(self.text):
            parts.append(self.text[at : match.start()])
            at = match.end()
            if match[0] == "$${":
                parts.append("${")
                continue
            self.scalar.hidden, self.scalar.shown = True, self.text
            found = self._resolve(match)
            if isinstance(found, str):
                parts.append(found)
            else:
                yield found
                self.scalar.value = None
                return
        self.scalar.value = "".join((*parts, self.text[at:]))

    def _resolve(self, match: re.Match[str]) -> str | Problem:
        body = match["body"]
        if body is None:
            return self._broken(match)
        kind, colon, rest = body.partition(":")
        if kind == "env" and colon:
            return self._variable(match, rest)
        if kind == "file" and rest:
            return self._file(match, rest)
        return self._unknown(match, kind, rest)

    def _variable(self, match: re.Match[str], rest: str) -> str | Problem:
        name, dash, default = rest.partition(":-")
        if not _NAME.fullmatch(name):
            message = f'"{name}" cannot be the name of an environment variable'
            return BadReferenceError.problem(message, self._span(match))
        value = os.environ.get(name)
        if value:
            self.scalar.filled[match[0]] = value
        if dash:
            return value or default
        if value is not None:
            return value
        near = nearest(name, os.environ)
        return UnsetVariableError.problem(
            f"the environment variable {name} is not set",
            self._span(match),
            fix=f'did you mean "{near}"?' if near else "set it, or give a default after :-",
            replacement=f"${{env:{near}}}" if near else f"${{env:{name}:-}}",
            command=None if near else f"export {name}=…",
        )

    def _file(self, match: re.Match[str], path: str) -> str | Problem:
        try:
            with Path(path).expanduser().open(encoding="utf-8-sig") as file:
                text = file.read(_MAX_FILE + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            message = f'cannot read the file "{path}" of a reference: {reason}'
            return UnreadableReferenceError.problem(
                message, self._span(match), fix="a path is relative to the working directory"
            )
        text = text.removesuffix("\n").removesuffix("\r")
        self.scalar.filled[match[0]] = text
        return text

    def _unknown(self, match: re.Match[str], kind: str, rest: str) -> Problem:
        span = self._span(match)
        if not rest and _NAME.fullmatch(kind) and kind not in {"env", "file"}:
            text = f"${{env:{kind}}}"
            message = f'"{match[0]}" does not say where its value comes from'
        else:
            near = nearest(kind, ("env", "file")) or "env"
            text = f"${{{near}:{rest or 'NAME'}}}"
            message = f'"{match[0]}" is neither ${{env:NAME}} nor ${{file:PATH}}'
        return BadReferenceError.problem(
            message, span, fix=f"write {text}; a plain ${{ is written $${{", replacement=text
        )

    def _broken(self, match: re.Match[str]) -> Problem:
        rest = self.text[match.start() :]
        nested = "${" in rest[2:] or "{" in rest[2:]
        message = "references do not nest" if nested else f'the reference "{rest}" is not closed'
        fix = "write one reference" if nested else "add } at its end"
        if nested:
            inner = re.search(r"\$\{(?:env|file):[^{}]*\}", rest[2:])
            text, length = (inner[0] if inner else None), len(rest)
        else:
            text, length = rest + "}", len(rest)
        span = self._span(match, length)
        return BadReferenceError.problem(message, span, fix=fix, replacement=text)

    def _span(self, match: re.Match[str], length: int | None = None) -> Span | None:
        """Find a reference on its line; in text of several lines, mark the whole text."""
        whole = self.scalar.span
        if whole is None:
            return None
        width = length or len(match[0])
        offset = whole.text.find(self.text[match.start() : match.start() + width])
        if offset < 0 or whole.line != whole.end_line:
            return whole
        start = whole.column + offset
        return Span(whole.document, whole.line, start, whole.line, start + width)
