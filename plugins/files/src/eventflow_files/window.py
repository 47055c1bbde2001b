"""A bounded view that moves over the bytes of a file, compressed or not."""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from attrs import define

from eventflow_files.compression import compression_of, open_compressed
from eventflow_files.encoding import Transcoded, is_utf8
from eventflow_files.errors import TooLargeError, UnreadableFileError

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow_files.compression import Stream

_PIECE = 2**20
_SEEKING = Lock()


def _seek_and_read(descriptor: int, size: int, position: int, /) -> bytes:
    """Read at a position where the system has no call that does both, as Windows has none."""
    with _SEEKING:
        os.lseek(descriptor, position, os.SEEK_SET)
        return os.read(descriptor, size)


_read_at = getattr(os, "pread", _seek_and_read)
_OPEN = os.O_RDONLY | getattr(os, "O_BINARY", 0)  # Windows would translate line ends


class Window(Protocol):
    """Bytes of UTF-8 from a position that only moves forward."""

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes; fewer only at the end of the file."""
        ...

    def skip(self, size: int) -> None:
        """Move forward by bytes that were peeked at."""
        ...

    def close(self) -> None:
        """Release the file."""
        ...


def open_window(path: Path, encoding: str, *, max_bytes: int | None, max_expansion: int) -> Window:
    """Open a file for reading as UTF-8.

    Args:
        path: The file; gzip, zstd and xz are told by its first bytes.
        encoding: The encoding of what it holds.
        max_bytes: Most bytes of text it may hold; None for no limit.
        max_expansion: Most bytes of text per byte of a compressed file.

    Raises:
        TooLargeError: At once for a plain file, while reading for a compressed one.
        UnreadableFileError: The system does not let it be opened.
    """
    stream = open_bytes(path, max_bytes=max_bytes, max_expansion=max_expansion)
    if isinstance(stream, PlainWindow):
        if is_utf8(encoding):
            return stream.without_mark()
        return StreamWindow(Transcoded(Reading(stream), encoding))
    if encoding == "utf-8":
        return StreamWindow(stream)
    return StreamWindow(Transcoded(stream, encoding))


def open_bytes(path: Path, *, max_bytes: int | None, max_expansion: int) -> PlainWindow | Stream:
    """Open a file's bytes before any transcoding: a window if plain, a stream if compressed."""
    try:
        if compression_of(path) is not None:
            return open_compressed(path, max_bytes=max_bytes, max_expansion=max_expansion)
        size = path.stat().st_size
        if max_bytes is not None and size > max_bytes:
            raise TooLargeError.at(path, max_bytes)
        return PlainWindow(os.open(path, _OPEN), path)
    except OSError as error:
        raise UnreadableFileError.at(path, error.strerror or str(error)) from error


def read_head(path: Path, size: int, *, max_bytes: int | None, max_expansion: int) -> bytes:
    """Return at most the first `size` bytes of a file, decompressed, in its own encoding."""
    source = open_bytes(path, max_bytes=max_bytes, max_expansion=max_expansion)
    try:
        if isinstance(source, PlainWindow):
            return source.peek(size)
        return _gather(source, size)
    finally:
        source.close()


@define
class PlainWindow:
    """A window on a plain UTF-8 file; nothing is copied but what is peeked at."""

    descriptor: int
    path: Path
    position: int = 0

    def peek(self, size: int) -> bytes:
        """Return the next bytes."""
        try:
            data: bytes = _read_at(self.descriptor, size, self.position)
            while 0 < len(data) < size:
                more = _read_at(self.descriptor, size - len(data), self.position + len(data))
                if not more:
                    break
                data += more
        except OSError as error:
            raise UnreadableFileError.at(self.path, error.strerror or str(error)) from error
        return data

    def skip(self, size: int) -> None:
        """Move forward."""
        self.position += size

    def close(self) -> None:
        """Release the file."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def without_mark(self) -> PlainWindow:
        """Skip a UTF-8 byte order mark."""
        if self.peek(3) == b"\xef\xbb\xbf":
            self.skip(3)
        return self


@define
class StreamWindow:
    """A window on a stream; it keeps what was peeked at and not yet skipped."""

    stream: Stream
    _kept: bytes = b""
    _ended: bool = False

    def peek(self, size: int) -> bytes:
        """Return the next bytes."""
        if len(self._kept) < size and not self._ended:
            more = _gather(self.stream, size - len(self._kept))
            self._ended = not more
            self._kept += more
        if len(self._kept) < size and not self._ended:
            return self.peek(size)
        return self._kept[:size]

    def skip(self, size: int) -> None:
        """Move forward."""
        self._kept = self._kept[size:]

    def close(self) -> None:
        """Release the file."""
        self.stream.close()


@define
class LineFeeds:
    """A stream in which carriage returns, the line ends of old files, become line feeds."""

    raw: Stream

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""
        return self.raw.read(size).replace(b"\r", b"\n")

    def close(self) -> None:
        """Release the file."""
        self.raw.close()


@define
class Reading:
    """A window, read as a stream."""

    window: Window

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""
        data = self.window.peek(size)
        self.window.skip(len(data))
        return data

    def close(self) -> None:
        """Release the file."""
        self.window.close()


def _gather(stream: Stream, size: int) -> bytes:
    parts, left = [], size
    while left > 0 and (part := stream.read(min(left, _PIECE))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
