"""The file system of `disk_fuse`, a process of its own: it is killed when the power goes.

Importing it loads libfuse, which may be absent.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mfusepy

if TYPE_CHECKING:
    from collections.abc import Iterator


class Forgetful(mfusepy.Operations):  # type: ignore[misc] # mfusepy has no types  # type: ignore[misc] # it has no types
    """Files of `now`, copied to `synced` when they are synced."""

    use_ns = True

    def __init__(self, now: Path, synced: Path) -> None:
        self._now, self._synced = now, synced

    def _at(self, path: str) -> Path:
        return self._now / path.lstrip("/")

    def _kept(self, path: str) -> Path:
        return self._synced / path.lstrip("/")

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        try:
            found = self._at(path).lstat()
        except FileNotFoundError:
            raise mfusepy.FuseOSError(errno.ENOENT) from None
        names = ("st_mode", "st_size", "st_nlink", "st_uid", "st_gid")
        times = {f"st_{n}time": getattr(found, f"st_{n}time_ns") for n in "amc"}
        return {name: getattr(found, name) for name in names} | times

    def readdir(self, path: str, fh: int) -> Iterator[str]:
        yield from (".", "..", *(p.name for p in self._at(path).iterdir()))

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        return os.open(self._at(path), os.O_RDWR | os.O_CREAT, mode)

    def open(self, path: str, flags: int) -> int:
        return os.open(self._at(path), os.O_RDWR | (flags & os.O_TRUNC))

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        os.truncate(self._at(path), length)

    def release(self, path: str, fh: int) -> None:
        os.close(fh)

    def fsync(self, path: str, datasync: int, fh: int) -> None:
        aside = self._synced.with_name("copying")
        shutil.copyfile(self._at(path), aside)
        aside.replace(self._kept(path))

    def unlink(self, path: str) -> None:
        self._at(path).unlink()
        self._kept(path).unlink(missing_ok=True)

    def rename(self, old: str, new: str) -> None:
        self._at(old).replace(self._at(new))
        self._kept(new).unlink(missing_ok=True)
        if self._kept(old).exists():
            self._kept(old).replace(self._kept(new))

    def mkdir(self, path: str, mode: int) -> None:
        self._at(path).mkdir(mode)
        self._kept(path).mkdir(mode)

    def rmdir(self, path: str) -> None:
        self._at(path).rmdir()
        shutil.rmtree(self._kept(path), ignore_errors=True)

    def chmod(self, path: str, mode: int) -> None:
        self._at(path).chmod(mode)

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> None:
        now = time.time_ns()
        os.utime(self._at(path), ns=times or (now, now))


if __name__ == "__main__":
    place, *folders = sys.argv[1:]
    mfusepy.FUSE(Forgetful(*map(Path, folders)), place, foreground=True, nothreads=True)
