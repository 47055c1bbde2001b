"""Hiding secrets in what a run tells, at the one place where it leaves the run.

Components compose reasons, notes and messages of what they were configured with, an expression for
one, and need not know what of it is secret: the configuration does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from eventflow.errors import Problem

if TYPE_CHECKING:
    from eventflow.config.secrets import Secrets

T = TypeVar("T")

_STRUCTURE = frozenset(
    {"code", "component", "dimension", "distribution", "dtype", "kept", "kind", "name",
     "role", "severity", "stage", "version"}
)  # fmt: skip
"""Fields that name parts of the plan or a fixed choice: none of them quotes an option's value."""


def without_secrets(value: T, secrets: Secrets) -> T:
    """Return a value with every text in it masked: records, tuples and mappings are walked.

    Args:
        value: Text, a number, a `Problem`, an attrs class, or a tuple, list or mapping of
            these.
        secrets: What must not be shown.
    """
    return _walked(value, secrets) if secrets.values else value


def _walked(value: Any, secrets: Secrets) -> Any:
    if type(value) is str:  # members of an enum stay what they are
        return secrets.hide(value)
    if isinstance(value, Problem):
        return secrets.cleaned(value)
    if isinstance(value, (tuple, list)):
        return type(value)(_walked(item, secrets) for item in value)
    if isinstance(value, Mapping):
        return {key: _walked(item, secrets) for key, item in value.items()}
    if attrs.has(type(value)):
        names = (a.name for a in attrs.fields(type(value)) if a.name not in _STRUCTURE)
        return attrs.evolve(value, **{n: _walked(getattr(value, n), secrets) for n in names})
    return value
