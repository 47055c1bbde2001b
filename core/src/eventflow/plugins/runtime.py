"""Naming what a program or a notebook registers itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from eventflow.plugins.catalog import RUNTIME
from eventflow.plugins.errors import WrongShapeError
from eventflow.plugins.index import ComponentRef
from eventflow.plugins.shapes import kinds_of

if TYPE_CHECKING:
    from eventflow.types import Kind

_SUFFIX: dict[Kind, str] = {
    "source": "Source",
    "sink": "Sink",
    "step": "Step",
    "context_join": "(Context)?Join",
    "blueprint": "Blueprint",
    "transport": "Transport",
    "tracker": "Tracker",
    "engine": "Engine",
}


def reference(component: type, name: str | None, kind: Kind | None) -> ComponentRef:
    """Return the reference under which a class is offered at run time.

    Raises:
        WrongShapeError: EF121, its kind cannot be told.
    """
    target = f"{component.__module__}:{component.__qualname__}"
    if kind is None:
        kinds = kinds_of(component)
        if len(kinds) != 1:
            raise WrongShapeError.for_unclear_kind(target, kinds)
        kind = kinds[0]
    summary = (component.__doc__ or "").strip().partition("\n")[0]
    tags = tuple(getattr(component, "tags", ()))
    return ComponentRef(kind, name or _name_of(component, kind), RUNTIME, "", target, summary, tags)


def _name_of(component: type, kind: Kind) -> str:
    """Return the class's attribute `name`, else its own name: ``FillGapsStep``, ``fill_gaps``."""
    declared = getattr(component, "name", None)
    if isinstance(declared, str):
        return declared
    stem = re.sub(f"(?<=.){_SUFFIX[kind]}$", "", component.__name__)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", stem)
    return spaced.lower()
