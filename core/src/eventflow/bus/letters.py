"""Dead letters: events that were given up, kept until someone looks at them or sends them again."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import msgspec

from eventflow.bus.delivery import DeadLetter
from eventflow.events import EventTypes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventflow.types import DeadLetters, Transport

_DECODER = msgspec.json.Decoder(DeadLetter)


class MemoryDeadLetters:
    """Keeps the last letters of this process.

    Args:
        keep: How many; the oldest leave first.
    """

    def __init__(self, keep: int = 10_000) -> None:
        """Start with none."""
        self._letters: deque[DeadLetter] = deque(maxlen=keep)
        self._lock = Lock()

    def put(self, letter: DeadLetter) -> None:
        """Keep a letter."""
        with self._lock:
            self._letters.append(letter)

    def letters(self) -> Iterable[DeadLetter]:
        """Return all letters, oldest first."""
        with self._lock:
            return tuple(self._letters)

    def remove(self, letter_id: str) -> bool:
        """Forget a letter; tell whether it was there."""
        with self._lock:
            found = [letter for letter in self._letters if letter.letter_id == letter_id]
            for letter in found:
                self._letters.remove(letter)
        return bool(found)


class FolderDeadLetters:
    """Keeps each letter in a file of its own, ``<letter id>.json``, for as long as it is there.

    Several processes may share the folder: a letter appears whole or not at all.

    Args:
        folder: Where; made with the first letter.
    """

    def __init__(self, folder: Path | str) -> None:
        """Nothing is made before there is a letter."""
        self.folder = Path(folder)

    def put(self, letter: DeadLetter) -> None:
        """Keep a letter."""
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = self.folder / f".{letter.letter_id}.tmp"
        aside.write_bytes(msgspec.json.encode(letter))
        aside.replace(self.folder / f"{letter.letter_id}.json")

    def letters(self) -> Iterable[DeadLetter]:
        """Yield all letters, oldest first: their ids begin with the time."""
        for path in sorted(self.folder.glob("*.json")):
            try:
                yield _DECODER.decode(path.read_bytes())
            except FileNotFoundError:
                continue  # another process has just sent it again

    def remove(self, letter_id: str) -> bool:
        """Forget a letter; tell whether it was there."""
        try:
            (self.folder / f"{letter_id}.json").unlink()
        except FileNotFoundError:
            return False
        return True


def resend(letter: DeadLetter, transport: Transport, letters: DeadLetters) -> None:
    """Send a letter's event again, under its own id, and forget the letter once it is accepted.

    Raises:
        EventError: Its content is no event.
        Exception: The transport did not accept it; the letter stays.
    """
    transport.send([EventTypes.defined().decode(letter.content)])
    letters.remove(letter.letter_id)
