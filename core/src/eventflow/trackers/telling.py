"""Telling one tracker one record, whatever of the contract it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventflow.trackers.records import Record

if TYPE_CHECKING:
    from eventflow.trackers.spool import Header, Spool


def tell(tracker: Any, record: Record) -> None:
    """Make one call; a method that the tracker lacks is passed over.

    Raises:
        BaseException: Whatever the tracker raises.
    """
    method = getattr(tracker, record.call, None)
    if method is None:
        return
    tracker.told_at = record.at
    values = record.values
    if record.call in {"start", "resume"} and values[-1] is None:
        values = values[:-1]  # a tracker that knows no nesting takes three
    method(*values)


class Delivery:
    """Tells a tracker what a spool has for it, in order, each record once.

    Attributes:
        tracker: The tracker.
        position: How far it is, in bytes of records.
        sent: Records it was told of by this delivery.
        telling: The call that was made last.
    """

    def __init__(self, spool: Spool, number: int, tracker: Any, *, new: bool = False) -> None:
        """Begin where the tracker was left; `new` says that this tracker is the one left there."""
        self.tracker = tracker
        self.position = spool.position(number)
        self.sent = 0
        self.telling = "start"
        self._spool = spool
        self._number = number
        self._knows = new or self.position == 0

    def step(self) -> bool:
        """Tell the next record; return whether there was one.

        Raises:
            BaseException: Whatever the tracker raises; the record then is the next one still.
        """
        found = next(self._spool.records(self.position), None)
        if found is None:
            return False
        record, position = found
        if not self._knows:
            self.telling = "resume"
            self._resume(record)
        self.telling = record.call
        tell(self.tracker, record)
        self._spool.reached(self._number, position)
        self.position = position
        self.sent += 1
        return True

    def _resume(self, record: Record) -> None:
        """Have the tracker take up the run; one that gathers is told the rest again."""
        tell(self.tracker, _resumed(self._spool.header, record))
        if getattr(self.tracker, "gathers", False):
            for before, position in self._spool.records(0):
                if position > self.position:
                    break
                if before.call not in {"start", "finish"}:
                    tell(self.tracker, before)
        self._knows = True


def _resumed(header: Header, record: Record) -> Record:
    values = (header.run_id, header.name, header.started_at, header.parent)
    return Record(at=record.at, call="resume", values=values)
