"""Taking files in: from a path, or from a stream that is put aside for as long as it is needed."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eventflow.facade.files import (
    TEXT,
    CompressedFileError,
    FileTooLargeError,
    IncompleteUploadError,
    is_compressed,
    source_for,
)
from eventflow.facade.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from typing import BinaryIO

_MIB: Final = 2**20


class DataIngestionService:
    """Takes files in, within limits.

    Args:
        max_file_size: Most bytes a file may have, and most bytes of text one may hold once it is
            decompressed; None for no limit.
        chunk_size: Bytes of a stream that are held in memory at once.
        enable_compression: Whether text files may be compressed with gzip, Zstandard or xz.

    Raises:
        ValueError: A size is below 1.
    """

    def __init__(
        self,
        *,
        max_file_size: int | None = 100 * _MIB,
        chunk_size: int = 8192,
        enable_compression: bool = True,
    ) -> None:
        """Take the options; nothing is read."""
        if chunk_size < 1 or (max_file_size is not None and max_file_size < 1):
            msg = "max_file_size and chunk_size must be at least 1"
            raise ValueError(msg)
        self._limit = max_file_size
        self._chunk = chunk_size
        self._compression = enable_compression

    def source(self, path: Path) -> dict[str, Any]:
        """Return the source of a pipeline that reads a file.

        Raises:
            UnknownFileTypeError: The file's name does not say what it holds.
            CompressedFileError: It is compressed, and that is not allowed.
            FileTooLargeError: It has too many bytes.
        """
        use = self._kind(path)
        size = path.stat().st_size if path.is_file() else 0  # a missing file is the source's error
        self._check_size(path.name, size)
        limited = {"max_bytes": self._limit} if use in TEXT and self._limit is not None else {}
        return {"use": use, "path": str(path), **limited}

    @asynccontextmanager
    async def received(
        self, stream: Any, filename: str, content_length: int | None = None
    ) -> AsyncIterator[Path]:
        """Put a stream aside as a file, and remove it in the end, whatever happens.

        Args:
            stream: Something with `read(size)`, plain or async, or an iterable of chunks, likewise;
                of bytes, or of text that becomes UTF-8.
            filename: Name that says what the stream holds; folders in it are ignored.
            content_length: Bytes that were announced, if any were.

        Yields:
            The file.

        Raises:
            UnknownFileTypeError: The name does not say what the stream holds.
            CompressedFileError: It is compressed, and that is not allowed.
            FileTooLargeError: Too many bytes were announced, or came.
            IncompleteUploadError: Not as many bytes came as were announced.
        """
        name = Path(filename.replace("\\", "/")).name
        self._kind(Path(name))
        self._check_size(name, content_length or 0)
        with scratch_folder() as folder:
            path = folder / name
            with path.open("wb") as file:
                received = await self._copy(stream, file, name)
            if content_length is not None and received != content_length:
                raise IncompleteUploadError.by(name, announced=content_length, received=received)
            yield path

    def _kind(self, path: Path) -> str:
        use = source_for(path)
        if is_compressed(path) and not self._compression:
            raise CompressedFileError.by(path.name)
        return use

    def _check_size(self, name: str, size: int) -> None:
        if self._limit is not None and size > self._limit:
            raise FileTooLargeError.by(name, self._limit, size=size)

    async def _copy(self, stream: Any, file: BinaryIO, name: str) -> int:
        """Copy a stream and return its size; what blocks is read in a thread."""
        read = getattr(stream, "read", None)
        if not inspect.iscoroutinefunction(read) and not hasattr(stream, "__aiter__"):
            return await asyncio.to_thread(self._copy_blocking, stream, file, name)
        size = 0
        async for chunk in _chunks(stream, self._chunk):
            size = self._written(chunk, file, name, size)
        return size

    def _copy_blocking(self, stream: Any, file: BinaryIO, name: str) -> int:
        size = 0
        for chunk in _plain_chunks(stream, self._chunk):
            size = self._written(chunk, file, name, size)
        return size

    def _written(self, chunk: bytes | str, file: BinaryIO, name: str, size: int) -> int:
        data = chunk.encode() if isinstance(chunk, str) else chunk
        size += len(data)
        if self._limit is not None and size > self._limit:
            raise FileTooLargeError.by(name, self._limit)
        file.write(data)
        return size


async def _chunks(stream: Any, size: int) -> AsyncIterator[bytes | str]:
    if hasattr(stream, "read"):
        while chunk := await stream.read(size):
            yield chunk
    else:
        async for chunk in stream:
            yield chunk


def _plain_chunks(stream: Any, size: int) -> Iterator[bytes | str]:
    if hasattr(stream, "read"):
        while chunk := stream.read(size):
            yield chunk
    else:
        yield from stream
