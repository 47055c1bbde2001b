"""Whether a class is what its kind demands, judged against the Protocols of `eventflow.types`."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from eventflow import types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.types import Kind

PROTOCOLS: dict[Kind, type] = {
    "source": types.Source,
    "sink": types.Sink,
    "step": types.Step,
    "context_join": types.ContextJoin,
    "blueprint": types.Blueprint,
    "transport": types.Transport,
    "tracker": types.Tracker,
    "engine": types.Engine,
}
"""Kind → the Protocol it must satisfy."""


def defects(component: object, kind: Kind) -> list[str]:
    """Return what keeps `component` from being of `kind`, one sentence each; none if it fits.

    Checked are: that it is a class with a pydantic `Config`, that every attribute of the contract
    is there, and that every method is a plain one which takes the contract's arguments.
    """
    from pydantic import BaseModel  # noqa: PLC0415 - delayed: listings never judge a class

    if not inspect.isclass(component):
        return [f"it is a {type(component).__name__}, not a class"]
    found = []
    config = getattr(component, "Config", None)
    if not (inspect.isclass(config) and issubclass(config, BaseModel)):
        found.append("Config is missing or no pydantic model")
    for name, member in _members(PROTOCOLS[kind]):
        defect = _defect(component, name, member)
        if defect is not None:
            found.append(defect)
    return found


_BASES = ("eventflow.base", "eventflow.bus.base")
"""Modules that define the base classes."""


def kinds_of(component: type) -> list[Kind]:
    """Return the kinds that `component` could be: by its base class, else by its shape."""
    by_base = {f"Base{kind.title().replace('_', '')}": kind for kind in PROTOCOLS}
    for base in component.__mro__:
        if base.__module__ in _BASES and base.__name__ in by_base:
            return [by_base[base.__name__]]
    return [kind for kind in PROTOCOLS if not defects(component, kind)]


def _members(protocol: type) -> Iterator[tuple[str, Any]]:
    """Yield the contract's methods, properties and class attributes (the last with None)."""
    for klass in reversed(protocol.__mro__):
        if klass.__module__ != types.__name__ or klass is types.Component:
            continue
        for name, annotation in klass.__annotations__.items():
            if str(annotation).startswith("ClassVar"):
                yield name, None
        for name, member in vars(klass).items():
            if not name.startswith("_") and (callable(member) or isinstance(member, property)):
                yield name, member


def _defect(component: type, name: str, member: object) -> str | None:
    actual = inspect.getattr_static(component, name, None)
    if actual is None:
        return f"{name} is missing"
    if not inspect.isfunction(member):
        return None
    method = getattr(component, name)
    if not callable(method):
        return f"{name} is no method"
    if inspect.iscoroutinefunction(method):
        return f"{name} is async; it must be a plain method"
    return None if _takes(actual, method, member) else f"{name} must take {_arguments(member)}"


def _takes(actual: object, method: Any, contract: Any) -> bool:
    """Whether `method` can be called as the contract's method is."""
    wanted = list(inspect.signature(contract).parameters.values())
    given = len([p for p in wanted if p.default is p.empty])
    bound = given - 1 if isinstance(actual, (staticmethod, classmethod)) else given
    try:
        inspect.signature(method).bind(*range(bound))
    except TypeError:
        return False
    except ValueError:  # a method without a signature, such as one written in C
        return True
    return True


def _arguments(contract: Any) -> str:
    names = [name for name in inspect.signature(contract).parameters if name != "self"]
    return f"({', '.join(names)})"
