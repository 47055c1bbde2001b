"""Reading what a module says of itself from its source, without importing it.

Listings use this: which hooks a hook module implements, and the first line of a class's docstring.
What cannot be read (compiled modules, names made at run time) is answered with nothing.
"""

from __future__ import annotations

import ast
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.plugins.index import ComponentRef

    Definition = ast.FunctionDef | ast.AsyncFunctionDef


def summary_of(ref: ComponentRef) -> str | None:
    """Return the first line of the docstring of what `ref` names, if its source can be read.

    Of a recipe, return its summary.
    """
    body = _class_body(ref)
    if body is None:
        from eventflow.recipes.index import heads  # noqa: PLC0415 - delayed: only where no class is

        return next((head.summary for head in heads([ref]) if head.summary), None)
    text = ast.get_docstring(body)
    return text.strip().partition("\n")[0] if text else None


def hooks_of(ref: ComponentRef) -> tuple[str, ...] | None:
    """Return the hooks that a hook module implements, in its order; None if it cannot be read."""
    module = _parsed(ref.module)
    if module is None:
        return None
    body = _class_body(ref) or module
    return tuple(node.name for node in _functions(body) if any(map(_is_impl, node.decorator_list)))


def specifications() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield every hook that may be implemented: name, arguments with their types, first line.

    Read from the source of `eventflow.hookspecs`: importing it would take longer than a listing
    may.
    """
    module = _parsed("eventflow.hookspecs")
    for klass in module.body if module else ():
        if not (isinstance(klass, ast.ClassDef) and klass.name == "Hooks"):
            continue
        for node in _functions(klass):
            found = [a for a in node.args.args[1:] if a.annotation is not None]
            arguments = tuple(f"{a.arg}: {ast.unparse(a.annotation)}" for a in found)  # type: ignore[arg-type] # filtered above
            yield node.name, arguments, (ast.get_docstring(node) or "").partition("\n")[0]


def _class_body(ref: ComponentRef) -> ast.ClassDef | None:
    name = ref.target.partition(":")[2].partition("[")[0].strip()
    module = _parsed(ref.module)
    if module is None:
        return None
    classes = (node for node in module.body if isinstance(node, ast.ClassDef))
    return next((node for node in classes if node.name == name), None)


def _functions(body: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    for node in body.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def _is_impl(decorator: ast.expr) -> bool:
    """Whether a decorator is ``@impl``, ``@impl(…)`` or ``@hookspecs.impl``."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
    return name in {"impl", "hookimpl"}


def _parsed(module: str) -> ast.Module | None:
    path = source_of(module)
    try:
        return None if path is None else ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def source_of(module: str, path: Sequence[str] | None = None) -> Path | None:
    """Find a module's file as the import system would, but import no parent package.

    Args:
        module: Its full name.
        path: Folders to look in; `sys.path` by default.
    """
    places: list[str] | None = None if path is None else list(path)
    spec = None
    prefix = ""
    for part in module.split("."):
        prefix = f"{prefix}.{part}" if prefix else part
        spec = PathFinder.find_spec(prefix, places)
        if spec is None:
            return None
        found = spec.submodule_search_locations
        places = None if found is None else list(found)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin)
