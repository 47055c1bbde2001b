"""Sending what trackers were not told while their runs went on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from eventflow.config.loading import host_of, load
from eventflow.config.model import PluginOptions
from eventflow.config.secrets import MASK, Secrets
from eventflow.errors import EventflowError, facts_of
from eventflow.runs.store_errors import AmbiguousRunError, UnknownRunError
from eventflow.trackers.errors import HiddenOptionsError, UndeliveredError
from eventflow.trackers.records import Record
from eventflow.trackers.single import built, one_tracker
from eventflow.trackers.spool import Header, Place, Spool, header_of
from eventflow.trackers.telling import Delivery

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.plugins import PluginHost


@frozen(kw_only=True)
class Sent:
    """What became of what waited for one tracker of one run.

    Attributes:
        run: Short id of the run.
        name: Name of its pipeline.
        tracker: Name of the tracker.
        records: Records that were sent.
        waiting: Records that still wait.
        busy: Whether another process has them: the run goes on, or they are being sent.
        error: Why not everything was sent; None when it was.
    """

    run: str
    name: str
    tracker: str
    records: int = 0
    waiting: int = 0
    busy: bool = False
    error: EventflowError | None = field(default=None, eq=False)


def sync(home: Path, asked: str | None = None, *, host: PluginHost | None = None) -> Iterator[Sent]:
    """Send what waits, run by run, each record once.

    Sending may be interrupted at any moment and done again: what a tracker has taken is not sent
    again. A run whose process was killed is finished as ``FAILED``.

    Args:
        home: Folder of the run store.
        asked: Short id, run id, or the beginning of either; None for every run.
        host: The plugin host; a new one by default.

    Yields:
        What became of each tracker's records.

    Raises:
        UnknownRunError: Something waits, but not of such a run.
        AmbiguousRunError: Several runs fit.
    """
    for folder in _asked(home, asked):
        yield from _sync_one(folder, host or host_of(PluginOptions()))


def _asked(home: Path, asked: str | None) -> Sequence[Path]:
    folders = Place(home).folders()
    if asked is None or not folders:
        return folders
    wanted = asked.lower()
    fitting = [f for f in folders if f.name.startswith(wanted) or _short(f.name).startswith(wanted)]
    if len(fitting) > 1:
        raise AmbiguousRunError.for_prefix(asked, [_short(f.name) for f in fitting])
    if not fitting:
        raise UnknownRunError.for_id(asked, [_short(f.name) for f in folders], home / "spool")
    return fitting


def _sync_one(folder: Path, host: PluginHost) -> Iterator[Sent]:
    header = header_of(folder)
    spool = Spool.open(folder)
    if spool is None:
        yield from (evolve(_before(header, n), busy=True) for n in range(len(header.trackers)))
        return
    try:
        if not spool.ended:
            spool.append(Record(at=datetime.now(UTC), call="finish", values=("FAILED",)))
        for number in range(len(header.trackers)):
            if spool.position(number) < spool.written:
                yield _deliver(spool, number, host)
    finally:
        spool.close()


def _before(header: Header, number: int) -> Sent:
    use = str(header.trackers[number]["use"])
    return Sent(run=_short(header.run_id), name=header.name, tracker=use)


def _deliver(spool: Spool, number: int, host: PluginHost) -> Sent:
    sent, secrets = _before(spool.header, number), Secrets()
    try:
        tracker, secrets = _built(spool.header, number, host)
        delivery = Delivery(spool, number, tracker)
        while delivery.step():
            sent = evolve(sent, records=delivery.sent)
    except KeyboardInterrupt:
        raise
    except EventflowError as error:
        return evolve(sent, waiting=spool.waiting(number), error=error)
    except BaseException as error:  # noqa: BLE001 - a tracker may raise anything
        waiting, reason = spool.waiting(number), secrets.hide(facts_of(error)[0])
        told = UndeliveredError.of_tracker(sent.tracker, sent.run, waiting, reason)
        return evolve(sent, waiting=waiting, error=told)
    return sent


def _built(header: Header, number: int, host: PluginHost) -> tuple[Any, Secrets]:
    """Build a tracker as the run had it; secrets come from where the configuration says."""
    definition = header.trackers[number]
    if MASK in str(definition):
        return _from_file(header, number, host)
    one = one_tracker(definition, host)
    return one.asked.tracker, one.secrets


def _from_file(header: Header, number: int, host: PluginHost) -> tuple[Any, Secrets]:
    name = str(header.trackers[number]["use"])
    if header.config_path is None or not Path(header.config_path).is_file():
        raise HiddenOptionsError.of_tracker(name, _short(header.run_id))
    config = load(header.config_path)
    at = header.places[number]
    if at >= len(config.trackers) or config.trackers[at].name != name:
        raise HiddenOptionsError.of_tracker(name, _short(header.run_id))
    return built(config.trackers[at], host, config.secrets), config.secrets


def _short(run_id: str) -> str:
    return run_id.replace("-", "")[-8:]
