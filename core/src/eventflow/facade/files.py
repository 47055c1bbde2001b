"""What a file's name and size say, before it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventflow.errors import EventflowError, nearest

if TYPE_CHECKING:
    from pathlib import Path

_SOURCES: Final = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
    ".arrow": "ipc",
    ".ipc": "ipc",
    ".feather": "ipc",
}
TEXT: Final = frozenset({"csv", "ndjson"})
"""Sources whose files may be compressed, and grow when they are read."""

_COMPRESSED: Final = frozenset({".gz", ".zst", ".xz"})
_KNOWN: Final = f"known: {', '.join(sorted(_SOURCES))}, also compressed with .gz .zst .xz"


class UnknownFileTypeError(EventflowError):
    """A file's name does not say what it holds."""

    code = "EF604"

    @classmethod
    def by(cls, path: Path) -> UnknownFileTypeError:
        """Build the error for a path."""
        near = nearest(path.suffix, _SOURCES)
        return cls.of(
            f'"{path.name}" has no known file type',
            detail=[_KNOWN],
            fix=f"did you mean {near}?" if near else "rename the file, or write a pipeline for it",
        )


class FileTooLargeError(EventflowError):
    """A file or an upload is larger than it may be."""

    code = "EF630"

    @classmethod
    def by(cls, name: str, limit: int, *, size: int | None = None) -> FileTooLargeError:
        """Build the error for a file of a size, or for a stream that was cut off at the limit."""
        has = "has more than that" if size is None else f"has {size:,}"
        return cls.of(
            f'"{name}" is too large: at most {limit:,} bytes are taken in, it {has}',
            fix="send less, or raise the limit: DataIngestionService(max_file_size=...)",
        )


class IncompleteUploadError(EventflowError):
    """An upload ended early, or went on longer than was said."""

    code = "EF631"

    @classmethod
    def by(cls, name: str, *, announced: int, received: int) -> IncompleteUploadError:
        """Build the error from the announced and the received number of bytes."""
        return cls.of(
            f'"{name}" did not arrive as announced: '
            f"{received:,} bytes came, content_length said {announced:,}",
            fix="send it again; leave content_length out where it is not known",
        )


class CompressedFileError(EventflowError):
    """A compressed file, where none is taken in."""

    code = "EF632"

    @classmethod
    def by(cls, name: str) -> CompressedFileError:
        """Build the error for a name."""
        return cls.of(
            f'"{name}" is compressed, and compressed files are not taken in',
            fix="send it uncompressed, or allow it: DataIngestionService(enable_compression=True)",
        )


def is_compressed(path: Path) -> bool:
    """Whether a file's name says that it is compressed."""
    return path.suffix.lower() in _COMPRESSED


def source_for(path: Path) -> str:
    """Return the name of the source that reads a file, from its suffix.

    Raises:
        UnknownFileTypeError: The suffix is unknown.
    """
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        suffixes.pop()
    source = _SOURCES.get(suffixes[-1]) if suffixes else None
    if source is None:
        raise UnknownFileTypeError.by(path)
    return source
