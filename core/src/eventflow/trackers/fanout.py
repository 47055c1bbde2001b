"""Several trackers as one: none of them stops the run, makes it wait, or disturbs another."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from eventflow.errors import facts_of
from eventflow.trackers.apart import SENDERS
from eventflow.trackers.feeder import Feeder
from eventflow.trackers.records import Record
from eventflow.trackers.spool import Header, Place, Spool
from eventflow.trackers.telling import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import polars as pl

    from eventflow.trackers.apart import Errand, Sender
    from eventflow.tracking import Dataset

_log = logging.getLogger(__name__)

WAIT: Final = 30.0
"""Seconds that the end of a run waits for trackers that this process tells."""


@frozen(kw_only=True)
class Asked:
    """A tracker that is ready, and what was written to have it.

    Attributes:
        tracker: The tracker.
        definition: Its section of the configuration, secrets masked.
    """

    tracker: Any = field(repr=False)
    definition: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name in the configuration."""
        return str(self.definition.get("use", type(self.tracker).__name__))

    @property
    def apart(self) -> bool:
        """Whether another process tells it, where that can be."""
        return bool(getattr(self.tracker, "apart", False))


class TrackerFanOut:
    """Tells every tracker; failures are logged and counted, and never reach the run.

    Trackers of this machine are called at once, and left out once they fail. Every other is told
    what the run's spool has by a thread of its own, or, where it wants to be apart, by another
    process, which goes on when the run has ended. What is left stays in the spool, and
    ``eventflow runs sync`` sends it.

    Attributes:
        failures: What went wrong, in words, with what became of it.
        late: Trackers that had not been told everything in time, in words.
        pending: Trackers that another process goes on to tell, in words.
    """

    def __init__(
        self,
        trackers: Sequence[Asked],
        hide: Callable[[str], str] = str,
        *,
        home: Path = Path(".eventflow"),
        config_path: str | None = None,
        wait: float | None = None,
    ) -> None:
        """Take the trackers.

        Args:
            trackers: In the order of the configuration.
            hide: Masks secrets.
            home: Folder of the run store, which holds the spool.
            config_path: The pipeline's file, for who sends what is left.
            wait: Seconds that the end of the run waits for trackers at work, all of them together;
                one that fails is tried once more, and not waited for. None waits `WAIT` seconds
                for those that end with this process, and not for those that are apart.
        """
        self._hide = hide
        self._local = [a for a in trackers if getattr(a.tracker, "local", False)]
        self._remote = [(n, a) for n, a in enumerate(trackers) if a not in self._local]
        self._home, self._config_path, self._wait = home, config_path, wait
        self._spool: Spool | None = None
        self._aside_folder: TemporaryDirectory[str] | None = None
        self._feeders: dict[int, Feeder] = {}
        self._apart: tuple[Sender, Errand] | None = None
        self._running = 0
        self._lock = Lock()
        self.failures: list[str] = []
        self.late: list[str] = []
        self.pending: list[str] = []

    @property
    def active(self) -> bool:
        """Whether there is anyone to tell."""
        return bool(self._local) or self._spool is not None

    def start(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        """A run has begun."""
        if self._remote:
            header = Header(
                run_id=run_id,
                name=name,
                started_at=started_at,
                parent=parent,
                config_path=str(Path(self._config_path).absolute()) if self._config_path else None,
                trackers=[dict(a.definition) for _, a in self._remote],
                places=[n for n, _ in self._remote],
            )
            self._open(header)
        self._tell("start", run_id, name, started_at, parent)

    def params(self, params: Mapping[str, Any]) -> None:
        """Record parameters."""
        self._tell("params", dict(params))

    def labels(self, labels: Mapping[str, str]) -> None:
        """Record words by which runs are found."""
        self._tell("labels", dict(labels))

    def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Record numbers."""
        self._tell("metrics", dict(metrics), step)

    def table(self, name: str, rows: pl.DataFrame) -> None:
        """Record a small table."""
        self._tell("table", name, rows)

    def figure(self, name: str, markup: str) -> None:
        """Record a picture, as SVG or HTML."""
        self._tell("figure", name, markup)

    def artifact(self, path: Path, name: str) -> None:
        """Record a file; one whose path holds a secret has the masked path for its name."""
        shown = self._hide(str(path))
        self._tell("artifact", path, name if shown == str(path) else shown)

    def lineage(self, inputs: Sequence[Dataset], outputs: Sequence[Dataset]) -> None:
        """Record what was read and written."""
        self._tell("lineage", tuple(inputs), tuple(outputs))

    def finish(self, status: str) -> None:
        """The run has ended; wait for the trackers for as long as was agreed."""
        self._tell("finish", status)
        self.close()

    def close(self) -> None:
        """Let go of everything; what trackers were not told waits on disk."""
        feeders, self._feeders = self._feeders, {}
        spool, self._spool = self._spool, None
        if spool is None:
            return
        began = monotonic()
        for feeder in feeders.values():
            feeder.end()
        for number, feeder in feeders.items():
            if not feeder.stop(began + (WAIT if self._wait is None else self._wait)):
                self._left_over(number, feeder.failure, spool)
        self._leave(spool)
        if self._apart is not None:
            self._part(spool, self._apart, began + (self._wait or 0.0))

    def _part(self, spool: Spool, apart: tuple[Sender, Errand], deadline: float) -> None:
        """Wait for the process that tells trackers, and leave it to go on."""
        sender, errand = apart
        SENDERS.leave(sender)
        errand.over.wait(max(0.0, deadline - monotonic()))
        for number, (_, asked) in enumerate(self._remote):
            if not asked.apart or not spool.waiting(number):
                continue
            if errand.over.is_set() or self._wait is not None or errand.failures.get(number):
                self._left_over(number, errand.failures.get(number, ""), spool)
            else:
                self.pending.append(f"{asked.name} is told by another process, which goes on")

    def _open(self, header: Header) -> None:
        spool: Spool | None
        try:
            spool = Spool.create(Place(self._home), header)
        except Exception as error:  # noqa: BLE001 - a folder that cannot be written fails no run
            _log.warning("there is no spool in %s: %s", self._home, error)
            spool = self._aside(header)
        if spool is not None:
            self._feed(spool)

    def _feed(self, spool: Spool) -> None:
        self._spool = spool
        apart = {n: a.tracker for n, (_, a) in enumerate(self._remote) if a.apart}
        if apart and self._aside_folder is None:  # which ends with this process
            self._apart = SENDERS.hand_over(spool.folder.absolute(), apart)
        here = {n: a for n, (_, a) in enumerate(self._remote) if not (self._apart and a.apart)}
        self._running = len(here) + 1
        for number, asked in here.items():
            feeder = Feeder(spool, number, asked.tracker, lambda: self._leave(spool))
            self._feeders[number] = feeder
            feeder.start()

    def _aside(self, header: Header) -> Spool | None:
        """Make a spool where temporary files go: it serves this run, and nobody finds it later."""
        try:
            self._aside_folder = TemporaryDirectory(prefix="eventflow-", ignore_cleanup_errors=True)
            return Spool.create(Place(Path(self._aside_folder.name)), header)
        except Exception as error:  # noqa: BLE001 - likewise
            self.failures.append(f"trackers were told nothing: {facts_of(error)[0]}")
            return None

    def _leave(self, spool: Spool) -> None:
        """Close the spool once nobody uses it: neither the run nor a tracker's thread."""
        with self._lock:
            self._running -= 1
            if self._running == 0:
                spool.close()
                if self._aside_folder is not None:
                    self._aside_folder.cleanup()

    def _left_over(self, number: int, failure: str, spool: Spool) -> None:
        run, records = spool.header.run_id.replace("-", "")[-8:], spool.waiting(number)
        if self._aside_folder is None:
            fix = f"{records:,} records wait, to be sent with: eventflow runs sync {run}"
        else:
            fix = f"{records:,} records are lost: {self._home} cannot be written"
        if failure:
            self.failures.append(f"{self._hide(failure)}; {fix}")
            return
        name, wait = self._remote[number][1].name, WAIT if self._wait is None else self._wait
        self.late.append(f"{name} took more than {wait:g} s at the end; {fix}")

    def _tell(self, call: str, *values: Any) -> None:
        record = Record(at=datetime.now(UTC), call=call, values=values)
        for asked in list(self._local):
            self._tell_local(asked, record)
        if self._spool is not None:
            self._keep(self._spool, record)

    def _tell_local(self, asked: Asked, record: Record) -> None:
        try:
            tell(asked.tracker, record)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a tracker may raise anything
            name = type(asked.tracker).__name__
            self.failures.append(f"{name}.{record.call}: {facts_of(error)[0]}")
            self._local.remove(asked)
            _log.warning("tracker %s failed and is left out", name, exc_info=True)

    def _keep(self, spool: Spool, record: Record) -> None:
        try:
            spool.append(record)
        except Exception as error:  # noqa: BLE001 - a full disk fails no run
            self.failures.append(f"{record.call} was not kept: {facts_of(error)[0]}")
            _log.warning("a record for trackers was lost", exc_info=True)
        for feeder in self._feeders.values():
            feeder.wake(spool.written)
