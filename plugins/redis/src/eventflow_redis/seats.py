"""Who is who within a group: the names under which this process takes part."""

from __future__ import annotations

from threading import Lock

from attrs import define, field


@define(eq=False)
class Seat:
    """A name within a group, kept for whoever in this process takes part next.

    Attributes:
        consumer: The name.
        back: Whether someone in this process had it before: what is left under the name was then
            not left by a process that ended.
        resume: Position after which the group goes on if the server has forgotten it.
        due: Events to be tried again: when (monotonic), position, how often it was handed out.
    """

    consumer: str
    back: bool = False
    resume: str | None = None
    due: list[tuple[float, str, int]] = field(factory=list)


class Seats:
    """The seats of one transport.

    Args:
        name: What the names of its consumers begin with.
    """

    def __init__(self, name: str) -> None:
        """Start with none."""
        self._name = name
        self._free: dict[str, list[Seat]] = {}
        self._taken: dict[str, int] = {}
        self._lock = Lock()

    def take(self, group: str) -> Seat:
        """Return the first free seat of a group."""
        with self._lock:
            free = self._free.setdefault(group, [])
            if free:
                return free.pop(0)
            self._taken[group] = number = self._taken.get(group, 0) + 1
            return Seat(consumer=f"{self._name}-{number}")

    def give_back(self, group: str, seat: Seat) -> None:
        """Keep a seat for the next one."""
        with self._lock:
            free = self._free.setdefault(group, [])
            free.append(seat)
            free.sort(key=lambda s: s.consumer)
