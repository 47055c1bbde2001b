"""What was acknowledged last, kept beside the store.

A log that lost its end looks like a log that never had it. The witness tells them apart: it is
written after each commit and not synced, so it may lag behind the store after a power loss and
never run ahead of it.
"""

from __future__ import annotations

import logging
import os
import struct
import zlib
from typing import TYPE_CHECKING

from attrs import frozen

from eventflow.store.errors import StoreUnusableError

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)
_FORM = struct.Struct("<8sq32sI")
_MARK = b"EVFTWIT1"
_TRIES = 5  # a reader may meet a writer in the middle of its 52 bytes


@frozen
class Seen:
    """What a witness says.

    Attributes:
        position: Position of the last event that was acknowledged; None where nobody knows.
        damaged: Whether there is a witness that cannot be read.
    """

    position: int | None = None
    damaged: bool = False


class Witness:
    """The file beside a store that is open to append.

    Args:
        path: The store's file.

    Raises:
        StoreUnusableError: It cannot be written.
    """

    def __init__(self, path: Path) -> None:
        """Open it, or make it; its name is then on the disk."""
        place = witness_of(path)
        fresh = not place.exists()
        try:
            place.touch()
            self._file = place.open("r+b", buffering=0)
            if fresh:
                _sync_folder(place.parent)
        except OSError as error:
            raise StoreUnusableError.for_reason(path, f"its witness: {error}") from error
        self._told = False

    def note(self, position: int, link: bytes) -> None:
        """Write down what is acknowledged; a failure is logged once: the event itself is safe."""
        body = _MARK + position.to_bytes(8, "little", signed=True) + link
        try:
            self._file.seek(0)
            self._file.write(body + zlib.crc32(body).to_bytes(4, "little"))
        except OSError:
            if not self._told:
                _log.warning("the witness of an event store cannot be written", exc_info=True)
            self._told = True

    def close(self) -> None:
        """Release the file."""
        self._file.close()


def witness_of(path: Path) -> Path:
    """Return the place of a store's witness."""
    return path.with_name(f"{path.name}-witness")


def seen(path: Path) -> Seen:
    """Read the witness of a store; an empty or absent one knows nothing."""
    for _ in range(_TRIES):
        try:
            data = witness_of(path).read_bytes()
        except OSError:
            return Seen()
        if not data:
            return Seen()
        if len(data) == _FORM.size:
            mark, position, _, crc = _FORM.unpack(data)
            if mark == _MARK and crc == zlib.crc32(data[:-4]):
                return Seen(position)
    return Seen(damaged=True)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
