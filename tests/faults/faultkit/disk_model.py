"""A model of a disk under SQLite: it forgets what was not synced, tears what was being written.

SQLite writes through it to real files, so that readers and shared memory work as ever; the model
keeps beside them what a power loss would leave. It needs no privileges and no kernel: it runs
wherever apsw does. `disk_fuse` is its counterpart for whole processes.
"""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import apsw
from attrs import Factory, define

if TYPE_CHECKING:
    from collections.abc import Callable

SECTOR = 512  # bytes that reach a disk together
_BASE = "unix"  # SQLite's own layer; an empty name would mean whatever is the default just then
Adversary = Literal["nothing", "prefix", "sectors"]
"""What of the unsynced writes survives: none, the first ones, or any of their sectors."""


@define
class _Image:
    """What the disk has of a file, and what it was told since the last sync."""

    synced: bytearray | None = None
    waiting: list[tuple[int, bytes | None]] = Factory(list)  # None truncates
    removed: bool = False
    before: _Image | None = None  # a file of this name whose removal is not synced


class ForgetfulDisk:
    """SQLite's files in this process, until the power goes.

    Args:
        folder: What is in here is on the disk; other paths are left alone.
        seed: Of what survives.
        cut_after: Number of operations (writes, syncs, truncations, removals) after which the power
            goes; None for never.
        lies: Whether it reports a sync that did not happen.
        fault: Called with the operation and its number; what it returns is raised.
    """

    def __init__(
        self,
        folder: Path,
        *,
        seed: int,
        cut_after: int | None = None,
        lies: bool = False,
        fault: Callable[[str, int], Exception | None] | None = None,
    ) -> None:
        self.folder = folder
        self.operations = 0
        self.off = False
        self._chance = random.Random(seed)  # noqa: S311 - a simulation that can be repeated
        self._cut_after, self._lies, self.fault = cut_after, lies, fault
        self._images: dict[str, _Image] = {}
        self._others: dict[str, bytes] = {}

    def __enter__(self) -> Self:
        """Make it the disk of everything that SQLite opens."""
        self._vfs = _Layer(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Hand back to the real one."""
        self._vfs.unregister()

    def owns(self, name: str | None) -> bool:
        """Whether a file is on this disk."""
        return name is not None and Path(name).parent == self.folder

    def told(self, operation: str, name: str, offset: int = 0, data: bytes | None = None) -> None:
        """Take note of an operation before it happens."""
        self.operations += 1
        error = self.fault(operation, self.operations) if self.fault else None
        if error is not None:
            raise error
        if self._cut_after is not None and self.operations > self._cut_after and not self.off:
            self.cut()
        if self.off:
            return
        image = self._images.setdefault(Path(name).name, _Image())
        if operation == "remove":
            image.removed = True
            return
        if image.removed:
            image = self._images[Path(name).name] = _Image(before=image)
        if operation != "sync":
            image.waiting.append((offset, data))
        elif not self._lies:
            if image.synced is None and name.endswith(("-wal", "-journal")):
                self._sync_folder()
            image.synced = _applied(image.synced, image.waiting)
            image.waiting = []

    def _sync_folder(self) -> None:
        """Make removals last: SQLite syncs the folder with a new journal or log."""
        self._images = {name: i for name, i in self._images.items() if not i.removed}
        for image in self._images.values():
            image.before = None

    def unsynced(self, ending: str) -> int:
        """Return how many operations on files of this ending the disk may still forget."""
        images = (i for name, i in self._images.items() if name.endswith(ending))
        return sum(len(image.waiting) for image in images)

    def cut(self) -> None:
        """Turn the power off: what happens from now on never reaches the disk."""
        self.off = True
        others = (p for p in self.folder.iterdir() if p.name not in self._images)
        self._others = {p.name: p.read_bytes() for p in others if not p.name.endswith("-shm")}

    def leave(self, target: Path, adversary: Adversary) -> None:
        """Write into a folder what is there when the power comes back.

        Files that do not go through SQLite were never synced: they are there as they were, or not.
        """
        target.mkdir()
        for name, newest in self._images.items():
            image = newest
            if image.before is not None and self._chance.random() < 0.5:
                image = image.before
            if image.removed and self._chance.random() < 0.5:
                continue
            survived = self._surviving(image.waiting, adversary)
            if image.synced is not None or survived:
                (target / name).write_bytes(_applied(image.synced, survived))
        for name, data in self._others.items():
            if self._chance.random() < 0.5:
                (target / name).write_bytes(data)

    def _surviving(
        self, waiting: list[tuple[int, bytes | None]], adversary: Adversary
    ) -> list[tuple[int, bytes | None]]:
        if adversary == "nothing":
            return []
        if adversary == "prefix":
            return waiting[: self._chance.randint(0, len(waiting))]
        return [
            part for write in waiting for part in _sectors(*write) if self._chance.random() < 0.5
        ]


class _Layer(apsw.VFS):
    """SQLite's default layer while a disk is in use."""

    def __init__(self, disk: ForgetfulDisk) -> None:
        self.disk = disk
        super().__init__(f"forgetful-{id(disk)}", _BASE, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        """Open a file; those of the disk are watched."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if self.disk.owns(path):
            return _File(self.disk, str(path), name, flags)
        return apsw.VFSFile(_BASE, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's name
        """Remove a file."""
        if self.disk.owns(filename):
            self.disk.told("remove", filename)
        super().xDelete(filename, syncdir)


class _File(apsw.VFSFile):
    """A file of SQLite's whose writes and syncs are noted."""

    def __init__(self, disk: ForgetfulDisk, path: str, name: Any, flags: list[int]) -> None:
        self._disk, self._path = disk, path
        super().__init__(_BASE, name, flags)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802 - SQLite's name
        """Write."""
        self._disk.told("write", self._path, offset, bytes(data))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        """Cut off."""
        self._disk.told("truncate", self._path, newsize)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        """Sync."""
        self._disk.told("sync", self._path)
        super().xSync(flags)

    def excepthook(self, *_: Any) -> bool:
        """Stay quiet: faults are raised on purpose."""
        return True


def _applied(synced: bytearray | None, writes: list[tuple[int, bytes | None]]) -> bytearray:
    image = bytearray(synced or b"")
    for offset, data in writes:
        if data is None:
            del image[offset:]
            continue
        image.extend(bytes(max(offset + len(data) - len(image), 0)))
        image[offset : offset + len(data)] = data
    return image


def _sectors(offset: int, data: bytes | None) -> list[tuple[int, bytes | None]]:
    if data is None:
        return [(offset, None)]
    first = SECTOR - offset % SECTOR
    edges = [0, *range(first, len(data), SECTOR), len(data)]
    return [(offset + a, data[a:b]) for a, b in pairwise(edges) if a < b]
