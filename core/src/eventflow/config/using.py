"""Reading ``{use: NAME, …}``: one component and the options beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.config.errors import NoComponentError, WrongTypeError
from eventflow.config.model import Use
from eventflow.config.tree import Entry, MappingNode, ScalarNode, kind_of
from eventflow.errors import Edit, nearest

if TYPE_CHECKING:
    from eventflow.config.tree import Node, Span
    from eventflow.errors import Problem
    from eventflow.types import Kind

ENVELOPE_OPTIONS: dict[str, frozenset[str]] = {"blueprint": frozenset({"as_of"})}
"""Keys inside a component's mapping that belong to the pipeline, not to the component."""

_SYNONYMS = ("type", "kind", "name", "component", "plugin", "class", "uses", "using")


def read_use(  # noqa: PLR0913 - the place of a problem takes three of them
    node: Node,
    kind: Kind,
    key: str,
    span: Span | None,
    problems: list[Problem],
    *,
    default: str | None = None,
) -> Use | None:
    """Read one use; None, with a problem, when it names no component."""
    if not isinstance(node, MappingNode):
        problems.append(_not_a_mapping(node, kind, key, span))
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
            return None
        node = MappingNode({"use": Entry("use", node, node.span)}, node.span)
    name = node.get("use")
    if name is None:
        node, found = _meant(node, kind, key, span, default, problems)
        if found is None:
            return None
        name = ScalarNode(found) if found == default else node.get("use")
    if not isinstance(name, ScalarNode) or not isinstance(name.value, str) or not name.value:
        problems.append(_not_a_name(name, kind, key, span))
        return None
    place = name.span or span
    own = {"use", *ENVELOPE_OPTIONS.get(kind, ())}
    options = {k: e for k, e in node.entries.items() if k not in own}
    return Use(
        kind=kind,
        name=name.value,
        key=key,
        location=place.location if place else None,
        node=MappingNode(options, node.span, node.flow),
        section=node,
    )


def _not_a_mapping(node: Node, kind: str, key: str, span: Span | None) -> Problem:
    place = node.span or span
    if isinstance(node, ScalarNode) and isinstance(node.value, str) and not node.hidden:
        text = f"{{use: {node.span.text if node.span else node.value}}}"
        fix = f"write {text}"
        return WrongTypeError.expected(
            key, "a mapping with a use", "text", place, fix=fix, replacement=text
        )
    wanted, found = "a mapping with a use", kind_of(node)
    fix = f"write {{use: NAME}}, NAME being a {kind.replace('_', ' ')}"
    return WrongTypeError.expected(key, wanted, found, place, fix=fix)


def _not_a_name(name: Node | None, kind: str, key: str, span: Span | None) -> Problem:
    place = (name.span if name else None) or span
    return WrongTypeError.expected(
        f"{key}.use",
        f"the name of a {kind.replace('_', ' ')}",
        kind_of(name) if name else "nothing",
        place,
    )


def _meant(  # noqa: PLR0913, PLR0917 - the place of a problem takes three of them
    node: MappingNode,
    kind: Kind,
    key: str,
    span: Span | None,
    default: str | None,
    problems: list[Problem],
) -> tuple[MappingNode, str | None]:
    """Find what stands in for a missing ``use``: a misspelt key, or the section's default."""
    near = nearest("use", [k for k in node.entries if isinstance(k, str)])
    synonym = near or next((k for k in _SYNONYMS if k in node.entries), None)
    value = node.get(synonym) if synonym else None
    if synonym and isinstance(value, ScalarNode) and (near or default is None):
        message, fix = f'unknown key "{synonym}" in "{key}"', 'did you mean "use"?'
        problems.append(
            NoComponentError.problem(
                message, node.key_span(synonym), key=key, fix=fix, replacement="use"
            )
        )
        return node.renamed(synonym, "use"), str(value.value)
    if default is not None:
        return node, default
    problems.append(_no_component(node, kind, key, span))
    return node, None


def _no_component(node: MappingNode, kind: Kind, key: str, span: Span | None) -> Problem:
    message = f'"{key}" does not say which {kind.replace("_", " ")} to use'
    if len(node.entries) == 1:
        ((name, entry),) = node.entries.items()
        inner = entry.node
        options = isinstance(inner, MappingNode) or (
            isinstance(inner, ScalarNode) and inner.value is None
        )
        if options and entry.span is not None and isinstance(name, str):
            return NoComponentError.problem(
                message,
                entry.span,
                key=key,
                fix=f"write use: {name}, and its options beside it",
                edits=_beside(name, entry.span, inner, flow=node.flow),
            )
    first = next(iter(node.entries.values()), None)
    place = (first.span if first else None) or node.span or span
    return NoComponentError.problem(message, place, key=key, fix="add use: NAME")


def _beside(name: str, key: Span, inner: Node, *, flow: bool) -> tuple[Edit, ...]:
    """Turn ``NAME: {options}`` into ``use: NAME`` with the options beside it."""
    file, span = key.document.file, inner.span
    head = Edit(file, key.line, key.column, key.line, key.end_column + 1, f"use: {name}")
    if not isinstance(inner, MappingNode) or span is None:
        return (head,)
    if not inner.flow:
        shift = span.column - key.column
        lines = range(span.line, span.end_line + 1)
        return (head, *(Edit(file, n, 1, n, shift + 1, "") for n in lines))
    glue = ", " if flow else "\n" + " " * (key.column - 1)
    parts = []
    for entry in inner.entries.values():
        if entry.span is None or entry.node.span is None or entry.node.span.line != entry.span.line:
            return ()
        line = key.document.lines[entry.span.line - 1]
        parts.append(line[entry.span.column - 1 : entry.node.span.end_column - 1])
    text = glue.join((f"use: {name}", *parts))
    return (Edit(file, key.line, key.column, span.end_line, span.end_column, text),)
