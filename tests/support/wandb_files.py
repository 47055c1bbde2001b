"""Reading the files of an offline run of W&B: a log of records, as LevelDB keeps its own.

The format is LevelDB's log (blocks of 32 KiB; checksum, length and type before each piece) behind a
header of seven bytes; the records are Protocol Buffers of the SDK.
"""

from __future__ import annotations

import json
import struct
from collections import defaultdict
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any

from attrs import define, field
from wandb.proto import wandb_internal_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 20
"""Seconds that the SDK may take to write the end of a file."""

Record: Any = vars(wandb_internal_pb2)["Record"]  # made at run time, unknown to type checkers
_BLOCK, _HEAD, _FILE_HEAD = 32768, 7, 7
_WHOLE, _FIRST, _LAST = 1, 2, 4


@define
class OfflineRun:
    """What a file says of its run.

    Attributes:
        run_id: The run's id.
        name: Its name.
        group: Its group; empty without one.
        config: Its configuration.
        history: What was logged, in order.
        summary: Its summary.
        artifacts: Names of its artifacts → names of the files in them.
        exit_code: How it ended; None when it did not.
    """

    run_id: str = ""
    name: str = ""
    group: str = ""
    config: dict[str, Any] = field(factory=dict)
    history: list[dict[str, Any]] = field(factory=list)
    summary: dict[str, Any] = field(factory=dict)
    artifacts: dict[str, list[str]] = field(factory=dict)
    exit_code: int | None = None


def offline_runs(folder: Path) -> dict[str, OfflineRun]:
    """Return the runs whose files are below a folder, by their ids; those of one id as one."""
    runs: dict[str, OfflineRun] = defaultdict(OfflineRun)
    for path in sorted(folder.rglob("run-*.wandb")):
        run = runs[path.stem.removeprefix("run-")]
        for record in _records(path):
            _take(run, record)
    return dict(runs)


def recorded(folder: Path) -> dict[str, str]:
    """Return all that is recorded below a folder, as text by run id."""
    return {run_id: repr(run) for run_id, run in finished_runs(folder).items()}


def finished_runs(folder: Path) -> dict[str, OfflineRun]:
    """Return the runs below a folder once they say how they ended.

    The SDK's process writes the end of a file a moment after `finish` has returned.
    """
    deadline = monotonic() + PATIENCE
    while True:
        runs = offline_runs(folder)
        if all(run.exit_code is not None for run in runs.values()) or monotonic() > deadline:
            return runs
        Event().wait(0.02)


def _take(run: OfflineRun, record: Any) -> None:
    match record.WhichOneof("record_type"):
        case "run":
            run.run_id, run.name = record.run.run_id, record.run.display_name
            run.group = record.run.run_group
            run.config |= _items(record.run.config.update)
        case "config":
            run.config |= _items(record.config.update)
        case "history":
            run.history.append(_items(record.history.item))
        case "summary":
            run.summary |= _items(record.summary.update)
        case "artifact":
            files = [entry.path for entry in record.artifact.manifest.contents]
            run.artifacts[record.artifact.name] = files
        case "exit":
            run.exit_code = record.exit.exit_code


def _items(items: Any) -> dict[str, Any]:
    return {i.key or "/".join(i.nested_key): json.loads(i.value_json) for i in items}


def _records(path: Path) -> Iterator[Any]:
    whole = b""
    for kind, piece in _pieces(path.read_bytes()):
        whole = piece if kind in {_WHOLE, _FIRST} else whole + piece
        if kind in {_WHOLE, _LAST}:
            record = Record()
            record.ParseFromString(whole)
            yield record


def _pieces(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = _FILE_HEAD
    while at < len(data):
        left = _BLOCK - at % _BLOCK
        if left < _HEAD:
            at += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        if kind == 0:
            at += left
            continue
        yield kind, data[at + _HEAD : at + _HEAD + length]
        at += _HEAD + length
