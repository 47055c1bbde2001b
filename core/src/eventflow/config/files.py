"""Reading a configuration file: by its ending as JSON, else as YAML."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from eventflow.config.errors import ConfigError, UnreadableFileError
from eventflow.config.tree import Document, Span
from eventflow.config.yaml import read_yaml
from eventflow.errors import Location, Problem, nearest

if TYPE_CHECKING:
    from eventflow.config.tree import Node

MAX_BYTES = 4_000_000
"""Largest configuration file that is read."""


def read_file(
    path: str, span: Span | None = None, error: type[ConfigError] = UnreadableFileError
) -> tuple[Node | None, list[Problem]]:
    """Read and parse one file.

    Args:
        path: The file, as the user wrote it.
        span: Where another file asks for this one; problems of reading are placed there.
        error: Class of the problem when the file cannot be read.

    Returns:
        Its nodes, None when there are none, and the problems.
    """
    try:
        text = _text(path)
    except (OSError, ValueError) as cause:
        return None, [_unreadable(path, cause, span, error)]
    document = Document(path, text)
    if Path(path).suffix.lower() == ".json" and text.strip():
        from eventflow.config.json import read_json  # noqa: PLC0415 - delayed: most are YAML

        return read_json(document)
    return read_yaml(document)


def _text(path: str) -> str:
    with Path(path).open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        msg = f"it is larger than {MAX_BYTES // 1_000_000} MB"
        raise ValueError(msg)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def _unreadable(
    path: str, cause: OSError | ValueError, span: Span | None, error: type[ConfigError]
) -> Problem:
    reason, place = _reason(path, cause), span
    near = _near(path) if isinstance(cause, FileNotFoundError) else None
    fix = f'did you mean "{near}"?' if near else None
    message = f'cannot read "{path}": {reason}'
    if isinstance(cause, UnicodeDecodeError) and span is None:
        before = cause.object[: cause.start]
        column = cause.start - (before.rfind(b"\n") + 1) + 1
        return Problem(
            code=error.code,
            message=message,
            location=Location(path, before.count(b"\n") + 1, column),
            fix="save the file as UTF-8",
        )
    return error.problem(message, place, fix=fix, replacement=near)


def _reason(path: str, cause: OSError | ValueError) -> str:
    if isinstance(cause, UnicodeDecodeError):
        return f"byte {cause.object[cause.start]:#04x} is not UTF-8"
    if isinstance(cause, OSError):
        if isinstance(cause, FileNotFoundError):
            return "there is no such file"
        if isinstance(cause, IsADirectoryError) or Path(path).is_dir():
            return "it is a directory"
        if isinstance(cause, PermissionError):
            return "permission denied"
        return cause.strerror or str(cause)
    return str(cause)


def _near(path: str) -> str | None:
    folder, name = os.path.split(path)
    try:
        found = nearest(name, os.listdir(folder or "."))  # noqa: PTH208 - names, not paths
    except OSError:
        return None
    return str(Path(folder, found)) if found else None
