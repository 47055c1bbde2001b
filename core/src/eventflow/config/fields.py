"""Questions to a component's `Config`: which options, which of them nest, which are secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from attrs import frozen
from pydantic import BaseModel, Secret, SecretBytes, SecretStr

from eventflow.config.secrets import hide_below
from eventflow.config.tree import MappingNode, SequenceNode
from eventflow.config.uses import Uses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic.fields import FieldInfo

    from eventflow.config.tree import Node
    from eventflow.types import Kind

_SECRET = (SecretStr, SecretBytes, Secret)


@frozen
class Nesting:
    """How an option holds other components: itself, in a list, or as values of a mapping."""

    shape: Literal["one", "items", "values"]
    kind: Kind


def options(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return options by the names a configuration may use."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def nesting(field: FieldInfo) -> Nesting | None:
    """Say whether an option holds components."""
    for mark in field.metadata:
        if isinstance(mark, Uses):
            return Nesting("one", mark.kind)
    return _nesting(field.annotation)


def _nesting(annotation: Any) -> Nesting | None:
    marks = [m for m in getattr(annotation, "__metadata__", ()) if isinstance(m, Uses)]
    if marks:
        return Nesting("one", marks[0].kind)
    origin = get_origin(annotation)
    shape: Literal["one", "items", "values"] = "one"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        shape = "values"
    elif isinstance(origin, type) and origin in {list, tuple, set, frozenset}:
        shape = "items"
    for argument in get_args(annotation):
        if found := _nesting(argument):
            return Nesting(shape, found.kind) if found.shape == "one" else found
    return None


def choices(field: FieldInfo) -> tuple[Any, ...]:
    """Return the values a `Literal` option may have."""
    annotation = field.annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that occur in an annotation."""
    found = (p for p in _parts(annotation) if isinstance(p, type))
    return [part for part in found if issubclass(part, BaseModel)]


def models_at(model: type[BaseModel], path: Sequence[Any]) -> list[type[BaseModel]]:
    """Follow a path through nested models, stepping over segments that are no option."""
    current = [model]
    for segment in path:
        below = [options(m)[segment] for m in current if segment in options(m)]
        if below:
            current = [inner for field in below for inner in models_in(field.annotation)]
    return current


def hide_secret_options(model: type[BaseModel], node: Node) -> None:
    """Hide the values of `SecretStr` options and their kin below a node."""
    if isinstance(node, SequenceNode):
        for item in node.items:
            hide_secret_options(model, item)
    if not isinstance(node, MappingNode):
        return
    known = options(model)
    for key, entry in node.entries.items():
        field = known.get(key)
        if field is None:
            continue
        if any(isinstance(p, type) and issubclass(p, _SECRET) for p in _parts(field.annotation)):
            hide_below(entry.node)
        for inner in models_in(field.annotation):
            hide_secret_options(inner, entry.node)
            if isinstance(entry.node, MappingNode):
                for value in entry.node.entries.values():
                    hide_secret_options(inner, value.node)
