"""The schema of context: what a row speaks of, where, when, and since when that was known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from eventflow.config import ONE_OR_MANY
from eventflow.schema import EventSchema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.frame import EventFrame

_NAMED = ("known_at", "until", "geometry")


class ContextSchema(EventSchema):
    """Schema of context: that of events, and what joins need beside it.

    Attributes:
        key: Columns that identify what a row speaks of; the entity if not given.
        timestamp: When the row's facts hold, or begin to hold.
        until: When they cease to hold, for facts that hold for an interval.
        known_at: When the row became known; a join does not use it earlier.
        geometry: Column of shapes, as well-known binary (WKB).
    """

    key: Annotated[tuple[str, ...], ONE_OR_MANY] = ()
    known_at: str | None = None
    until: str | None = None
    geometry: str | None = None

    @property
    def identity(self) -> tuple[str, ...]:
        """Columns that identify what a row speaks of."""
        return self.key or ((self.entity,) if self.entity else ())

    @property
    def structure(self) -> frozenset[str]:
        """Columns that say whom, when and where a row speaks of, rather than what."""
        named = (getattr(self, name) for name in ("timestamp", "latitude", "longitude", *_NAMED))
        return frozenset((*self.identity, *(name for name in named if name is not None)))

    def renamed(self, names: Mapping[str, str]) -> ContextSchema:
        """Return this schema after columns were renamed."""
        told = {n: names.get(c, c) for n in _NAMED if (c := getattr(self, n)) is not None}
        key = tuple(names.get(column, column) for column in self.key)
        return ContextSchema(**{**dict(super().renamed(names)), **told, "key": key})

    def kept(self, columns: frozenset[str]) -> ContextSchema:
        """Return this schema without what speaks of columns that are gone."""
        told = {n: c for n in _NAMED if (c := getattr(self, n)) in columns}
        key = self.key if columns.issuperset(self.key) else ()
        return ContextSchema(**{**dict(super().kept(columns)), **told, "key": key})


def context_schema(frame: EventFrame) -> ContextSchema:
    """Return a frame's schema as that of context."""
    if isinstance(frame.schema, ContextSchema):
        return frame.schema
    return ContextSchema(**dict(frame.schema))
