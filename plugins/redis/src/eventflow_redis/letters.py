"""Dead letters on the server: a stream of them, and an index by their ids."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from eventflow.bus.delivery import DeadLetter
from eventflow_redis import scripts
from eventflow_redis.errors import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventflow_redis.keys import Keys

_PAGE = 100


class RedisDeadLetters:
    """Keeps letters in the stream ``{prefix}:dead`` for as long as they are not removed.

    Args:
        connect: Returns what speaks with the server, at the first use.
        keys: Names of what lies there.
        where: The server, for messages.
    """

    def __init__(self, connect: Callable[[], Any], keys: Keys, where: str) -> None:
        """Nothing is sent yet."""
        self._connect, self._keys, self._where = connect, keys, where

    @cached_property
    def _client(self) -> Any:
        return self._connect()

    @cached_property
    def _bury(self) -> Any:
        return self._client.register_script(scripts.BURY)

    @cached_property
    def _remove(self) -> Any:
        return self._client.register_script(scripts.REMOVE)

    def put(self, letter: DeadLetter) -> None:
        """Keep a letter.

        Raises:
            RedisServerError: The server does not take it.
        """
        self.bury(letter, "")

    def bury(self, letter: DeadLetter, group: str) -> None:
        """Keep a letter, and in the same step take its event from what a group is not done with.

        Args:
            letter: The letter; its position is that of the event.
            group: The server's name of the group; empty to keep the letter only.

        Raises:
            RedisServerError: The server does not take it.
        """
        keys = self._keys
        fields = (
            "letter_id", letter.letter_id, "reason", letter.reason,
            "attempts", letter.attempts, "group", letter.group, "position", letter.position,
            "buried_at", letter.buried_at.isoformat(), "content", letter.content,
        )  # fmt: skip
        with told(self._where):
            self._bury(
                keys=[keys.dead, keys.index, keys.events],
                args=[group, letter.position, letter.letter_id, *fields],
            )

    def letters(self) -> Iterator[DeadLetter]:
        """Yield all letters, oldest first.

        Raises:
            RedisServerError: The server cannot be asked.
        """
        after = "-"
        while True:
            with told(self._where):
                page = self._client.execute_command(
                    "XRANGE", self._keys.dead, after, "+", "COUNT", _PAGE
                )
            if not page:
                return
            yield from (_read(fields) for _, fields in page)
            after = f"({page[-1][0].decode()}"

    def remove(self, letter_id: str) -> bool:
        """Forget a letter; tell whether it was there.

        Raises:
            RedisServerError: The server cannot be asked.
        """
        with told(self._where):
            found = self._remove(keys=[self._keys.dead, self._keys.index], args=[letter_id])
        return bool(found)


def _read(fields: list[bytes]) -> DeadLetter:
    said = dict(zip(fields[::2], fields[1::2], strict=True))
    return DeadLetter(
        letter_id=said[b"letter_id"].decode(),
        content=said[b"content"],
        reason=said[b"reason"].decode(),
        attempts=int(said[b"attempts"]),
        group=said[b"group"].decode(),
        position=said[b"position"].decode(),
        buried_at=datetime.fromisoformat(said[b"buried_at"].decode()),
    )
