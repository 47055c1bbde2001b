"""What pydantic says of options, told with the place, the nearest name and what to write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from attrs import frozen

from eventflow.config import fields
from eventflow.config.edits import add_entry, as_list, remove_entry
from eventflow.config.errors import (
    BadDateError,
    BadValueError,
    ConfigError,
    MissingError,
    UnknownKeyError,
    UnknownOptionError,
    WrongTypeError,
)
from eventflow.config.mend import as_yaml, mended
from eventflow.config.parts import of_parts
from eventflow.config.tree import Entry, MappingNode, ScalarNode, SequenceNode, kind_of, walk
from eventflow.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

    from eventflow.config.tree import Node, Span
    from eventflow.errors import Problem

_DATES = ("date", "datetime", "time", "timezone")


@frozen
class Subject:
    """Whose options are looked at.

    Attributes:
        model: The options' model.
        key: Where they stand: ``steps.1``.
        title: What they are, for people: ``step "rename"``.
        node: The options, as written.
        section: The mapping that holds ``use`` and the options.
        span: Place of the name after ``use``.
        owner: Distribution and version.
        command: Command that lists the options.
    """

    model: type[BaseModel]
    key: str
    title: str
    node: MappingNode
    section: MappingNode
    span: Span | None = None
    owner: str | None = None
    command: str | None = None


def explained(subject: Subject, error: ValidationError) -> tuple[list[Problem], MappingNode]:
    """Turn pydantic's errors into problems.

    Returns:
        The problems, and the options with misspelt names read as what they mean.
    """
    errors = list(of_parts(error.errors(include_url=False, include_input=True)))
    node, problems, named = subject.node, [], set()
    for item in errors:
        if item["type"] == "extra_forbidden":
            problem, near = _unknown(subject, item["loc"])
            problems.append(problem)
            if near is not None:
                named.add((*item["loc"][:-1], near))
                node = _renamed(node, item["loc"], near)
    rest = [
        e
        for e in errors
        if e["type"] != "extra_forbidden"
        and e["loc"] not in named
        and not _unfilled(node, e)
        and not _follows(e, errors)
    ]
    seen: dict[tuple[int, str], Problem] = {}
    for item in rest:
        problem = _missing(subject, item) if item["type"] == "missing" else _bad(subject, item)
        seen.setdefault(_identity(subject, item), problem)
    return [*problems, *seen.values()], node


def _unfilled(node: MappingNode, item: ErrorDetails) -> bool:
    """Say whether a value is missing because its reference failed, which is told already."""
    found, _ = walk(node, item["loc"])
    return isinstance(found, ScalarNode) and found.value is None and found.shown is not None


def _follows(item: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    """Say whether a list is too short only because items of it are wrong."""
    place = item["loc"]
    within = (e["loc"][: len(place)] == place != e["loc"] for e in errors)
    return item["type"] == "too_short" and any(within)


def _identity(subject: Subject, item: ErrorDetails) -> tuple[int, str]:
    """Members of a union each complain of one value: tell it once."""
    node, _ = walk(subject.node, item["loc"])
    return id(node), str(item["loc"][-1]) if item["type"] == "missing" else ""


def _renamed(node: MappingNode, path: Sequence[Any], near: str) -> MappingNode:
    """Rename the last key of a path, copying what lies on the way."""
    if len(path) == 1:
        return node.renamed(path[0], near)
    entry = node.entries.get(path[0])
    if entry is None or not isinstance(entry.node, MappingNode):
        return node
    inner = Entry(entry.key, _renamed(entry.node, path[1:], near), entry.span)
    return MappingNode({**node.entries, path[0]: inner}, node.span, node.flow)


def _unknown(subject: Subject, path: tuple[Any, ...]) -> tuple[Problem, str | None]:
    name, parent = path[-1], walk(subject.node, path[:-1])[0]
    span = parent.key_span(name) if isinstance(parent, MappingNode) else None
    models = fields.models_at(subject.model, path[:-1])
    known = [option for model in models for option in fields.options(model)]
    near = nearest(str(name), known)
    taken = isinstance(parent, MappingNode) and near in parent.entries
    where = subject.title if len(path) == 1 else f'"{".".join(map(str, path[:-1]))}"'
    error = UnknownOptionError if subject.owner else UnknownKeyError
    value = parent.get(name) if isinstance(parent, MappingNode) else None
    found = near if near and not taken else None
    problem = error.problem(
        f'unknown {"option" if subject.owner else "key"} "{name}" of {where}',
        span or subject.span,
        key=_key(subject, path),
        owner=subject.owner,
        command=subject.command,
        fix=f'did you mean "{near}"?' if found else "remove it",
        detail=() if found else (_listed(known),),
        replacement=found,
        edits=() if found or value is None else remove_entry(span, value),
    )
    return problem, found


def _listed(known: Sequence[str]) -> str:
    most = 12
    names = ", ".join(known[:most]) + (", …" if len(known) > most else "")
    return f"options: {names or 'none'}"


def _missing(subject: Subject, item: ErrorDetails) -> Problem:
    path = item["loc"]
    name = str(path[-1])
    parent, span = walk(subject.node, path[:-1]) if len(path) > 1 else (subject.section, None)
    models = fields.models_at(subject.model, path[:-1])
    field = next((f for m in models if (f := fields.options(m).get(name))), None)
    examples = (*(field.examples or ()), *fields.choices(field)) if field else ()
    text = f"{name}: {as_yaml(examples[0])}" if examples else None
    return MissingError.problem(
        f'{subject.title} needs "{".".join(map(str, path))}"',
        span or subject.span,
        key=_key(subject, path),
        owner=subject.owner,
        command=subject.command,
        fix=f"add  {text or name + ': …'}",
        detail=(field.description.splitlines()[0],) if field and field.description else (),
        edits=add_entry(parent, "use", text) if text else (),
    )


def _bad(subject: Subject, item: ErrorDetails) -> Problem:
    path = item["loc"]
    node, key_span = walk(subject.node, path)
    if item["loc"] and item["loc"][-1] == "[key]" and key_span is not None:
        span: Span | None = key_span
    else:
        span = (node.span if path else None) or key_span or subject.span
    replacement, fix = mended(item, node)
    error = _class(item["type"])
    many = item["type"] in {"list_type", "tuple_type", "set_type", "frozen_set_type"}
    return error.problem(
        f"{_named(subject, path)} {_words(item)}",
        span,
        key=_key(subject, path),
        owner=subject.owner,
        command=subject.command,
        fix=fix,
        replacement=replacement,
        edits=as_list(node) if many and path else (),
    )


def _class(kind: str) -> type[ConfigError]:
    if kind.split("_", 1)[0] in _DATES:
        return BadDateError
    if kind.endswith(("_type", "_parsing", "_from_float")):
        return WrongTypeError
    return BadValueError


def _named(subject: Subject, path: Sequence[Any]) -> str:
    steps: list[str] = []
    here: Node = subject.node
    for segment in path:
        if isinstance(here, MappingNode) and segment in here.entries:
            here = here.entries[segment].node
            steps.append(str(segment))
        elif isinstance(here, SequenceNode) and isinstance(segment, int):
            here = here.items[segment] if segment < len(here.items) else here
            steps.append(str(segment))
    return f'"{".".join(steps)}" of {subject.title}' if steps else subject.title


def _words(item: ErrorDetails) -> str:
    text = item["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if item["type"] in {"value_error", "assertion_error"}:
        text = re.sub(r"[,;]? did you mean \"[^\"]*\"\?$", "", text)
        return f"is not right: {text}"
    if item["type"] == "path_type":
        return f"must be a path, not {_kind(item['input'])}"
    text = re.sub(r"^(Input|Value|String|Number|List|Tuple|Dictionary|Datetime) ", "", text)
    text = re.sub(r"\bvalid (?:tuple|list|(frozen)?set)\b", "list", text)
    text = text.replace("valid dictionary", "mapping")
    return text[:1].lower() + text[1:]


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, (list, tuple)) else kind_of(ScalarNode(value))


def _key(subject: Subject, path: Sequence[Any]) -> str:
    return ".".join((subject.key, *map(str, path)))
