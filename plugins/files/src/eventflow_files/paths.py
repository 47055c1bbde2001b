"""From what a configuration calls a path to the files it means."""

from __future__ import annotations

import os
import stat
from glob import glob, has_magic
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from eventflow_files.errors import MissingFileError, NoMatchingFileError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMPRESSED = (".gz", ".gzip", ".zst", ".zstd", ".xz")


def resolve(
    path: str | Sequence[str], suffixes: Sequence[str], *, recursive: bool = False
) -> tuple[Path, ...]:
    """Return the files that a path, glob, directory, or list of these means, in name order.

    Args:
        path: What the configuration says; ``~`` means the home directory. A name that exists is
            taken as it is, even if it has glob characters.
        suffixes: Endings by which a directory's files are chosen, for example ``(".csv",)``;
            a compression ending may follow.
        recursive: Whether a directory's files are looked for in its sub-directories too.

    Raises:
        MissingFileError: A named file does not exist.
        NoMatchingFileError: A directory or glob holds no matching file.
        UnreadableFileError: A file may not be read, or is no regular file.
    """
    given = [path] if isinstance(path, str) else list(path)
    if not given:
        raise NoMatchingFileError.at("[]", suffixes)  # noqa: EM101 - an empty list
    found = [file for one in given for file in _one(one, suffixes, recursive=recursive)]
    for file in found:
        check_readable(file)
    return tuple(found)


def called(path: str | Sequence[str]) -> str:
    """Return what the rows of files are called: the first file's name without endings; or nothing.

    Args:
        path: What the configuration says.
    """
    first = path if isinstance(path, str) else next(iter(path), "")
    return PurePath(first).name.split(".")[0].strip("*")


def check_readable(file: Path) -> None:
    """Raise UnreadableFileError unless the file is a regular one that may be read."""
    try:
        mode = file.stat().st_mode
        if not stat.S_ISREG(mode):
            raise UnreadableFileError.at(file, "it is not a regular file")
        with file.open("rb"):
            pass
    except OSError as error:
        raise UnreadableFileError.at(file, error.strerror or str(error)) from error


def _one(given: str, suffixes: Sequence[str], *, recursive: bool) -> list[Path]:
    path = Path(os.path.expanduser(given))  # noqa: PTH111 - Path.expanduser fails without a home
    try:
        if path.is_dir():
            return _inside(path, suffixes, recursive=recursive)
        if path.exists():
            return [path]
    except OSError as error:
        raise UnreadableFileError.at(path, error.strerror or str(error)) from error
    if has_magic(given):
        return _matching(str(path), suffixes)
    raise MissingFileError.at(path)


def _inside(folder: Path, suffixes: Sequence[str], *, recursive: bool) -> list[Path]:
    try:
        every = sorted(folder.rglob("*") if recursive else folder.iterdir())
    except OSError as error:
        raise UnreadableFileError.at(folder, error.strerror or str(error)) from error
    files = [p for p in every if _wanted(p.relative_to(folder), suffixes) and p.is_file()]
    if not files:
        raise NoMatchingFileError.at(str(folder), suffixes)
    return files


def _matching(pattern: str, suffixes: Sequence[str]) -> list[Path]:
    files = sorted(p for p in map(Path, glob(pattern, recursive=True)) if p.is_file())  # noqa: PTH207 - pathlib has no absolute glob
    if not files:
        raise NoMatchingFileError.at(pattern, suffixes)
    return files


def _wanted(path: Path, suffixes: Sequence[str]) -> bool:
    if any(part.startswith((".", "_")) for part in path.parts):
        return False
    name = path.name.lower()
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    return name.endswith(tuple(suffixes))
