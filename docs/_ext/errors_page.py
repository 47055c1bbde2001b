"""Render every error code from the classes and problems that carry it.

Messages are read from the source: the words a person sees are the words this page shows, with the
parts that vary written as ``…``.
"""

from __future__ import annotations

import ast
import re
import tomllib
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
NOTES = Path(__file__).with_name("error_notes.toml")
BUILDERS = {"of", "problem", "warn"}


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
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(_sources())]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    classes = [(code, n) for n in nodes if isinstance(n, ast.ClassDef) and (code := _class_code(n))]
    found = {code: Entry(code) for code, _ in classes}
    for code, node in classes:
        _describe(found[code], node)
    codes = {node.name: code for code, node in classes}
    for scope in (node for node in nodes if isinstance(node, ast.Module | ast.FunctionDef)):
        words = _words(scope) if isinstance(scope, ast.FunctionDef) else {}
        for call in (node for node in ast.walk(scope) if isinstance(node, ast.Call)):
            if code := _called_code(call, codes):
                _quote(found.setdefault(code, Entry(code)), call, words)
    _annotate(found)
    return found


def _annotate(found: dict[str, Entry]) -> None:
    """Add what the notes say; a note on a code that nothing uses is an error.

    Raises:
        KeyError: A note's code is in no source.
    """
    for code, note in tomllib.loads(NOTES.read_text(encoding="utf-8")).items():
        entry = found[code]
        _add(entry.titles, note.get("title"))
        _add(entry.messages, note.get("message"))
        _add(entry.fixes, note.get("fix"))


def _words(scope: ast.FunctionDef) -> dict[str, list[str]]:
    """Return the texts that a function gives to each of its variables."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(scope):
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and (text := _text(getattr(node, "value", None))):
            found.setdefault(target.id, []).append(text)
    return found


def _sources() -> Iterator[Path]:
    names = {d.name.replace("-", "_") for d in distributions() if d.name.startswith("eventflow-")}
    for name in {"eventflow" if name == "eventflow_core" else name for name in names}:
        package = find_spec(name)
        for folder in (package and package.submodule_search_locations) or ():
            yield from Path(folder).rglob("*.py")


def _class_code(node: ast.ClassDef) -> str | None:
    for line in node.body:
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        if isinstance(target, ast.Name) and target.id == "code":
            return _text(getattr(line, "value", None))
    return None


def _called_code(call: ast.Call, codes: dict[str, str]) -> str | None:
    """Return the code of a problem built by its code, or by a method of its class."""
    keywords = [k.value for k in call.keywords if k.arg == "code"]
    stated = _text(next(iter(keywords or call.args), None))
    if stated and CODE.fullmatch(stated):
        return stated
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return codes.get(function.value.id)
    return None


def _describe(entry: Entry, node: ast.ClassDef) -> None:
    docstring = ast.get_docstring(node) or ""
    _add(entry.titles, clean(docstring.partition("Attributes:")[0]))
    for scope in (n for n in ast.walk(node) if isinstance(n, ast.FunctionDef)):
        for call in (n for n in ast.walk(scope) if isinstance(n, ast.Call)):
            _quote(entry, call, _words(scope))


def _quote(entry: Entry, call: ast.Call, words: dict[str, list[str]]) -> None:
    """Note the message and the fix that a call states, if it builds a problem."""
    given = {k.arg: k.value for k in call.keywords}
    building = isinstance(call.func, ast.Attribute) and call.func.attr in BUILDERS
    stated = [a for a in call.args if not CODE.fullmatch(_text(a) or "")] if building else []
    message = stated[0] if stated else given.get("message")
    _add(entry.messages, *_texts(message, words))
    _add(entry.fixes, *_texts(given.get("fix"), words))


def _texts(node: ast.AST | None, words: dict[str, list[str]]) -> list[str]:
    if isinstance(node, ast.Name):
        return words.get(node.id, [])
    text = _text(node)
    return [text] if text else []


def _add(known: list[str], *texts: str | None) -> None:
    known += [text for text in texts if text and text not in known]


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
