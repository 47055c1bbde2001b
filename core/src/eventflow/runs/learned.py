"""What a step learned, in words for the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 40
"""Lines that a report shows of one state."""

_LETTERS = 80


@runtime_checkable
class TellsWhatItLearned(Protocol):
    """A state with words of its own; optional."""

    def told(self) -> Mapping[str, str]:
        """Return what was learned: subject → outcome, such as column → value that fills it."""
        ...


def told_of(state: Any) -> tuple[tuple[str, str], ...]:
    """Return what a state holds: its own words if it has any, else its fields one by one.

    Args:
        state: What a step learned; None gives no lines.
    """
    if state is None:
        return ()
    told = state.told().items() if isinstance(state, TellsWhatItLearned) else _fields(state)
    lines = [(name, _cut(text)) for name, text in told]
    more = len(lines) - MOST
    return (*lines[:MOST], *([("…", f"and {more:,} more")] if more > 0 else []))


def _fields(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if attrs.has(type(value)):
        value = {f.name: getattr(value, f.name) for f in attrs.fields(type(value))}
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _fields(inner, f"{path}.{name}" if path else str(name))
    elif not _empty(value):
        yield path, _text(value)


def _empty(value: Any) -> bool:
    return isinstance(value, Sequence) and len(value) == 0


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    if isinstance(value, float):
        return f"{value:.6g}"
    return "unknown" if value is None else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"
