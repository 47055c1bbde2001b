"""What can be wrong with a chart that is asked for, found before any data is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError

if TYPE_CHECKING:
    from collections.abc import Sequence


class NoPlaceError(EventflowError):
    """Nothing says where the events of a map happened."""

    code = "EF641"

    @classmethod
    def of_map(cls, cell: str | None, outlined: Sequence[str] = ()) -> Self:
        """Neither the options nor the schema name latitude and longitude.

        Args:
            cell: Column of areas that was named.
            outlined: Columns of areas that could be.
        """
        lacks = "" if cell is None else f', and nothing outlines the areas of "{cell}"'
        return cls.of(
            f"a map needs latitude and longitude, and the schema names none{lacks}",
            key="latitude",
            fix=f"name the column of the areas: cell: {outlined[0]}"
            if outlined
            else "write latitude: COLUMN and longitude: COLUMN, or name both in the schema",
        )
