"""What is wrong with a component or a listener that could be imported."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from eventflow.hookspecs import Hooks
from eventflow.plugins.doctor import source
from eventflow.plugins.doctor.faults import (
    LooseConfigError,
    MutableDefaultError,
    UndocumentedError,
)
from eventflow.plugins.errors import BrokenPluginError, WrongAnswerError, WrongShapeError
from eventflow.plugins.hooks import defects_of, implemented
from eventflow.plugins.shapes import defects
from eventflow.plugins.telling import OFFERING, well_formed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.errors import Location, Problem
    from eventflow.plugins.index import ComponentRef
    from eventflow.types import Kind

_MUTABLE = (list, dict, set, bytearray)
_REPLACEABLE = (list, set, bytearray)
"""What has an immutable twin; pydantic copies defaults, but a frozen Config should not change."""


def judged(found: Any, ref: ComponentRef) -> Iterator[Problem]:
    """Yield what is wrong with what `ref` names."""
    if ref.kind == "hook":
        yield from _listener(found, ref)
    elif ref.kind == "command":
        yield from _command(found, ref)
    else:
        yield from _component(found, ref)


def _command(found: Any, ref: ComponentRef) -> Iterator[Problem]:
    import click  # noqa: PLC0415 - delayed: few plugins have commands

    if not isinstance(found, click.Command):
        defect = f"it is a {type(found).__name__}, no click command"
        yield from WrongShapeError.for_ref(ref, [defect]).problems


def _component(found: Any, ref: ComponentRef) -> Iterator[Problem]:
    yield from _misshapen(found, ref)
    if not inspect.isclass(found):
        return
    if not vars(found).get("__doc__"):
        yield from UndocumentedError.for_class(ref.owner, found.__name__, _place(found)).problems
    yield from _config(found, ref.owner)
    yield from _shared(found, ref.owner)


def _misshapen(found: Any, ref: ComponentRef) -> Iterator[Problem]:
    """Say what its shape lacks, once for each place in the source."""
    places: dict[Location | None, list[str]] = {}
    for defect in defects(found, cast("Kind", ref.kind)):
        place = _place(found, defect.partition(" ")[0])
        places.setdefault(place, []).append(defect)
    for place, told in places.items():
        yield replace(WrongShapeError.for_ref(ref, told).problems[0], location=place)


def _config(component: type, owner: str) -> Iterator[Problem]:
    """Judge its `Config`: strict, frozen, no defaults that can be changed in place."""
    from pydantic import BaseModel  # noqa: PLC0415 - beside its one use

    config = getattr(component, "Config", None)
    if not (inspect.isclass(config) and issubclass(config, BaseModel)):
        return
    name, settings = component.__name__, config.model_config
    if settings.get("extra") != "forbid":
        defect = 'accepts options it does not know (extra is not "forbid")'
        yield from LooseConfigError.for_config(owner, name, defect, _place(config)).problems
    if not settings.get("frozen"):
        defect = "can be changed after it was checked (frozen is not true)"
        yield from LooseConfigError.for_config(owner, name, defect, _place(config)).problems
    for option, field in config.model_fields.items():
        if option in config.__annotations__ and isinstance(field.default, _REPLACEABLE):
            kind, place = type(field.default).__name__, _place(config, option)
            error = MutableDefaultError.for_name(owner, f"option {option}", kind, place)
            yield from error.problems


def _shared(component: type, owner: str) -> Iterator[Problem]:
    """Find what all instances share by accident: class attributes, defaults of arguments."""
    for name, member in vars(component).items():
        place = _place(component, name)
        if isinstance(member, _MUTABLE) and not name.startswith("__"):
            what, kind = f"{component.__name__}.{name}", type(member).__name__
            yield from MutableDefaultError.for_name(owner, what, kind, place).problems
        if inspect.isfunction(member):
            for value in (*(member.__defaults__ or ()), *(member.__kwdefaults__ or {}).values()):
                if isinstance(value, _MUTABLE):
                    what = f"an argument of {component.__name__}.{name}"
                    kind = type(value).__name__
                    yield from MutableDefaultError.for_name(owner, what, kind, place).problems


def _listener(found: Any, ref: ComponentRef) -> Iterator[Problem]:
    """Judge the shapes of its hooks, and what it answers to those that offer components."""
    try:
        hooks = found() if inspect.isclass(found) else found
    except BaseException as error:  # noqa: BLE001 - a plugin may raise anything
        yield from BrokenPluginError.for_import(ref, error, None).problems
        return
    wrong = set()
    for method, refusal in defects_of(hooks, ref.owner):
        wrong.add(method)
        yield replace(refusal.problems[0], location=_place(found, method))
    names = {hook.__name__ for hook in OFFERING.values()}
    for method in names.intersection(implemented(hooks)) - wrong:
        try:
            answer = getattr(hooks, method)()
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything
            problem = WrongAnswerError.for_failure(ref.owner, method, error).problems[0]
            yield replace(problem, location=_place(found, method))
            continue
        if not well_formed(answer):
            problem = WrongAnswerError.for_answer(ref.owner, method, answer).problems[0]
            yield replace(problem, location=_place(found, method))
    if isinstance(hooks, Hooks) or inspect.ismodule(hooks) or implemented(hooks):
        return
    yield from WrongShapeError.for_ref(ref, ["it implements no hook: mark methods @impl"]).problems


def _place(found: Any, member: str = "") -> Location | None:
    try:
        path = inspect.getsourcefile(found)
    except TypeError:
        return None
    return source.defined(Path(path), found.__qualname__, member) if path else None
