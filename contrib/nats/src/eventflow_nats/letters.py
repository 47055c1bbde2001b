"""Dead letters on the server: a stream of them, each under a subject of its own."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import msgspec
from attrs import asdict, evolve
from nats.js.api import AckPolicy, ConsumerConfig

from eventflow.bus.delivery import DeadLetter
from eventflow_nats.mailbox import Outgoing
from eventflow_nats.pull import Pull
from eventflow_nats.streams import found_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nats.aio.msg import Msg

    from eventflow_nats.link import Line, Link
    from eventflow_nats.names import Names
    from eventflow_nats.streams import Streams

_HEADER = "Eventflow-Letter"
_PAGE = 100
_LONGEST = 1000  # characters of a reason
_FOREIGN = "someone else put it among the dead letters, and does not say why"
ROOM = 4096
"""Bytes that what a letter says may take beside its event."""


class NatsDeadLetters:
    """Keeps letters in the stream ``{prefix}-dead`` for as long as they are not removed.

    Args:
        link: The way to the servers.
        names: What lies there.
        streams: Makes what is missing.
    """

    def __init__(self, link: Link, names: Names, streams: Streams) -> None:
        """Nothing is sent yet."""
        self._link, self._names, self._streams = link, names, streams

    def put(self, letter: DeadLetter) -> None:
        """Keep a letter; of an event that is too large for the server, its beginning.

        Raises:
            NatsServerError: The server does not take it.
        """

        async def store(line: Line) -> None:
            message = self._message(letter, line.client.max_payload)
            await self._streams.publish(line, self._names.dead, [message], self._link.patience)

        self._link.call(store)

    def letters(self) -> Iterator[DeadLetter]:
        """Yield all letters, oldest first.

        Raises:
            NatsServerError: The server cannot be asked.
        """
        name = f"list-{uuid4().hex}"
        pull = self._link.call(lambda line: self._begin(line, name))
        if pull is None:
            return
        try:
            while True:
                page = self._link.call(lambda _: pull.fetch(_PAGE, 0.0, self._link.patience))
                if not page:
                    return
                yield from map(_read, page)
        finally:
            self._link.call(lambda _: pull.close())

    def remove(self, letter_id: str) -> bool:
        """Forget a letter; tell whether it was there.

        Raises:
            NatsServerError: The server cannot be asked.
        """

        async def forget(line: Line) -> bool:
            subject = self._names.letter("*", _safe(letter_id))
            found = await self._streams.last(line, self._names.dead, subject)
            if found is None or found.seq is None:
                return False
            return (
                await found_or_none(
                    lambda: line.streams.delete_msg(self._names.dead, found.seq or 0)
                )
                is not None
            )

        return self._link.call(forget)

    async def of_event(self, line: Line, event_id: str) -> str:
        """Return the id of the last letter of an event; empty where it has none."""
        subject = self._names.letter(_safe(event_id), "*")
        found = await self._streams.last(line, self._names.dead, subject)
        return "" if found is None else str(found.subject).rpartition(".")[2]

    async def _begin(self, line: Line, name: str) -> Pull | None:
        config = ConsumerConfig(
            name=name, ack_policy=AckPolicy.NONE, mem_storage=True, inactive_threshold=60.0
        )
        made = await found_or_none(lambda: line.streams.add_consumer(self._names.dead, config))
        if made is None:
            return None
        return await Pull(line.client, self._names.dead, name).open()

    def _message(self, letter: DeadLetter, largest: int) -> Outgoing:
        cut = evolve(letter, content=b"", reason=letter.reason[:_LONGEST])
        said = asdict(cut) | {"buried_at": letter.buried_at.isoformat()}
        del said["content"]
        subject = self._names.letter(_safe(_event_id(letter.content)), _safe(letter.letter_id))
        headers = {_HEADER: json.dumps(said), "Nats-Msg-Id": _once(letter)}
        content = letter.content
        if len(content) + ROOM > largest:
            content = content[: max(largest - ROOM, 0)]
        return Outgoing(subject, content, headers)


def _once(letter: DeadLetter) -> str:
    """Return what two letters have in common that say the same: one burial that was repeated."""
    if not letter.position:
        return letter.letter_id
    return f"{_safe(letter.group)}/{letter.position}/{letter.attempts}"


def _safe(text: str) -> str:
    """Return a text that is one token of a subject."""
    return quote(text, safe="").replace(".", "%2E").replace("*", "%2A")


def _event_id(content: bytes) -> str:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return str(found.get("event_id", "")) if isinstance(found, dict) else ""


def _read(message: Msg) -> DeadLetter:
    try:
        said: dict[str, Any] = json.loads((message.headers or {})[_HEADER])
        said["buried_at"] = datetime.fromisoformat(said["buried_at"])
        return DeadLetter(content=message.data, **said)
    except (KeyError, TypeError, ValueError):
        letter_id = message.subject.rpartition(".")[2]
        return DeadLetter(letter_id=letter_id, content=message.data, reason=_FOREIGN)
