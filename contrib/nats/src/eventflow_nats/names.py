"""Names of what lies on the server: streams, subjects, consumers and positions."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote, unquote

from attrs import frozen

_LETTERS = r"[^\s*>%\x00-\x1f\x7f]"
_EMPTY = "%"  # no token may be empty
_PLAIN = re.compile(rf"{_LETTERS}+")


@frozen
class Names:
    """Names of one prefix.

    Attributes:
        prefix: What they begin with.
    """

    prefix: str

    @property
    def events(self) -> str:
        """The stream of all events; the subject of one is ``{prefix}.events.`` and its type."""
        return f"{self.prefix}-events"

    @property
    def dead(self) -> str:
        """The stream of dead letters: ``{prefix}.dead.{event id}.{letter id}``."""
        return f"{self.prefix}-dead"

    @property
    def tries(self) -> str:
        """The stream of attempts: ``{prefix}.tries.{consumer}.{position}``, the last of each."""
        return f"{self.prefix}-tries"

    def all_of(self, stream: str) -> str:
        """Return the subject filter of everything in a stream."""
        return f"{self.prefix}.{stream.removeprefix(f'{self.prefix}-')}.>"

    def event(self, event_type: str) -> str:
        """Return the subject of a type."""
        tokens = (_token(token) for token in event_type.split("."))
        return f"{self.prefix}.events.{'.'.join(tokens)}"

    def event_type(self, subject: str) -> str:
        """Return the type that a subject stands for."""
        tokens = subject.removeprefix(f"{self.prefix}.events.").split(".")
        return ".".join("" if part == _EMPTY else unquote(part) for part in tokens)

    def filter(self, pattern: str) -> str:
        """Return the narrowest subject filter that has all types of a pattern.

        ``*`` of a pattern is one segment or more, which NATS can only say of the end: what follows
        the first ``*`` is matched by the receiver.
        """
        before, star, _ = pattern.partition("*")
        return f"{self.prefix}.events.{before}{'>' if star else ''}"

    def letter(self, event_id: str, letter_id: str) -> str:
        """Return the subject of a dead letter; ``*`` for either stands for any."""
        return f"{self.prefix}.dead.{event_id or '-'}.{letter_id}"

    def attempt(self, consumer: str, position: str) -> str:
        """Return the subject under which attempts of one event are kept."""
        return f"{self.prefix}.tries.{consumer}.{position}"


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
    def consumer(self) -> str:
        """What the server calls the group: readable, and different for different ones."""
        said = f"{self.group} {self.pattern}"
        digest = hashlib.sha256(said.encode()).hexdigest()[:12]
        return f"{re.sub(r'[^A-Za-z0-9]+', '-', said).strip('-')[:40]}-{digest}"

    def consumer_in(self, life: int) -> str:
        """Return what the server calls the group in a stream that was made then.

        Numbers begin again in a stream that is made anew: what is said late of an event of the
        old one must not reach a consumer of the new one, where another event has its number.
        """
        return f"{self.consumer}-{life}"


@frozen(order=True)
class Position:
    """Where an event lies.

    Attributes:
        life: Milliseconds from 1970 until the stream was made: after a wipe numbers begin again.
        number: Number in the stream, from 1.
    """

    life: int
    number: int

    @classmethod
    def of(cls, text: str) -> Position:
        """Read what `str` wrote.

        Raises:
            ValueError: It is no position.
        """
        life, _, number = text.partition("-")
        return cls(int(life), int(number))

    def __str__(self) -> str:
        """Write it as ``life-number``."""
        return f"{self.life}-{self.number}"


def check_start(start: str) -> None:
    """Look whether a subscription can begin there.

    Raises:
        ValueError: It is none of ``new``, ``earliest`` or a position.
    """
    try:
        if start not in {"new", "earliest"}:
            Position.of(start)
    except ValueError:
        msg = f'start is "{start}": write new, earliest, or a position such as 1700000000000-1'
        raise ValueError(msg) from None


def _token(text: str) -> str:
    if not text:
        return _EMPTY
    return text if _PLAIN.fullmatch(text) else quote(text, safe="")
