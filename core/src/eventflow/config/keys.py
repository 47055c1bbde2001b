"""Keys that must be known, and what a person probably meant by one that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.config.edits import remove_entry
from eventflow.config.errors import UnknownKeyError
from eventflow.config.override import SET
from eventflow.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.config.tree import MappingNode
    from eventflow.errors import Problem

SECTIONS = (
    "name", "include", "source", "schema", "steps", "blueprint", "quality", "sink", "transport",
    "trackers", "engine", "seed", "runs", "plugins",
)  # fmt: skip
"""The keys of a pipeline. Keys that start with ``x-`` are free, for anchors and remarks."""

SYNONYMS = {
    "input": "source", "inputs": "source", "reader": "source", "from": "source",
    "output": "sink", "outputs": "sink", "target": "sink", "destination": "sink", "to": "sink",
    "transforms": "steps", "transformations": "steps", "stages": "steps", "tasks": "steps",
    "pipeline": "steps", "recipe": "blueprint", "features": "blueprint", "checks": "quality",
    "gate": "quality", "bus": "transport", "tracking": "trackers", "extends": "include",
    "title": "name", "random_seed": "seed", "random_state": "seed", "columns": "schema",
}  # fmt: skip


def checked_keys(
    node: MappingNode, known: Sequence[str], path: str, problems: list[Problem]
) -> MappingNode:
    """Report unknown keys; return the mapping with misspelt keys read as what they mean."""
    for key, entry in list(node.entries.items()):
        if key in known or (isinstance(key, str) and key.startswith("x-") and not path):
            continue
        near = nearest(str(key), known)
        if near is None and not path:
            near = SYNONYMS.get(str(key).lower())
        where = f' in "{path}"' if path else " of a pipeline"
        message, full = f'unknown key "{key}"{where}', f"{path}.{key}".lstrip(".")
        given = entry.span is not None and entry.span.document.file == SET
        if near is not None and (given or near not in node.entries):
            fix = f'did you mean "{near}"?'
            problem = UnknownKeyError.problem(
                message, entry.span, key=full, fix=fix, replacement=near
            )
            node = node if near in node.entries else node.renamed(key, near)
        else:
            problem = UnknownKeyError.problem(
                message,
                entry.span,
                key=full,
                fix=_advice(str(key), near, path),
                detail=() if near else (f"keys: {', '.join(known)}",),
                edits=remove_entry(entry.span, entry.node),
            )
        problems.append(problem)
    return node


def _advice(key: str, near: str | None, path: str) -> str:
    if key == "as_of" and not path:
        return "write as_of inside blueprint"
    return f'remove it: "{near}" is there already' if near else "remove it"
