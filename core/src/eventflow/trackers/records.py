"""What a run tells its trackers, as lines of JSON that outlive the process."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl
from attrs import frozen

from eventflow.tracking import Dataset

_EXACT: Final = 2**63


@frozen(kw_only=True)
class Record:
    """One call of a tracker.

    Attributes:
        at: When that happened of which it tells; aware.
        call: Name of the method.
        values: Its arguments, in order.
    """

    at: datetime
    call: str
    values: tuple[Any, ...] = ()


class _Line(msgspec.Struct):
    at: datetime
    call: str
    values: list[Any]


def to_line(record: Record) -> bytes:
    """Return a record as one line of JSON, its end included.

    Numbers that JSON has no word for become text; tables become Arrow IPC in Base64.
    """
    values = [_plain(value) for value in record.values]
    return msgspec.json.encode(_Line(record.at, record.call, values), enc_hook=str) + b"\n"


def from_line(line: bytes) -> Record:
    """Return the record that a line holds; what cannot come back as it was comes as text.

    Raises:
        msgspec.DecodeError: The line is no record.
    """
    read = msgspec.json.decode(line, type=_Line)
    restore = _RESTORE.get(read.call, tuple)
    return Record(at=read.at, call=read.call, values=restore(read.values))


def _plain(value: Any) -> Any:
    if isinstance(value, pl.DataFrame):
        return _packed(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and not -_EXACT <= value < _EXACT:
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _packed(rows: pl.DataFrame) -> str:
    buffer = io.BytesIO()
    rows.write_ipc_stream(buffer)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _unpacked(text: str) -> pl.DataFrame:
    return pl.read_ipc_stream(io.BytesIO(base64.b64decode(text)))


def _started(values: list[Any]) -> tuple[Any, ...]:
    run_id, name, started_at, *parent = values
    return (run_id, name, msgspec.convert(started_at, datetime), *parent)


def _measured(values: list[Any]) -> tuple[Any, ...]:
    metrics, *step = values
    return ({name: float(number) for name, number in metrics.items()}, *step)


def _related(values: list[Any]) -> tuple[Any, ...]:
    return tuple(tuple(msgspec.convert(items, list[Dataset])) for items in values)


_RESTORE: Final[dict[str, Any]] = {
    "start": _started,
    "metrics": _measured,
    "table": lambda values: (values[0], _unpacked(values[1])),
    "artifact": lambda values: (Path(values[0]), values[1]),
    "lineage": _related,
}
"""Call → what makes its arguments of plain JSON; those of the others are plain."""
