"""Render every error code from the classes and problems that carry it.

Messages are read from the source: the words a person sees are the words this page shows, with the
parts that vary written as ``…``.
"""

from __future__ import annotations

import ast
import re
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field

from markdown import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

RANGES = {
    "1": "Plugins", "2": "Configuration", "3": "Schema and data", "4": "Quality",
    "5": "Running", "6": "Files and sinks", "7": "Bus and trackers",
}  # fmt: skip
CODE = re.compile(r"EF\d{3}")


@define
class Entry:
    """What the source says of one code."""

    code: str
    titles: list[str] = field(factory=list)
    messages: list[str] = field(factory=list)
    fixes: list[str] = field(factory=list)


def render() -> str:
    """Return one section per code, grouped by range."""
    found = entries()
    sections = []
    for digit, title in RANGES.items():
        codes = sorted(code for code in found if code[2] == digit)
        if codes:
            sections += [f"## {title}", *(_section(found[code]) for code in codes)]
    return "\n\n".join(sections)


def entries() -> dict[str, Entry]:
    """Return code → entry, for every code in every installed Eventflow package."""
    found: dict[str, Entry] = {}
    for path in sorted(_sources()):
        for code, owner, node in _uses(ast.parse(path.read_text(encoding="utf-8"))):
            entry = found.setdefault(code, Entry(code))
            _note(entry, owner, node)
    return found


def _sources() -> Iterator[Path]:
    names = {d.name.replace("-", "_") for d in distributions() if d.name.startswith("eventflow-")}
    for name in {"eventflow" if name == "eventflow_core" else name for name in names}:
        package = find_spec(name)
        for folder in (package and package.submodule_search_locations) or ():
            yield from Path(folder).rglob("*.py")


def _uses(tree: ast.Module) -> Iterator[tuple[str, ast.ClassDef | None, ast.AST]]:
    """Yield code, class that declares it (if a class does) and the node to read words from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and (code := _class_code(node)):
            yield code, node, node
        elif isinstance(node, ast.Call):
            words = {k.arg: k.value for k in node.keywords}
            if (code := _text(words.get("code"))) and CODE.fullmatch(code):
                yield code, None, node


def _class_code(node: ast.ClassDef) -> str | None:
    for line in node.body:
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        if isinstance(target, ast.Name) and target.id == "code":
            return _text(getattr(line, "value", None))
    return None


def _note(entry: Entry, owner: ast.ClassDef | None, node: ast.AST) -> None:
    if owner is not None and (docstring := ast.get_docstring(owner)):
        _add(entry.titles, clean(docstring))
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            words = {k.arg: k.value for k in call.keywords}
            named = isinstance(call.func, ast.Attribute) and call.func.attr == "of"
            first = call.args[0] if named and call.args else words.get("message")
            _add(entry.messages, _text(first))
            _add(entry.fixes, _text(words.get("fix")))


def _add(known: list[str], text: str | None) -> None:
    if text and text not in known:
        known.append(text)


def _text(node: ast.AST | None) -> str | None:
    """Return a string literal, with the parts of an f-string that vary as ``…``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "…" for part in node.values)
    if isinstance(node, ast.IfExp):
        return _text(node.body) or _text(node.orelse)
    return None


def _section(entry: Entry) -> str:
    parts = [f"### {entry.code}", *entry.titles]
    parts += _listed("It says:", entry.messages) + _listed("What to do:", entry.fixes)
    return "\n\n".join(parts)


def _listed(head: str, lines: list[str]) -> list[str]:
    return [head, "\n".join(f"- {_shown(line)}" for line in lines)] if lines else []


def _shown(line: str) -> str:
    return f"`{line.replace('`', chr(39))}`"
