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
    from collections.abc import Iterator, Mapping

    from eventflow.config import Bound, BoundConfig
    from eventflow.frame import EventFrame
    from eventflow.runs.record import RunRecord


def versions(bound: BoundConfig) -> dict[str, str]:
    """Return distribution → version of Python, Polars, core and every plugin used."""
    used = {b.ref.distribution: b.ref.version for b in _all(bound)}
    recipes = {r.owner for b in bound.steps for r in b.use.recipes if r.owner}
    used |= {name: version for name, _, version in (r.rpartition(" ") for r in recipes)}
    core = {"python": platform.python_version(), "polars": pl.__version__}
    try:
        core["eventflow-core"] = version("eventflow-core")
    except PackageNotFoundError:  # run from a source tree that was never installed
        core["eventflow-core"] = "unknown"
    return {**core, **dict(sorted(used.items()))}


def machine() -> str:
    """Return operating system and machine: ``Linux 6.1 x86_64``."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def inputs(bound: BoundConfig, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return source or context → fingerprint, where it has one.

    Args:
        bound: What is run.
        known: Fingerprints that are known; only others are asked for. What a server answers has
            one when it has been read.
    """
    told = known or {}
    read = {_called(bound, one): one for one in (bound.source, *contexts(bound))}
    marks = {name: told.get(name) or one.component.fingerprint() for name, one in read.items()}
    return {name: mark for name, mark in marks.items() if mark}


def contexts(bound: BoundConfig) -> Iterator[Bound]:
    """Yield the sources that steps and other components hold."""
    for one in _all(bound):
        if one.use.kind == "source" and one is not bound.source:
            yield one


def described(bound: BoundConfig, frame: EventFrame, record: RunRecord) -> tuple[Dataset, ...]:
    """Return what a run reads, for trackers: where it is, its columns, its fingerprint."""
    frames = [(bound.source, frame), *((one, one.component.scan()) for one in contexts(bound))]
    return tuple(_dataset(bound, one, rows, record) for one, rows in frames)


def _called(bound: BoundConfig, one: Bound) -> str:
    """Return a source by name; a context with its place too, since there may be several."""
    return one.use.name if one is bound.source else f"{one.use.name} ({one.use.key})"


def _dataset(bound: BoundConfig, one: Bound, rows: EventFrame, record: RunRecord) -> Dataset:
    source, name = one.component, one.use.name
    paths = source.paths_read() if isinstance(source, ReadsPaths) else ()
    return Dataset(
        name=name,
        role="source" if one is bound.source else "context",
        uri=bound.config.secrets.hide(str(paths[0])) if paths else name,
        fingerprint=record.inputs.get(_called(bound, one)),
        columns=tuple((name, dtype_name(dtype)) for name, dtype in rows.columns().items()),
        event_schema=rows.schema.model_dump(mode="json", exclude_defaults=True),
    )


def _all(bound: BoundConfig) -> Iterator[Bound]:
    single = (bound.source, bound.blueprint, bound.quality, bound.sink, bound.transport)
    for one in (*single, bound.engine, *bound.steps, *bound.trackers):
        if one is not None:
            yield from one.with_nested()
