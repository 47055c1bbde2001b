"""Opening files that may be compressed, as a stream of bytes with limits.

gzip, zstd and xz are told by their first bytes, not by their names. Files of several members
(``cat a.gz b.gz``) are read to the end.
"""

from __future__ import annotations

import gzip
import lzma
import sys
import zlib
from typing import IO, TYPE_CHECKING, Protocol, cast

from attrs import define

from eventflow_files.errors import CorruptFileError, TooLargeError, UnreadableFileError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from pathlib import Path

_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ\x00": "xz"}
_FLOOR = 64 * 2**20
_DECODE_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, zstd.ZstdError)


class Stream(Protocol):
    """Bytes, read from the front."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        ...

    def close(self) -> None:
        """Release the file."""
        ...


def compression_of(path: Path) -> str | None:
    """Return ``gzip``, ``zstd``, ``xz``, or None for a file that is not compressed."""
    with path.open("rb") as file:
        head = file.read(6)
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


def open_compressed(path: Path, *, max_bytes: int | None, max_expansion: int) -> Stream:
    """Open a compressed file as a stream of what it holds.

    Args:
        path: The file; `compression_of` must know it.
        max_bytes: Most bytes that may come out; None for no limit.
        max_expansion: Most bytes that may come out per byte of the file, above 64 MiB.
    """
    match compression_of(path):
        case "gzip":
            raw = cast("IO[bytes]", gzip.open(path, "rb"))  # noqa: SIM115 - the stream closes it
        case "zstd":
            raw = cast("IO[bytes]", zstd.open(path, "rb"))
        case _:
            raw = cast("IO[bytes]", lzma.open(path, "rb"))  # noqa: SIM115 - the stream closes it
    return _Guarded(raw, path, max_bytes, max_expansion)


@define
class _Guarded:
    """A decompressing stream that counts what comes out and gives coded errors."""

    raw: IO[bytes]
    path: Path
    max_bytes: int | None
    max_expansion: int
    out: int = 0

    def read(self, size: int, /) -> bytes:
        try:
            data = self.raw.read(size)
        except _DECODE_ERRORS as error:
            raise CorruptFileError.at(self.path, str(error)) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise UnreadableFileError.at(self.path, reason) from error
        self.out += len(data)
        self._check()
        return data

    def close(self) -> None:
        self.raw.close()

    def _check(self) -> None:
        if self.max_bytes is not None and self.out > self.max_bytes:
            raise TooLargeError.at(self.path, self.max_bytes)
        size = self.path.stat().st_size
        if self.out > max(_FLOOR, self.max_expansion * size):
            raise TooLargeError.bomb(self.path, self.max_expansion)
