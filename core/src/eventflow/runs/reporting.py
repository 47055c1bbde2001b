"""What a run asks of whoever writes its report; runs know no report of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.runs.record import RunRecord


class ReportWriter(Protocol):
    """Turns records into HTML."""

    def warm_up(self) -> None:
        """Get ready, in a thread of its own while data is read."""
        ...

    def page(self, record: RunRecord) -> str:
        """Return the report of a run, whatever its state, as one HTML document."""
        ...

    def card(self, record: RunRecord) -> str:
        """Return a short form for notebooks, as a fragment of HTML."""
        ...

    def figures(self, record: RunRecord) -> Mapping[str, str]:
        """Return pictures for trackers by their names: SVG or HTML, as the suffix says."""
        ...
