"""What a run was made of: versions, platform, inputs."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventflow.config import Bound, BoundConfig


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


def _all(bound: BoundConfig) -> Iterable[Bound]:
    single = (bound.source, bound.blueprint, bound.quality, bound.sink, bound.transport)
    return (b for b in (*single, bound.engine, *bound.steps, *bound.trackers) if b is not None)
