"""Errors of reading and writing files (EF601 to EF620): text, cause and fix in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError, nearest
from eventflow.schema import dtype_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import polars as pl

_FEW = 8


def _names(names: Iterable[object]) -> str:
    listed = [str(n) for n in names]
    return ", ".join(listed[:_FEW]) + (", …" if len(listed) > _FEW else "")


class FileError(EventflowError):
    """Something is wrong with a file, not with the program."""

    code = "EF600"


class MissingFileError(FileError):
    """A file that was named does not exist."""

    code = "EF601"

    @classmethod
    def at(cls, path: Path) -> Self:
        """Name the file, and the nearest one that exists beside it."""
        folder = path.parent
        found = [p.name for p in folder.iterdir()] if folder.is_dir() else []
        near = nearest(path.name, found)
        if near:
            fix = f'did you mean "{folder / near}"?'
        elif not folder.is_dir():
            fix = f'the folder "{folder}" does not exist either; check the path'
        else:
            fix = "check the path; relative paths start at the working directory"
        return cls.of(f'there is no file "{path}"', key="path", fix=fix)


class NoMatchingFileError(FileError):
    """A directory or pattern holds no file of the format."""

    code = "EF602"

    @classmethod
    def at(cls, where: str, suffixes: Sequence[str]) -> Self:
        """Say which endings were looked for."""
        return cls.of(
            f'no file matches "{where}"',
            key="path",
            detail=(f"looked for: {_names(suffixes)}",) if suffixes else (),
            fix="name the files, or put matching files there",
        )


class UnreadableFileError(FileError):
    """A file exists, but the system does not let it be read."""

    code = "EF603"

    @classmethod
    def at(cls, path: Path, reason: str) -> Self:
        """Give the system's reason."""
        return cls.of(
            f'cannot read "{path}": {reason}',
            key="path",
            fix="grant read permission to the user who runs this, or name another file",
        )


class EmptyFileError(FileError):
    """A file has nothing to name its columns by."""

    code = "EF605"

    @classmethod
    def at(cls, path: Path) -> Self:
        """Ask for a file with content, or for a schema."""
        return cls.of(
            f'"{path}" is empty',
            key="path",
            fix="name a file that has columns (text: a header line), or remove this one",
        )


class HeaderError(FileError):
    """Column names are empty or occur twice."""

    code = "EF606"

    @classmethod
    def at(cls, path: Path, twice: Sequence[str], empty: Sequence[int]) -> Self:
        """Name the columns at fault; positions count from 1."""
        facts = []
        if twice:
            facts.append(f"more than once: {_names(twice)}")
        if empty:
            facts.append(f"without a name: column {_names(empty)}")
        return cls.of(
            f'the column names in "{path}" are not usable',
            detail=facts,
            key="rename_duplicates",
            fix="mend the header, or write rename_duplicates: true to number them",
        )


class EncodingMismatchError(FileError):
    """A file is not in the encoding that the options state."""

    code = "EF607"

    @classmethod
    def at(cls, path: Path, stated: str, detected: str) -> Self:
        """Name the stated and the detected encoding."""
        return cls.of(
            f'"{path}" is not {stated}; it looks like {detected}',
            key="encoding",
            fix=f"write encoding: {detected}, or leave encoding out",
        )


class CorruptFileError(FileError):
    """A compressed or binary file is damaged."""

    code = "EF608"

    @classmethod
    def at(cls, path: Path | str, reason: str) -> Self:
        """Give what the decoder said."""
        return cls.of(
            f'"{path}" is damaged: {reason}',
            key="path",
            fix="fetch or write the file again; it is likely cut short",
        )


class TooLargeError(FileError):
    """A file is larger than the options allow."""

    code = "EF609"

    @classmethod
    def at(cls, path: Path, limit: int) -> Self:
        """Name the limit on bytes of text."""
        return cls.of(
            f'"{path}" holds more than {limit:,} bytes of text',
            key="max_bytes",
            fix="raise max_bytes, or split the file",
        )

    @classmethod
    def bomb(cls, path: Path, expansion: int) -> Self:
        """Name the limit on how far compressed bytes may expand."""
        return cls.of(
            f'"{path}" expands more than {expansion:,} times when decompressed',
            key="max_expansion",
            fix="raise max_expansion if you trust the file",
        )


class TooManyBadRowsError(FileError):
    """More rows cannot be used than the options tolerate."""

    code = "EF610"

    @classmethod
    def over(cls, bad: int, read: int, limit: float, examples: Sequence[str]) -> Self:
        """Give the numbers, and the first bad rows."""
        allowed = f"{limit:,} rows" if isinstance(limit, int) else f"{limit:.3g} of the rows"
        return cls.of(
            f"{bad:,} of {read:,} rows cannot be used; max_bad_rows allows {allowed}",
            key="max_bad_rows",
            detail=examples,
            fix="state schema, parse, numbers or null_values for the columns at fault, "
            "or raise max_bad_rows",
        )


class BadRowError(FileError):
    """A row cannot be used, and the options say that the run then fails."""

    code = "EF611"

    @classmethod
    def at(cls, example: str) -> Self:
        """Name the place and the reason."""
        return cls.of(
            f"a row cannot be used: {example}",
            key="bad_rows",
            fix="mend the row, or write bad_rows: quarantine to set such rows aside",
        )


class DifferentColumnsError(FileError):
    """Files that are read together do not have the same columns."""

    code = "EF612"

    @classmethod
    def between(cls, first: Path, other: Path, differences: Sequence[str]) -> Self:
        """Name both files and what differs."""
        return cls.of(
            f'"{other}" does not have the columns of "{first}"',
            key="path",
            detail=differences,
            fix="read files with different columns from separate sources",
        )


class UnknownColumnError(FileError):
    """An option names a column that the file does not have."""

    code = "EF613"

    @classmethod
    def named(cls, option: str, column: str, known: Sequence[str]) -> Self:
        """Name the nearest column; columns that are only numbered may have names nobody took so."""
        near = nearest(column, known)
        other = "name a column of the file"
        if "column_0" in known:
            other = "write has_header: true if the first line names the columns"
        return cls.of(
            f'{option} names the column "{column}", which the file does not have',
            key=option,
            detail=(f"columns: {_names(known)}",),
            fix=f'did you mean "{near}"?' if near else other,
        )


class WriteError(FileError):
    """Output cannot be written; nothing of it is left."""

    code = "EF614"

    @classmethod
    def at(cls, path: Path, reason: str) -> Self:
        """Give the system's reason."""
        return cls.of(
            f'cannot write "{path}": {reason}',
            key="path",
            fix="free space or grant write permission there, or name another path",
        )


class OutputExistsError(FileError):
    """The output is there already, and the options say not to replace it."""

    code = "EF615"

    @classmethod
    def at(cls, path: Path) -> Self:
        """Say how to replace it."""
        return cls.of(
            f'"{path}" exists already',
            key="exists",
            fix="write exists: replace, or name another path",
        )


class OutputIsFolderError(FileError):
    """The output's path names a folder."""

    code = "EF616"

    @classmethod
    def at(cls, path: Path, example: str) -> Self:
        """Propose a file inside the folder."""
        return cls.of(
            f'"{path}" is a folder; a file is written here',
            key="path",
            fix=f'write path: "{path / example}"',
        )


class UnwritableColumnError(FileError):
    """A format has no way to write the values of a column."""

    code = "EF619"

    @classmethod
    def in_format(cls, column: str, dtype: pl.DataType, sink: str) -> Self:
        """Name the column, and what can hold it."""
        form = sink.removesuffix("Sink").upper()
        return cls.of(
            f'the column "{column}" is {dtype_name(dtype)}, which {form} cannot hold',
            key="path",
            fix=f"write parquet, cast {column} first, or leave it out with select: drop",
        )


class SchemaUnreadableError(FileError):
    """The beginning of a file does not tell its columns."""

    code = "EF617"

    @classmethod
    def at(cls, path: Path, reason: str) -> Self:
        """Give the reason."""
        return cls.of(
            f'the columns of "{path}" cannot be told: {reason}',
            key="path",
            fix="check that the file has the format that the configuration names",
        )

    @classmethod
    def other_format(cls, path: Path, what: str, fix: str, *, wanted: str = "CSV") -> Self:
        """Say what the file is instead."""
        return cls.of(f'"{path}" is no {wanted}: it looks like {what}', key="path", fix=fix)

    @classmethod
    def preamble(cls, path: Path, lines: int, width: int) -> Self:
        """Say that lines stand before the header.

        Args:
            path: The file.
            lines: How many.
            width: Fields of the lines that follow.
        """
        return cls.of(
            f'the first line of "{path}" names one column, and the lines that follow have {width}',
            key="skip_rows",
            fix=f"write skip_rows: {lines} if the header stands below it, or mend the header",
        )


class OutputIsSpecialError(FileError):
    """The output's path names a pipe, a socket or a device, which a file would replace."""

    code = "EF618"

    @classmethod
    def at(cls, path: Path, kind: str, example: str) -> Self:
        """Name what is there, and propose a file.

        Args:
            path: As the options have it.
            kind: What is there, in words: ``named pipe``.
            example: Name of a file of the sink's format.
        """
        return cls.of(
            f'"{path}" is a {kind}; writing would put a file in its place',
            key="path",
            fix=f'name a file, as in path: "{example}"',
        )


class EpochUnitError(FileError):
    """Numbers that count time are odd times by the stated unit, and of our day by another."""

    code = "EF620"

    @classmethod
    def of_column(cls, column: str, stated: str, likely: str, value: float) -> Self:
        """Name the column, a value of it, and both units.

        Args:
            column: The column.
            stated: The unit that the options state.
            likely: The unit by which the values are times of our day.
            value: One of the values.
        """
        return cls.of(
            f'"{column}" counted in {stated} lies in 1970 or after 2199; it looks like {likely}',
            key=f"parse.{column}",
            detail=(f"for example {value:.0f}",),
            fix=f"write parse: {{{column}: {likely}}}; if {stated} is right, read it as i64 "
            f"and add the step cast with formats: {{{column}: {stated}}}",
        )
