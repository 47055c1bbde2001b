"""``${name}`` in a recipe's steps: a parameter, or the column that serves a field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from eventflow.config.errors import BadReferenceError
from eventflow.config.tree import (
    Entry,
    MappingNode,
    ScalarNode,
    SequenceNode,
    of_python,
    scalars,
)
from eventflow.config.using import read_use
from eventflow.errors import nearest
from eventflow.recipes.errors import UnusedParameterError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from eventflow.config.model import Use
    from eventflow.config.tree import Node
    from eventflow.errors import Problem

_REFERENCE = re.compile(r"\$\{(\w+)\}")
_OUTSIDE = re.compile(r"\$\{(?:env|file):[^}]*\}")


def filled(node: Node, values: Mapping[str, Any], given: MappingNode | None = None) -> Node | None:
    """Return a node with its references replaced; None where it stands for nothing.

    A text that is one reference takes the value with its type, and its place where it was written;
    inside a longer text, the value is written out.

    Args:
        node: A node of the recipe.
        values: Name → value.
        given: Values as the configuration has them, with their places.
    """
    match node:
        case ScalarNode():
            return _scalar(node, values, given)
        case SequenceNode():
            items = [filled(item, values, given) for item in node.items]
            return SequenceNode([i for i in items if i is not None], node.span, node.flow)
        case MappingNode():
            entries = {}
            for key, entry in node.entries.items():
                made = filled(entry.node, values, given)
                if made is not None:
                    entries[key] = Entry(key, made, entry.span)
            return MappingNode(entries, node.span, node.flow)


def _scalar(node: ScalarNode, values: Mapping[str, Any], given: MappingNode | None) -> Node | None:
    if not isinstance(node.value, str):
        return ScalarNode(node.value, node.span)
    whole = _REFERENCE.fullmatch(node.value)
    if whole is None:
        text = _REFERENCE.sub(lambda found: _written(values[found[1]]), node.value)
        parts = tuple(_parts(node.value, given))
        return ScalarNode(text, node.span, hidden=any(p.hidden for p in parts), parts=parts)
    value = values[whole[1]]
    if value is None:
        return None
    written = given.get(whole[1]) if given is not None else None
    if written is not None:
        return written
    made = of_python(value)
    for scalar in scalars(made):
        scalar.span = node.span
    return made


def _written(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _parts(text: str, given: MappingNode | None) -> Iterator[ScalarNode]:
    """Yield the configuration's values that a text of the recipe refers to."""
    for name in _REFERENCE.findall(text):
        node = given.get(name) if given is not None else None
        if node is not None:
            yield from scalars(node)


def uses_of(
    written: MappingNode,
    values: Mapping[str, Any],
    problems: list[Problem],
    *,
    key: str = "steps",
    given: MappingNode | None = None,
) -> list[Use]:
    """Return what a recipe's steps use, filled in.

    Args:
        written: The recipe's file.
        values: Parameter or field → value.
        problems: Gets what is wrong.
        key: What their keys begin with.
        given: Values as the configuration has them, with their places.
    """
    found = []
    for number, item in enumerate(steps_of(written).items):
        node = filled(item, values, given)
        place = f"{key}.{number}"
        use = read_use(node or MappingNode({}), "step", place, item.span, problems)
        if use is not None:
            found.append(use)
    return found


def steps_of(written: MappingNode) -> SequenceNode:
    """Return the steps of a recipe's file, as written."""
    body = written.get("steps")
    assert isinstance(body, SequenceNode)  # noqa: S101 - the model has said so
    return body


def unknown(node: Node, names: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each reference to something that the recipe does not declare."""
    for scalar in scalars(node):
        outside = _OUTSIDE.search(scalar.value) if isinstance(scalar.value, str) else None
        if outside:
            yield BadReferenceError.problem(
                f"the steps of a recipe cannot hold {outside[0]}",
                scalar.span,
                fix="make it a parameter; a pipeline may give it such a value",
            )
        texts = _REFERENCE.findall(scalar.value) if isinstance(scalar.value, str) else ()
        for name in texts:
            if name not in names:
                near = nearest(name, names)
                yield BadReferenceError.problem(
                    f'"{name}" is neither a parameter nor a field of the recipe',
                    scalar.span,
                    fix=f'did you mean "${{{near}}}"?' if near else "declare it",
                )


def unused(written: MappingNode, parameters: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each parameter that no step refers to: setting it would do nothing."""
    texts = (s.value for s in scalars(steps_of(written)) if isinstance(s.value, str))
    used = {name for text in texts for name in _REFERENCE.findall(text)}
    declared = written.get("parameters")
    for name in parameters:
        if name not in used:
            span = declared.key_span(name) if isinstance(declared, MappingNode) else None
            yield UnusedParameterError.for_name(name, span)
