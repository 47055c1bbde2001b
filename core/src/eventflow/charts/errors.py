"""What can be wrong with a chart that is asked for, found before any data is read."""

from __future__ import annotations

from typing import Self

from eventflow.errors import EventflowError


class NoPlaceError(EventflowError):
    """Nothing says where the events of a map happened."""

    code = "EF641"

    @classmethod
    def of_map(cls, cell: str | None) -> Self:
        """Neither the options nor the schema name latitude and longitude."""
        lacks = "" if cell is None else f', and nothing outlines the areas of "{cell}"'
        return cls.of(
            f"a map needs latitude and longitude, and the schema names none{lacks}",
            key="latitude",
            fix="write latitude: COLUMN and longitude: COLUMN, or name both in the schema",
        )
