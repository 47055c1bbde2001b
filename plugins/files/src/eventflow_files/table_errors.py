"""Errors of tables of context (EF633 and EF634)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import Problem
from eventflow.schema import dtype_name
from eventflow_files.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl

_FIXES = {
    "time": """write options: {parse: {%s: "%%Y-%%m-%%d"}} with the format of its values""",
    "number": "write options: {numbers: {%s: 1,234.50}} with one number as the file has them",
}


class FormatsError(FileError):
    """The format of a table cannot be told, or its files have several."""

    code = "EF633"

    @classmethod
    def unknown(cls, path: Path, suffixes: Sequence[str]) -> Self:
        """The ending of a file's name tells no format."""
        return cls.of(
            f'the name "{path.name}" does not tell the format of the table',
            key="format",
            detail=(f"endings that do: {', '.join(suffixes)}",),
            fix="write format: csv, or ndjson, parquet or ipc",
        )

    @classmethod
    def several(cls, path: str | Sequence[str], formats: Sequence[str]) -> Self:
        """Files of several formats cannot be one table."""
        given = path if isinstance(path, str) else ", ".join(path)
        return cls.of(
            f'"{given}" means files of several formats: {", ".join(formats)}',
            key="path",
            fix=f"name the files of one format: path: *.{formats[0]}",
        )


class RoleDtypeError(FileError):
    """Columns of a table have dtypes that their roles cannot have."""

    code = "EF634"

    @classmethod
    def of_roles(cls, unfit: Mapping[str, tuple[str, pl.DataType]], *, text: bool) -> Self:
        """Name each column, its dtype, and how to read it.

        Args:
            unfit: Role → column and dtype.
            text: Whether the file is text, whose options say how columns are read.
        """
        return cls(*(cls._problem(role, *found, text=text) for role, found in unfit.items()))

    @classmethod
    def _problem(cls, role: str, column: str, dtype: pl.DataType, *, text: bool) -> Problem:
        need = "number" if role in {"latitude", "longitude"} else "time"
        return Problem(
            code=cls.code,
            message=f'the {role} "{column}" is {dtype_name(dtype)}, not a {need}',
            key=role,
            fix=_FIXES[need] % column if text else "name another column, or mend the file",
        )
