"""Names of what lies on the server."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen


@frozen
class Keys:
    """Keys of one prefix; the braces keep them on one node of a cluster.

    Attributes:
        prefix: What they begin with.
    """

    prefix: str

    @property
    def events(self) -> str:
        """The stream of all events: one entry each, whose only field is the type with the JSON."""
        return f"{{{self.prefix}}}:events"

    @property
    def dead(self) -> str:
        """The stream of dead letters."""
        return f"{{{self.prefix}}}:dead"

    @property
    def index(self) -> str:
        """Letter id → entry of the stream of dead letters."""
        return f"{{{self.prefix}}}:dead:ids"

    @property
    def later(self) -> str:
        """Events to be tried again, by the ms since 1970 from which on: ``group position``."""
        return f"{{{self.prefix}}}:later"

    def channel(self, event_type: str) -> str:
        """Return the channel of a type, or of a pattern of types."""
        return f"{self.prefix}:{event_type}"


@frozen
class Link:
    """A way to the server.

    Attributes:
        client: Speaks with it; sends each command once.
        keys: Names of what lies there.
        where: The server, for messages.
        longest: Seconds that an event may be waited for.
    """

    client: Any = field(repr=False)
    keys: Keys
    where: str
    longest: float


@frozen
class Membership:
    """Which events a receiver shares with whom.

    Attributes:
        group: The group, as its users call it.
        pattern: Which types; receivers of other patterns are not of this group.
    """

    group: str
    pattern: str

    @property
    def name(self) -> str:
        """What the server calls the group."""
        return f"{self.group} {self.pattern}"


def number(position: str | bytes) -> tuple[int, int]:
    """Return a position as numbers that compare as the stream is ordered.

    Raises:
        ValueError: It is none.
    """
    text = position.decode() if isinstance(position, bytes) else position
    ms, _, rest = text.partition("-")
    return int(ms), int(rest or 0)
