"""The options a state was fitted with, as plain data, and what has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretBytes, SecretStr

from eventflow.base import BaseComponent
from eventflow.config.secrets import MASK, without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONG = 40  # characters of a value that a message shows


def plain_options(component: Any) -> dict[str, Any]:
    """Return every option of a component, defaults too, as JSON-ready data with secrets masked.

    Args:
        component: A component as the configuration built it; None has no options.
    """
    config = getattr(component, "config", None)
    if not isinstance(config, BaseModel):
        return {}
    hidden: frozenset[str] = getattr(component, "hidden", frozenset())
    return {name: MASK if name in hidden else _plain(value) for name, value in config}


def changes(before: Mapping[str, Any], component: Any) -> list[str]:
    """Say which options changed since a state was fitted: ``half_life: 30 -> 90``.

    An option that the state does not know is new; it counts only if it is not at its default.
    """
    now = plain_options(component)
    fresh = set() if not now else set(now) - set(before)
    given = component.config.model_fields_set if fresh else set()
    return [line for line in _changes(before, now) if line.split(":")[0] not in fresh - given]


def _changes(before: Mapping[str, Any], now: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name in dict.fromkeys([*before, *now]):
        old, new, key = before.get(name), now.get(name), f"{path}{name}"
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _changes(old, new, f"{key}.")
        else:
            yield f"{key}: {_shown(old)} -> {_shown(new)}"


def _shown(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= _LONG else f"{text[: _LONG - 3]}..."


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (SecretStr, SecretBytes)):
        return MASK
    if isinstance(value, BaseComponent):
        return {"use": type(value).__name__, **plain_options(value)}
    if isinstance(value, (Mapping, BaseModel)):
        return {str(key): _plain(item) for key, item in dict(value).items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [_plain(item) for item in value]
        return items if isinstance(value, (list, tuple)) else sorted(items, key=str)
    # a function is known by its name: its text tells an address in memory
    return without_credentials(getattr(value, "__qualname__", None) or str(value))
