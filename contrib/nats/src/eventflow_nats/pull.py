"""Fetching messages of a consumer, many with one question."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, Self

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

_NOBODY = "503"
_DELETED = "409"


class NoConsumerError(Exception):
    """The server does not know the consumer that was asked."""


class Pull:
    """Fetches messages of one consumer; one question at a time.

    Args:
        client: The connection.
        stream: The stream.
        consumer: The consumer.
    """

    def __init__(self, client: Client, stream: str, consumer: str) -> None:
        """Nothing is asked yet."""
        self._client = client
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._inbox = client.new_inbox()
        self._numbers = count()
        self._arrived: list[Msg] = []
        self._status = ""
        self._asked = ""
        self._wanted = 0
        self._answer: asyncio.Future[None] | None = None
        self._subscription: Subscription | None = None

    async def open(self) -> Self:
        """Listen for answers."""
        self._subscription = await self._client.subscribe(
            f"{self._inbox}.*", cb=self._on, pending_msgs_limit=0, pending_bytes_limit=0
        )
        return self

    async def fetch(self, limit: int, wait: float, patience: float) -> list[Msg]:
        """Return what is there, at most so many; else wait for the first one that comes.

        Args:
            limit: At most so many.
            wait: Seconds to wait.
            patience: Seconds that the server may be silent beyond that.

        Raises:
            NoConsumerError: The server does not know the consumer.
            TimeoutError: The server does not answer.
        """
        if not self._arrived:
            await self._ask({"batch": limit, "no_wait": True}, limit, patience)
        if not self._arrived and wait > 0:
            asked = {"batch": 1, "expires": max(int(wait * 1e9), 1_000_000)}
            await self._ask(asked, 1, wait + patience)
        found, self._arrived = self._arrived[:limit], self._arrived[limit:]
        return found

    async def close(self) -> list[Msg]:
        """Listen no more; return what arrived and was not fetched."""
        if self._subscription is not None and self._client.is_connected:
            await self._subscription.unsubscribe()
        return self._arrived

    async def _ask(self, request: Mapping[str, object], number: int, patience: float) -> None:
        self._status, self._wanted = "", number
        self._answer = asyncio.get_running_loop().create_future()
        self._asked = f"{self._inbox}.{next(self._numbers)}"
        await self._client.publish(self._subject, msgspec.json.encode(request), reply=self._asked)
        await asyncio.wait_for(self._answer, patience)
        if not self._arrived and self._status in {_NOBODY, _DELETED}:
            raise NoConsumerError(self._status)

    async def _on(self, message: Msg) -> None:
        if message.reply:  # where to acknowledge it; what the server says itself has none
            self._arrived.append(message)
        elif message.subject == self._asked:
            self._status = (message.headers or {}).get("Status", "")
        done = self._status or len(self._arrived) >= self._wanted
        if done and self._answer is not None and not self._answer.done():
            self._answer.set_result(None)
