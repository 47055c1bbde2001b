"""Which recipes are installed, read from their files: imports no plugin, no pydantic, no Polars.

The values are standard dataclasses, as those of `eventflow.plugins.index` are, and for its reason.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from eventflow.config.tree import MappingNode
    from eventflow.plugins.index import ComponentRef

_KINDS = frozenset({"blueprint", "step"})


@dataclass(frozen=True, slots=True)
class RecipeHead:
    """What the file of a recipe says first.

    Attributes:
        ref: Its entry point.
        path: The file; None for one that was registered at run time.
        form: ``blueprint``, or ``steps`` for one of steps alone.
        version: The recipe's own version.
        summary: One line.
        tags: Words to find it by.
        defect: Why the file cannot be read, if so.
    """

    ref: ComponentRef
    path: Path | None
    form: Literal["blueprint", "steps"]
    version: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    defect: str | None = None

    @property
    def name(self) -> str:
        """The name by which pipelines use it."""
        return self.ref.name


def heads(refs: Iterable[ComponentRef]) -> Iterator[RecipeHead]:
    """Yield the recipes among references, in their order."""
    folders: dict[str, tuple[Path, ...]] = {}
    for ref in refs:
        package, _, name = ref.target.partition(":")
        if ref.kind not in _KINDS or not name.isidentifier():
            continue
        if package not in folders:
            folders[package] = tuple(folders_of(package))
        for folder in folders[package]:
            path = folder / f"{name}.yaml"
            if path.is_file():
                yield _head(ref, path)
                break


def folders_of(package: str) -> Iterator[Path]:
    """Yield the folders of a package as the import system finds them; executes nothing of it."""
    parts = package.split(".")
    found: list[str] | None = None
    for depth in range(1, len(parts) + 1):
        finders = sys.meta_path if found is None else (PathFinder,)
        name = ".".join(parts[:depth])
        specs = (f.find_spec(name, found) for f in finders if hasattr(f, "find_spec"))
        spec = next((s for s in specs if s is not None), None)
        if spec is None or spec.submodule_search_locations is None:
            return
        found = list(spec.submodule_search_locations)
    yield from map(Path, found or ())


def _head(ref: ComponentRef, path: Path) -> RecipeHead:
    from eventflow.config.tree import Document, MappingNode  # noqa: PLC0415 - delayed: not for --help
    from eventflow.config.yaml import read_yaml  # noqa: PLC0415 - delayed: not for --help

    form: Literal["blueprint", "steps"] = "blueprint" if ref.kind == "blueprint" else "steps"
    try:
        root, problems = read_yaml(Document(str(path), path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        return RecipeHead(ref, path, form, defect=str(error))
    if problems:
        first = problems[0]
        return RecipeHead(ref, path, form, defect=f"{first.location}: {first.message}")
    if not isinstance(root, MappingNode):
        return RecipeHead(ref, path, form, defect="it is no mapping")
    version, summary = _text(root, "version"), _text(root, "summary")
    return RecipeHead(ref, path, form, version, summary, _tags(root))


def _text(root: MappingNode, key: str) -> str:
    value = getattr(root.get(key), "value", None)
    return "" if value is None else str(value)


def _tags(root: MappingNode) -> tuple[str, ...]:
    items = getattr(root.get("tags"), "items", ())
    return tuple(str(value) for item in items if (value := getattr(item, "value", None)))
