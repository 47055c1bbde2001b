"""``include: base.yaml``: what files share, merged below the file that includes it.

Mappings merge key by key and lists replace. A part of the pipeline that names another component
than the included one (another ``use``) replaces it whole: options of the one mean nothing to the
other. A path is relative to the file that writes it; every value keeps the place it came from.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from eventflow.config.edits import remove_entry
from eventflow.config.errors import IncludeCycleError, IncludeError, WrongTypeError
from eventflow.config.files import read_file
from eventflow.config.interpolate import fill_in
from eventflow.config.tree import MappingNode, ScalarNode, SequenceNode, kind_of, to_python

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.config.tree import Entry, Node
    from eventflow.errors import Problem

KEY = "include"


def with_includes(
    node: Node, file: str | None, chain: Sequence[str] = ()
) -> tuple[Node, list[Problem]]:
    """Return a configuration merged over what it includes.

    Args:
        node: The configuration.
        file: The file it came from; None for a mapping from Python.
        chain: Files that are being included, outermost first.
    """
    entry = node.entries.get(KEY) if isinstance(node, MappingNode) else None
    if entry is None or not isinstance(node, MappingNode):
        return node, []
    problems: list[Problem] = []
    chain = (*chain, file) if file else chain
    base: Node = MappingNode({})
    for item in entry.node.items if isinstance(entry.node, SequenceNode) else [entry.node]:
        found, more = _included(item, file, chain, entry)
        problems.extend(more)
        if found is not None:
            base = merged(base, found)
    own = {key: e for key, e in node.entries.items() if key != KEY}
    return merged(base, MappingNode(own, node.span, node.flow)), problems


def _included(
    item: Node, file: str | None, chain: Sequence[str], entry: Entry
) -> tuple[Node | None, list[Problem]]:
    problems = fill_in(item)
    written = item.value if isinstance(item, ScalarNode) else None
    if not isinstance(written, str):
        wanted, found = "a path or a list of paths", kind_of(item)
        edits = remove_entry(entry.span, entry.node)
        return None, [
            *problems,
            WrongTypeError.expected(KEY, wanted, found, item.span or entry.span, edits=edits),
        ]
    path = str(Path(file).parent / written) if file else written
    if any(_same(path, other) for other in chain):
        message = "files include each other: " + " -> ".join((*chain, path))
        edits = remove_entry(entry.span, entry.node)
        fix = "remove this include"
        problem = IncludeCycleError.problem(message, item.span, key=KEY, fix=fix, edits=edits)
        return None, [*problems, problem]
    node, more = read_file(path, item.span, IncludeError)
    problems.extend(_as_written(problem, path, written) for problem in more)
    if node is None:
        return None, problems
    if not isinstance(node, MappingNode):
        message = f'"{path}" holds {kind_of(node)}; a configuration is a mapping'
        return None, [*problems, IncludeError.problem(message, item.span, key=KEY)]
    node, more = with_includes(node, path, chain)
    return node, [*problems, *more]


def _as_written(problem: Problem, path: str, written: str) -> Problem:
    """Suggest a near file as the including file would write it."""
    if problem.replacement is None or problem.code != IncludeError.code:
        return problem
    from dataclasses import replace  # noqa: PLC0415 - delayed: only for mistakes

    folder = str(Path(path).parent)
    name = Path(problem.replacement).name
    near = str(Path(written).parent / name) if folder else name
    return replace(problem, replacement=near, fix=f'did you mean "{near}"?')


def _same(one: str, other: str) -> bool:
    return Path(one).resolve() == Path(other).resolve()


def merged(base: Node, over: Node) -> Node:
    """Merge deeply: mappings key by key, everything else replaced."""
    if not isinstance(base, MappingNode) or not isinstance(over, MappingNode):
        return over
    if _uses(over) is not None and _uses(base) != _uses(over):
        return over
    entries = dict(base.entries)
    for key, entry in over.entries.items():
        below = entries.get(key)
        node = merged(below.node, entry.node) if below else entry.node
        entries[key] = type(entry)(key, node, entry.span)
    return MappingNode(entries, over.span or base.span, over.flow)


def _uses(node: MappingNode) -> object:
    use = node.get("use")
    return None if use is None else to_python(use)
