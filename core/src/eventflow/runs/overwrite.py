"""Refusing to write where the run reads: the result would destroy its own origin."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from eventflow.runs.errors import OverwritesSourceError
from eventflow.runs.place import placed
from eventflow.types import ReadsPaths, WritesPaths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.config import Bound, BoundConfig


def refuse_overwriting(bound: BoundConfig) -> None:
    """Refuse a sink that would write onto what the source, or a context, reads.

    Names are followed: links, hard links, members of a folder or glob, a folder above.

    Raises:
        OverwritesSourceError: They meet.
    """
    if bound.sink is None or not isinstance(bound.sink.component, WritesPaths):
        return
    with placed(bound.sink):
        written = [_Target.of(path) for path in bound.sink.component.paths_written()]
    if not written:
        return
    for reader in (bound.source, *bound.steps):
        for read in _read_by(reader):
            for target in written:
                if target.holds(read):
                    raise OverwritesSourceError.of_paths(bound.sink, target.path, reader, read)


@frozen
class _Target:
    """Something that will be replaced.

    Attributes:
        path: As the sink tells it.
        resolved: The same with links followed; None for an address.
        inode: Device and number of a file that is there already.
    """

    path: Path | str
    resolved: Path | None
    inode: tuple[int, int] | None

    @classmethod
    def of(cls, path: Path | str) -> _Target:
        """Look at a path once."""
        if _is_address(path):
            return cls(path, None, None)
        resolved = _followed(path)
        return cls(path, resolved, _inode(resolved))

    def holds(self, read: Path | str) -> bool:
        """Whether replacing this would take away what is read there."""
        if self.resolved is None or _is_address(read):
            return str(self.path) == str(read)
        origin = _followed(read)
        if self.resolved == origin or self.resolved in origin.parents:
            return True
        return self.inode is not None and self.inode == _inode(origin)


def _read_by(bound: Bound) -> Sequence[Path | str]:
    with placed(bound):
        return [path for part in _parts(bound.component) for path in part.paths_read()]


def _parts(value: Any) -> Iterator[ReadsPaths]:
    """Yield a component and what its options nest, where they read."""
    if isinstance(value, ReadsPaths):
        yield value
    if isinstance(value, (list, tuple)):
        nested = value
    elif isinstance(value, Mapping):
        nested = [*value.values()]
    else:
        nested = [option for _, option in getattr(value, "config", None) or ()]
    for inner in nested:
        yield from _parts(inner)


def _followed(path: Path | str) -> Path:
    return Path(os.path.realpath(path))  # Path.resolve raises for links in a circle


def _is_address(path: Path | str) -> bool:
    return isinstance(path, str) and "://" in path


def _inode(path: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None
