"""Sinks that write one file, whole or not at all.

Rows go to a hidden file beside the target; committing renames it, which replaces the target in one
step. A process that is killed in between leaves the old output as it was, and a hidden file that
the next write to the same target removes.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from eventflow.base import BaseSink, ComponentConfig
from eventflow.liveness import exists
from eventflow_files.errors import (
    OutputExistsError,
    OutputIsFolderError,
    OutputIsSpecialError,
    UnwritableColumnError,
    WriteError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from eventflow.errors import EventflowError
    from eventflow.frame import EventFrame

_TEXT_COMPRESSION: dict[str, Literal["gzip", "zstd"]] = {
    ".gz": "gzip", ".gzip": "gzip", ".zst": "zstd", ".zstd": "zstd",
}  # fmt: skip
_FULL = re.compile(r"No space left on device|Disk quota exceeded|File too large", re.IGNORECASE)


class SinkOptions(ComponentConfig):
    """Options that all file sinks share.

    Attributes:
        path: File to write; folders on the way are made.
        exists: What to do if the file is there already: ``replace`` it or ``fail``.
    """

    path: str = Field(min_length=1, examples=["out/result.parquet"])
    exists: Literal["replace", "fail"] = "replace"


class FileSink(BaseSink):
    """A sink for one file; subclasses say how rows become bytes."""

    Config: ClassVar[type[SinkOptions]] = SinkOptions
    config: SinkOptions
    example: ClassVar[str] = "result"
    _aside: Path | None = None

    @property
    def target(self) -> Path:
        """The file that `commit` makes visible; a link is followed, so that it stays a link."""
        path = os.path.expanduser(self.config.path)  # noqa: PTH111 - Path.expanduser fails without a home
        return Path(os.path.realpath(path))  # Path.resolve raises for links in a circle

    def write(self, frame: EventFrame) -> pl.LazyFrame:
        """Return a lazy sink node that writes beside the target.

        Raises:
            OutputIsFolderError: The path names a folder.
            OutputIsSpecialError: The path names a pipe, a socket or a device.
            OutputExistsError: The file exists, and may not be replaced.
            UnwritableColumnError: The format cannot hold a column.
            WriteError: The folder cannot be made or written to.
        """
        self.abort()
        self.check()
        for column, dtype in frame.columns().items():
            if self.cannot_hold(dtype):
                raise UnwritableColumnError.in_format(column, dtype, type(self).__name__)
        target = self.target
        self._aside = _reserve(target)
        return self.sink(frame.lazy, self._aside)

    def cannot_hold(self, dtype: pl.DataType) -> bool:
        """Whether the format has no way to write values of a dtype; none, unless told."""
        del dtype
        return False

    def sink(self, lazy: pl.LazyFrame, target: Path) -> pl.LazyFrame:
        """Return a lazy sink node that writes the rows to a path."""
        raise NotImplementedError

    def commit(self) -> Sequence[Path | str]:
        """Flush to the disk, then rename over the target.

        Raises:
            WriteError: The system refuses; the old output is as it was.
        """
        aside, target = self._aside, self.target
        if aside is None:
            return []
        try:
            self.check()
            _flush(aside)
            os.replace(aside, target)  # noqa: PTH105 - os.replace is the atomic rename by contract
            _flush(target.parent)
        except OSError as error:
            self.abort()
            raise WriteError.at(target, error.strerror or str(error)) from error
        self._aside = None
        return [Path(self.config.path)]

    def abort(self) -> None:
        """Remove what was written aside."""
        if self._aside is not None:
            with suppress(OSError):
                self._aside.unlink(missing_ok=True)
            self._aside = None

    def paths_written(self) -> Sequence[Path | str]:
        """Return the file."""
        return [Path(os.path.expanduser(self.config.path))]  # noqa: PTH111 - see `target`

    def explain(self, error: BaseException) -> EventflowError | None:
        """Return the coded error for what the engine raised while writing, if writing is to blame.

        Polars reports a full disk as OSError or ComputeError without an errno: the text decides.
        """
        if found := _FULL.search(str(error)):
            return WriteError.at(self.target, found[0])
        return None

    def compression_by_name(self) -> Literal["uncompressed", "gzip", "zstd"]:
        """Return the compression that the path's ending names."""
        return _TEXT_COMPRESSION.get(Path(self.config.path).suffix.lower(), "uncompressed")

    def check(self) -> None:
        """Refuse an output that cannot be written, before anything is read.

        Raises:
            FileError: The output is a folder or no regular file, cannot be looked at, or exists
                and must not be replaced.
        """
        path, mode = Path(self.config.path), _mode(self.target)
        if self.config.path.endswith(os.sep) or (mode is not None and stat.S_ISDIR(mode)):
            raise OutputIsFolderError.at(path, self.example)
        if mode is None:
            return
        if not stat.S_ISREG(mode):
            raise OutputIsSpecialError.at(path, _kind(mode), self.example)
        if self.config.exists == "fail":
            raise OutputExistsError.at(path)


def _mode(target: Path) -> int | None:
    """Return what stands at a path whose links are followed; None if nothing does."""
    try:
        return target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:  # links in a circle, a folder that may not be searched
        raise WriteError.at(target, error.strerror or str(error)) from error


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "named pipe"
    return "socket" if stat.S_ISSOCK(mode) else "device"


def _reserve(target: Path) -> Path:
    """Make the hidden file, which shows at once whether writing is allowed."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(target)
        mode = target.stat().st_mode & 0o777 if target.exists() else None
        if mode is not None and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        aside = _aside_path(target)
        aside.touch(exist_ok=False)
        if mode is not None:
            aside.chmod(mode)
    except OSError as error:
        raise WriteError.at(target, error.strerror or str(error)) from error
    return aside


def _aside_path(target: Path) -> Path:
    # a name of bounded length: a target's own name may already be as long as names can be
    return target.with_name(f".{target.name[:120]}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part")


def _remove_stale(target: Path) -> None:
    """Remove what writers that no longer run have left beside the target."""
    pattern = re.compile(rf"\.{re.escape(target.name[:120])}\.(\d+)-[0-9a-f]{{8}}\.part")
    for name in os.listdir(target.parent):  # noqa: PTH208 - names are all that is needed
        found = pattern.fullmatch(name)
        if found and not exists(int(found[1])):
            with suppress(OSError):
                (target.parent / name).unlink()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
