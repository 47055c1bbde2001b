"""Why no pipeline can be drafted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventflow.errors import EventflowError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class NothingToDraftError(EventflowError):
    """A data set without rows says nothing about what its columns hold."""

    code = "EF350"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_source(cls, source: Mapping[str, Any]) -> EventflowError:
        """Build the error for the section `source` that delivers no rows."""
        return cls.of(
            f"there is nothing to draft a schema from: {source.get('path')} has no rows",
            fix="name a file with rows that are typical of what will come",
        )


class UnknownFormatError(EventflowError):
    """The ending of a file does not tell which source reads it."""

    code = "EF351"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_path(cls, path: str, known: Iterable[str]) -> EventflowError:
        """Build the error for a path, with the endings that are known."""
        return cls.of(
            f'the ending of "{path}" does not tell its format; known: {", ".join(known)}',
            fix="name the source with --use, for example --use csv",
        )


class FileInTheWayError(EventflowError):
    """A file that would be written is already there."""

    code = "EF352"
    exit_code = ExitCode.USAGE

    @classmethod
    def at(cls, path: object) -> EventflowError:
        """Build the error for the file."""
        return cls.of(
            f"{path} is already there, and nothing was written",
            fix="name another file with --output, or replace it with --force",
        )
