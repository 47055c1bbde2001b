"""What keeps an aggregate from being computed."""

from __future__ import annotations

from typing import Self

from eventflow.errors import EventflowError
from eventflow_features.errors import OWNER


class MissingLibraryError(EventflowError):
    """The library that merges the sketches of an aggregate is not installed."""

    code = "EF326"

    @classmethod
    def sketches(cls) -> Self:
        """Name the aggregate, and what brings the library."""
        return cls.of(
            "approx_quantile in parts or tiles needs datasketches, which is missing",
            owner=OWNER,
            detail=("over all rows at once (form: masks or auto) it needs no library",),
            fix="write form: auto on the step, or install the library",
            command='python -m pip install "eventflow-features[sketches]"',
        )
