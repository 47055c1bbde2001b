"""Find what the reference could only name: each function yields names, at best none."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import attrs
import click

from eventflow.plugins.options import options_of
from markdown import attributes
from python_page import members

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from errors_page import Entry
    from eventflow.testing.check import Check


def in_hooks(spec: type) -> Iterator[str]:
    """Yield hooks without a docstring."""
    for name, hook in vars(spec).items():
        if inspect.isfunction(hook) and not hook.__doc__:
            yield name


def in_payload(payload: type) -> Iterator[str]:
    """Yield a payload without a docstring, and its fields that no docstring describes."""
    said = attributes(payload.__doc__)
    if not said:
        yield payload.__name__
    yield from (
        f"{payload.__name__}.{f.name}" for f in attrs.fields(payload) if not said.get(f.name)
    )


def in_component(name: str, component: Any) -> Iterator[str]:
    """Yield a component without a docstring of its own, its bare options, fields and features."""
    if not vars(component).get("__doc__"):
        yield name
    yield from (f"{name}.{o.name}" for o in options_of(component.Config) if not o.description)
    for part in getattr(component, "fields", ()):
        if not part.description:
            yield f"{name}.{part.name}"
    for part in getattr(component, "features", ()):
        if not (part.unit and part.formula and part.nulls and part.source):
            yield f"{name}.{part.name}"


def in_command(command: click.Command, path: str) -> Iterator[str]:
    """Yield commands and options without a help text, subcommands included."""
    if not command.help:
        yield path
    context = click.Context(command, info_name=path)
    for option in command.params:
        if isinstance(option, click.Option) and not (option.help or option.hidden):
            yield f"{path} {option.opts[0]}"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from in_command(below, f"{path} {name}")


def in_module(module: Any) -> Iterator[str]:
    """Yield the public names of a module without a docstring, and public methods without one."""
    for name in module.__all__:
        found = getattr(module, name)
        if not inspect.isclass(found) and not inspect.isroutine(found):
            continue  # a value: its type explains it
        if not inspect.getdoc(found):
            yield name
        if inspect.isclass(found):
            yield from (f"{name}.{k}" for k, v in members(found) if not inspect.getdoc(v))


def in_errors(entries: Mapping[str, Entry]) -> Iterator[str]:
    """Yield codes without a meaning, an example message or a fix."""
    for code, entry in entries.items():
        for part in ("titles", "messages", "fixes"):
            if not getattr(entry, part):
                yield f"{code} {part}"


def in_checks(checks: Iterable[Check]) -> Iterator[str]:
    """Yield checks without a guarantee, a reason or a fix."""
    yield from (c.id for c in checks if not (c.guarantee and c.why and c.fix))
