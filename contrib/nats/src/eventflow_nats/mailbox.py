"""One inbox per connection, so that many messages are stored at once."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING

import msgspec
from attrs import define, field
from nats.js.errors import APIError, NoStreamResponseError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nats.aio.client import Client
    from nats.aio.msg import Msg

_NOBODY = "503"
_WINDOW = 4 * 2**20  # bytes under way at once
_ACK = msgspec.json.Decoder(dict)


@define
class Outgoing:
    """A message to be stored.

    Attributes:
        subject: Where it goes.
        content: Its bytes.
        headers: What travels beside them.
    """

    subject: str
    content: bytes = field(repr=False)
    headers: dict[str, str]


@define
class Stored:
    """What the server said of a message.

    Attributes:
        number: Its number in the stream.
        duplicate: Whether it was there before, under the same id.
    """

    number: int
    duplicate: bool


class Mailbox:
    """Receives what a server answers, and hands it to whoever waits.

    Args:
        client: The connection.
    """

    def __init__(self, client: Client) -> None:
        """Nothing is subscribed yet."""
        self._client = client
        self._prefix = client.new_inbox()
        self._waiting: dict[str, Callable[[Msg], None]] = {}
        self._numbers = count()

    async def open(self) -> Mailbox:
        """Subscribe."""
        await self._client.subscribe(
            f"{self._prefix}.*", cb=self._on, pending_msgs_limit=0, pending_bytes_limit=0
        )
        return self

    def address(self, receive: Callable[[Msg], None]) -> str:
        """Return a new address; what arrives there is handed to a function."""
        token = str(next(self._numbers))
        self._waiting[token] = receive
        return f"{self._prefix}.{token}"

    def forget(self, address: str) -> None:
        """Drop what arrives at an address from now on."""
        self._waiting.pop(address.rpartition(".")[2], None)

    async def publish(self, messages: Sequence[Outgoing], patience: float) -> list[Stored]:
        """Store messages in order, many under way at once.

        Args:
            messages: What to store.
            patience: Seconds that the server may be silent.

        Raises:
            APIError: The server refuses one.
            NoStreamResponseError: There is no stream for one.
            TimeoutError: The server does not answer.
        """
        stored: list[Stored] = []
        window: list[Outgoing] = []
        size = 0
        for message in messages:
            window.append(message)
            size += len(message.content)
            if size >= _WINDOW:
                stored += await self._publish(window, patience)
                window, size = [], 0
        return stored + await self._publish(window, patience)

    async def _publish(self, window: Sequence[Outgoing], patience: float) -> list[Stored]:
        answers: list[asyncio.Future[Stored]] = []
        addresses: list[str] = []
        loop = asyncio.get_running_loop()
        try:
            for message in window:
                answer: asyncio.Future[Stored] = loop.create_future()
                answers.append(answer)
                addresses.append(self.address(_settle(answer)))
                await self._client.publish(
                    message.subject, message.content, reply=addresses[-1], headers=message.headers
                )
            async with asyncio.timeout(patience) as limit:
                for answer in answers:
                    if not answer.done():
                        limit.reschedule(loop.time() + patience)
                    await answer
            return [answer.result() for answer in answers]
        finally:
            for address in addresses:
                self.forget(address)
            for answer in answers:
                if not answer.cancel() and not answer.cancelled():
                    answer.exception()  # looked at: the first one is raised

    async def _on(self, message: Msg) -> None:
        receive = self._waiting.get(message.subject.rpartition(".")[2])
        if receive is not None:
            receive(message)


def _settle(answer: asyncio.Future[Stored]) -> Callable[[Msg], None]:
    """Return what reads the server's answer to a message."""

    def on(message: Msg) -> None:
        if answer.done():
            return
        if (message.headers or {}).get("Status") == _NOBODY:
            answer.set_exception(NoStreamResponseError())
            return
        said = _ACK.decode(message.data)
        if "error" in said:
            try:
                APIError.from_error(said["error"])
            except APIError as error:
                answer.set_exception(error)
            return
        answer.set_result(Stored(said["seq"], bool(said.get("duplicate"))))

    return on
