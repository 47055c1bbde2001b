"""What source shows without importing it: places, heavy imports, calls that read data."""

from __future__ import annotations

import ast
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from eventflow.errors import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Function = ast.FunctionDef | ast.AsyncFunctionDef

HEAVY = frozenset({
    "dask", "duckdb", "keras", "lightgbm", "matplotlib", "mlflow", "numba", "pandas", "plotly",
    "pyarrow", "pyspark", "ray", "scipy", "seaborn", "sklearn", "spacy", "statsmodels",
    "tensorflow", "torch", "transformers", "wandb", "xgboost",
})  # fmt: skip
"""Packages whose import takes a noticeable time on any machine."""

_COLLECTS = frozenset({"collect", "collect_async", "collect_all", "collect_batches", "fetch"})
_FILES = frozenset({"open", "read_text", "read_bytes", "urlopen"})
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_PLANNING: dict[str, tuple[str, ...]] = {
    "source": ("__init__", "scan"),
    "step": ("__init__", "learn", "apply", "measure", "reads", "at", "locality"),
    "context_join": ("__init__", "join"),
    "blueprint": ("__init__", "compatibility", "steps"),
}
"""Kind → the methods that are called while the plan is built."""


@lru_cache(maxsize=256)
def parsed(path: Path) -> tuple[ast.Module, tuple[str, ...]] | None:
    """Return a file's tree and lines; None if it cannot be read."""
    try:
        text = path.read_bytes()
        return ast.parse(text), tuple(text.decode("utf-8", "replace").splitlines())
    except (OSError, SyntaxError, ValueError):
        return None


def place(path: Path | str, line: int, column: int = 1) -> Location:
    """Return a place in a file, with its line of source where that can be read."""
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    text = lines[line - 1] if 0 < line <= len(lines) else None
    column = column if column > 1 or text is None else len(text) - len(text.lstrip()) + 1
    length = len(text.strip()) if text else 1
    return Location(shortened(path), line, column, text, max(min(length, 60), 1))


def shortened(path: Path | str) -> str:
    """Return a path relative to the working directory, where it lies below it."""
    try:
        return str(Path(path).resolve().relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(path)


def dotted(node: ast.expr) -> str:
    """Return ``os.environ.update`` for such an expression, else as much as has names."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    if isinstance(node, (ast.Subscript, ast.Call)):
        return dotted(node.value if isinstance(node, ast.Subscript) else node.func)
    return ""


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is executed when a module is imported: everything outside functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _NESTED):
            continue
        if isinstance(child, ast.If) and dotted(child.test).endswith("TYPE_CHECKING"):
            continue
        yield child
        yield from at_import(child)


def touching(files: Iterable[Path], names: Sequence[str]) -> Location | None:
    """Return where a module calls, sets or deletes one of `names` when it is imported."""
    for path in files:
        read = parsed(path)
        for node in at_import(read[0]) if read else ():
            if any(_means(found, names) for found in _touched(node)):
                return place(path, node.lineno)  # type: ignore[attr-defined] # statements and calls have lines
    return None


def _touched(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Call):
        return [dotted(node.func)]
    if isinstance(node, (ast.Assign, ast.Delete)):
        return [dotted(t) for t in node.targets if not isinstance(t, ast.Name)]
    if isinstance(node, ast.AugAssign):
        return [dotted(node.target)]
    return []


def _means(found: str, names: Sequence[str]) -> bool:
    return any(found == n or found.endswith(f".{n}") or found.startswith(f"{n}.") for n in names)


def imports(path: Path) -> Iterator[tuple[str, Location]]:
    """Yield the packages of others that a file imports at module level, and where."""
    read = parsed(path)
    for node in at_import(read[0]) if read else ():
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [node.module]
        for name in names:
            top = name.partition(".")[0]
            if top not in sys.stdlib_module_names and top != "eventflow":
                yield top, place(path, node.lineno)  # type: ignore[attr-defined] # imports have lines


def class_node(tree: ast.AST, name: str) -> ast.ClassDef | None:
    """Return the class of this (qualified) name."""
    for part in name.split("."):
        body = getattr(tree, "body", ())
        found = next((n for n in body if isinstance(n, ast.ClassDef) and n.name == part), None)
        if found is None:
            return None
        tree = found
    return tree if isinstance(tree, ast.ClassDef) else None


def defined(path: Path, name: str, member: str = "") -> Location | None:
    """Return where a class, or a member of it, is defined."""
    read = parsed(path)
    node = class_node(read[0], name) if read else None
    if node is None:
        return None
    for inner in node.body:
        targets = getattr(inner, "targets", [getattr(inner, "target", None)])
        names = [getattr(inner, "name", None), *(getattr(t, "id", None) for t in targets)]
        if member and member in names:
            return place(path, inner.lineno)
    return place(path, node.lineno)


def collecting(path: Path, name: str, kind: str) -> Iterator[tuple[str, str, Location]]:
    """Yield method, call and place of what reads data while the plan is built.

    Followed are the class's own methods and the module's functions, as far as planning calls them.
    """
    read = parsed(path)
    node = class_node(read[0], name) if read else None
    if read is None or node is None:
        return
    functions = _functions(read[0].body)
    methods = _functions(node.body)
    waiting = [name for name in _PLANNING.get(kind, ()) if name in methods]
    seen: set[str] = set()
    while waiting:
        current = waiting.pop(0)
        function = methods.get(current) or functions.get(current)
        if current in seen or function is None:
            continue
        seen.add(current)
        for call in (n for n in ast.walk(function) if isinstance(n, ast.Call)):
            text = dotted(call.func)
            if _reads(text, current):
                yield f"{name}.{current}", text, place(path, call.lineno, call.col_offset + 1)
            waiting.append(text.removeprefix("self."))


def _functions(body: Iterable[ast.stmt]) -> dict[str, Function]:
    defined = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name: node for node in body if isinstance(node, defined)}


def _reads(call: str, method: str) -> bool:
    owner, _, last = call.rpartition(".")
    if last in _COLLECTS:
        return bool(owner)
    if owner in {"pl", "polars"} and last.startswith("read_"):
        return True
    return method == "__init__" and last in _FILES
