"""What a run tells its trackers beside `eventflow.types.Tracker`, and under which names.

A tracker takes what it has a use for: `eventflow.base.BaseTracker` passes over the rest, and a
class of its own may leave methods out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import polars as pl

CONFIG: Final = "config.yaml"
"""Artefact: the configuration as run, secrets masked."""

STATE: Final = "state.json"
"""Artefact: the fitted state."""

REPORT: Final = "report.html"
"""Artefact: the run's report."""

PASSES: Final = "passes"
"""Table: a line for each pass over the data."""

CHECKS: Final = "quality_checks"
"""Table: a line for each check of each gate, and of the blueprint's output."""

FEATURES: Final = "features"
"""Table: a line for each column of the result, with its statistics."""

FEATURES_FIGURE: Final = "features.svg"
"""Figure: a histogram for each feature."""

QUALITY_FIGURE: Final = "quality.svg"
"""Figure: a bar for each dimension of quality."""

LEDGER: Final = "ledger"
"""Table: where every row went."""


@frozen(kw_only=True)
class Dataset:
    """Something that a run read or wrote.

    Attributes:
        name: Name of the component that read or wrote it: ``csv``.
        role: ``source``, ``context`` or ``sink``.
        uri: Where it is, as the user wrote it; the name where it has no place.
        fingerprint: Text that changes when the data does; None when it has none.
        rows: Number of rows; None when nobody counted.
        bytes: Size; None when unknown.
        columns: Columns with their dtypes, in order; empty when unknown.
        event_schema: What its columns mean, as a configuration's ``schema`` says it; empty when
            unknown.
    """

    name: str
    role: str
    uri: str
    fingerprint: str | None = None
    rows: int | None = None
    bytes: int | None = None
    columns: tuple[tuple[str, str], ...] = ()
    event_schema: dict[str, Any] = field(factory=dict)


class TakesMore(Protocol):
    """What a tracker may take beside the calls of `eventflow.types.Tracker`; each is optional.

    Attributes:
        local: Whether the tracker answers at once, whatever happens elsewhere: it writes to this
            machine and waits for nobody. It then is called in the run itself; any other tracker is
            called in a thread of its own, and what it could not take is kept and sent later.
        gathers: Whether the tracker gathers what it is told, to make something of it at the end.
            One that takes up a run is then told again, after `resume`, what another was told.
        apart: Whether a process of its own tells the tracker, at low priority and beyond the end of
            the run: for one that takes seconds of the processor, be it for what it imports. It is
            pickled before it is started; one that cannot be has a thread, as others have.
        told_at: When that happened of which the tracker is being told; set before every call.
    """

    local: ClassVar[bool]
    gathers: ClassVar[bool]
    apart: ClassVar[bool]
    told_at: datetime | None

    def resume(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        """Take up a run that `start` was told of by another process."""
        ...

    def labels(self, labels: Mapping[str, str]) -> None:
        """Record words by which runs are found: versions, platform, where the moment is from."""
        ...

    def table(self, name: str, rows: pl.DataFrame) -> None:
        """Record a small table; see the names in this module."""
        ...

    def figure(self, name: str, markup: str) -> None:
        """Record a picture: SVG or HTML, as the suffix of its name says."""
        ...

    def lineage(self, inputs: Sequence[Dataset], outputs: Sequence[Dataset]) -> None:
        """Record what was read and what was written."""
        ...
