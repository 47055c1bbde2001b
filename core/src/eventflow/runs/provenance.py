"""What a run was made of: versions, platform, inputs."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import polars as pl

from eventflow.schema import dtype_name
from eventflow.tracking import Dataset
from eventflow.types import ReadsPaths

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventflow.config import Bound, BoundConfig
    from eventflow.frame import EventFrame
    from eventflow.runs.record import RunRecord


def versions(bound: BoundConfig) -> dict[str, str]:
    """Return distribution → version of Python, Polars, core and every plugin used."""
    used = {b.ref.distribution: b.ref.version for b in _all(bound)}
    core = {"python": platform.python_version(), "polars": pl.__version__}
    try:
        core["eventflow-core"] = version("eventflow-core")
    except PackageNotFoundError:  # run from a source tree that was never installed
        core["eventflow-core"] = "unknown"
    return {**core, **dict(sorted(used.items()))}


def machine() -> str:
    """Return operating system and machine: ``Linux 6.1 x86_64``."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def inputs(bound: BoundConfig) -> dict[str, str]:
    """Return source → fingerprint, where it has one."""
    mark = bound.source.component.fingerprint()
    return {bound.source.use.name: mark} if mark else {}


def described(bound: BoundConfig, frame: EventFrame, record: RunRecord) -> Dataset:
    """Return what a run reads, for trackers: where it is, its columns, its fingerprint."""
    source, name = bound.source.component, bound.source.use.name
    paths = source.paths_read() if isinstance(source, ReadsPaths) else ()
    return Dataset(
        name=name,
        role="source",
        uri=bound.config.secrets.hide(str(paths[0])) if paths else name,
        fingerprint=record.inputs.get(name),
        columns=tuple((name, dtype_name(dtype)) for name, dtype in frame.columns().items()),
        event_schema=frame.schema.model_dump(mode="json", exclude_defaults=True),
    )


def _all(bound: BoundConfig) -> Iterable[Bound]:
    single = (bound.source, bound.blueprint, bound.quality, bound.sink, bound.transport)
    return (b for b in (*single, bound.engine, *bound.steps, *bound.trackers) if b is not None)
