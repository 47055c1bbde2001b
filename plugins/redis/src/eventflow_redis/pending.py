"""What the server keeps of a group: how far it is, and what its consumers have not finished."""

from __future__ import annotations

from time import sleep, time
from typing import TYPE_CHECKING, Any

from redis.exceptions import ResponseError

from eventflow_redis import scripts
from eventflow_redis.keys import number
from eventflow_redis.packed import unpacked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from eventflow_redis.keys import Keys, Link
    from eventflow_redis.seats import Seat

_PAGE = 1000
_MANY = 32  # events at once; from then on more are there already, and nobody waits for them
_SHORT = 0.05  # seconds; who asks for less has something else to do soon
_MOMENT = 0.005  # seconds between two questions of such a one
_LAST = 2**64 - 1  # largest second part of a position


class Pending:
    """Speaks with the server for one consumer of a group.

    Args:
        link: Where the server is.
        group: What the server calls the group.
        seat: The consumer's name.
        start: Where the group begins if it is new: ``new``, ``earliest``, or after a position.
        idle: Milliseconds after which what a consumer took is left.
    """

    def __init__(self, link: Link, group: str, seat: Seat, *, start: str, idle: int) -> None:
        """Make the group, unless it is there."""
        self._do = link.client.execute_command
        self._client, self._keys, self._longest = link.client, link.keys, link.longest
        self._group, self._me = group, seat.consumer
        self.idle, self.where = idle, link.where
        self.look_every = min(max(idle / 4_000, 0.05), 5.0)
        self._read, self._flows = link.client.register_script(scripts.READ), False
        self._position = seat.resume or first_position(link, start)
        if not self._make(self._position):
            self._position = self._delivered()

    def new(self, limit: int, wait: float) -> Sequence[Any]:
        """Take events that no consumer of the group has had."""
        entries = self._packed(limit) if self._flows else self._one_by_one(limit, wait)
        self._flows = len(entries) >= _MANY
        if entries:
            place = entries[-1][0]
            self._position = place if isinstance(place, str) else place.decode()
        return entries

    def _packed(self, limit: int) -> Sequence[Any]:
        """Take what is there, as one text: reading a reply of many parts takes most of the time."""
        found = self._read(keys=[self._keys.events], args=[self._group, self._me, limit])
        return unpacked(found) if isinstance(found, bytes) else found or ()

    def _one_by_one(self, limit: int, wait: float) -> Sequence[Any]:
        found = self._do(
            "XREADGROUP", "GROUP", self._group, self._me, "COUNT", limit,
            *blocking(min(wait, self._longest)), "STREAMS", self._keys.events, ">",
        )  # fmt: skip
        if not found:
            sleep(min(wait, _MOMENT))
            return ()
        entries: Sequence[Any] = found[0][1]
        return entries

    def own(self, but: Collection[str]) -> list[tuple[str, int]]:
        """Return positions and counts of what lies under this consumer's name."""
        return self._lying(but, self._me)

    def left_by_others(self, but: Collection[str]) -> list[tuple[str, int]]:
        """Return positions and counts of what nobody has touched for too long."""
        return self._lying(but, idle=self.idle)

    def claim(self, counts: Mapping[str, int], *, idle: int) -> Sequence[Any]:
        """Take events that lie with someone, unless they are not due yet, or taken meanwhile.

        Args:
            counts: Positions → how often they were handed out.
            idle: Milliseconds that nobody may have touched them.
        """
        due = self._do("ZMSCORE", self._keys.later, *map(self._named, counts))
        now = time() * 1000
        early = {p for p, at in zip(counts, due, strict=True) if at is not None and float(at) > now}
        if early:
            self.touch(early)
        ready = [position for position in counts if position not in early]
        if not ready:
            return ()
        if any(due):
            self._do("ZREM", self._keys.later, *map(self._named, ready))
        found: Sequence[Any] = self._do(
            "XCLAIM", self._keys.events, self._group, self._me, idle, *ready
        )
        return found

    def ack(self, positions: Sequence[str]) -> None:
        """Take these from what the group is not done with."""
        if positions:
            self._do("XACK", self._keys.events, self._group, *positions)

    def touch(self, positions: Collection[str]) -> None:
        """Count their time from now on."""
        if positions:
            self._claim_as("0", *positions, "JUSTID")

    def later(self, position: str, after: float) -> None:
        """Keep when this one is due; from then on it counts as left."""
        ms = int(after * 1000)
        due = int(time() * 1000) + ms
        with self._client.pipeline(transaction=True) as steps:
            steps.execute_command("ZADD", self._keys.later, due, self._named(position))
            steps.execute_command(
                "XCLAIM", self._keys.events, self._group, self._me, "0", position,
                "IDLE", max(self.idle - ms, 0), "JUSTID",
            )  # fmt: skip
            steps.execute()

    def give_back(self, counts: Mapping[str, int]) -> None:
        """Let others have these at once, as if they had not been handed out this last time."""
        for count in sorted(set(counts.values())):
            positions = [p for p, c in counts.items() if c == count]
            self._claim_as("0", *positions, "IDLE", self.idle, "RETRYCOUNT", count - 1, "JUSTID")
        self._client.eval(scripts.LEAVE, 1, self._keys.events, self._group, self._me)

    def resume(self, held: Collection[str]) -> str:
        """Return the position after which everything is that is not done here."""
        if not held:
            return self._position
        ms, rest = min(map(number, held))
        return f"{ms}-{rest - 1}" if rest else f"{ms - 1}-{_LAST}"

    def make_again(self, held: Collection[str]) -> None:
        """Make the group that the server has forgotten, so that nothing is left out."""
        self._make(self.resume(held))

    def _make(self, position: str) -> bool:
        """Make the group, to begin after a position; tell whether it was not there."""
        if number(last_position(self._client, self._keys)) < number(position):
            position = "0-0"  # the stream is another one
        try:
            self._do("XGROUP", "CREATE", self._keys.events, self._group, position, "MKSTREAM")
        except ResponseError as error:
            if str(error).startswith("BUSYGROUP"):
                return False
            raise
        return True

    def _delivered(self) -> str:
        for group in groups(self._client, self._keys):
            if group["name"] == self._group:
                return group["last-delivered-id"]
        return "0-0"

    def _lying(
        self, but: Collection[str], consumer: str | None = None, idle: int = 0
    ) -> list[tuple[str, int]]:
        only = ("IDLE", idle) if idle else ()
        who = (consumer,) if consumer else ()
        found = self._do("XPENDING", self._keys.events, self._group, *only, "-", "+", _PAGE, *who)
        named = ((place.decode(), int(count)) for place, _, _, count in found)
        return [(position, count) for position, count in named if position not in but]

    def _claim_as(self, *words: Any) -> None:
        self._do("XCLAIM", self._keys.events, self._group, self._me, *words)

    def _named(self, position: str) -> str:
        return f"{self._group} {position}"


def blocking(wait: float) -> tuple[str | int, ...]:
    """Return how to wait for the first event; the server ends a wait up to 0.1 s late."""
    return ("BLOCK", int(wait * 1000)) if wait >= _SHORT else ()


def last_position(client: Any, keys: Keys) -> str:
    """Return the position of the last event; ``0-0`` where there is none."""
    found = client.execute_command("XREVRANGE", keys.events, "+", "-", "COUNT", 1)
    return found[0][0].decode() if found else "0-0"


def check_start(start: str) -> None:
    """Look whether a subscription can begin there.

    Raises:
        ValueError: It is none of ``new``, ``earliest`` or a position.
    """
    try:
        if start not in {"new", "earliest"}:
            number(start)
    except ValueError:
        msg = f'start is "{start}": write new, earliest, or a position such as 1700000000000-0'
        raise ValueError(msg) from None


def first_position(link: Link, start: str) -> str:
    """Return the position after which to begin."""
    if start == "new":
        return last_position(link.client, link.keys)
    return "0-0" if start == "earliest" else start


def groups(client: Any, keys: Keys) -> list[dict[str, str]]:
    """Return what the server says of each group."""
    try:
        found = client.execute_command("XINFO", "GROUPS", keys.events)
    except ResponseError as error:
        if "no such key" in str(error):
            return []
        raise
    return [{_text(k): _text(v) for k, v in _pairs(group)} for group in found]


def _pairs(group: Any) -> Any:
    if isinstance(group, dict):
        return group.items()
    return zip(group[::2], group[1::2], strict=True)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
