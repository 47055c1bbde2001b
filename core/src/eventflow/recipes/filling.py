"""``${name}`` in a recipe's steps: a parameter, or the column that serves a field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from eventflow.config.errors import BadReferenceError
from eventflow.config.tree import Entry, MappingNode, ScalarNode, SequenceNode, scalars
from eventflow.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from eventflow.config.tree import Node
    from eventflow.errors import Problem

_REFERENCE = re.compile(r"\$\{(\w+)\}")


def filled(node: Node, values: Mapping[str, Any]) -> Node:
    """Return a node with its references replaced.

    A text that is one reference takes the value with its type; inside a longer text, the value is
    written out.
    """
    match node:
        case ScalarNode():
            return ScalarNode(_value(node.value, values), node.span)
        case SequenceNode():
            return SequenceNode([filled(i, values) for i in node.items], node.span, node.flow)
        case MappingNode():
            entries = {
                key: Entry(key, filled(entry.node, values), entry.span)
                for key, entry in node.entries.items()
            }
            return MappingNode(entries, node.span, node.flow)


def unknown(node: Node, names: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each reference to something that the recipe does not declare."""
    for scalar in scalars(node):
        texts = _REFERENCE.findall(scalar.value) if isinstance(scalar.value, str) else ()
        for name in texts:
            if name not in names:
                near = nearest(name, names)
                yield BadReferenceError.problem(
                    f'"{name}" is neither a parameter nor a field of the recipe',
                    scalar.span,
                    fix=f'did you mean "${{{near}}}"?' if near else "declare it",
                )


def _value(value: Any, values: Mapping[str, Any]) -> Any:
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole is not None:
        return values[whole[1]]
    return _REFERENCE.sub(lambda found: str(values[found[1]]), value)
