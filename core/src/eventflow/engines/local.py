"""The local engine: Polars in this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl
from pydantic import Field

from eventflow.base import BaseEngine, ComponentConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")
_ASSUMED = 2 * 2**30
"""Bytes taken to be free where the system does not say."""


class LocalEngine(BaseEngine):
    """Executes plans with Polars, streaming by default.

    Parsing a text file once and keeping the table is faster than reading it for every pass, so a
    frame is kept between passes when its estimated size fits `memory_share` of what is free;
    otherwise each pass streams from the source again and memory stays flat.
    """

    class Config(ComponentConfig):
        """Options of the local engine.

        Attributes:
            polars: Polars engine to run queries on.
            memory_share: Share of the free memory that a kept frame may take, 0 to 1; 0 never
                keeps one.
        """

        polars: Literal["streaming", "in-memory"] = "streaming"
        memory_share: float = Field(default=0.25, ge=0, le=1)

    def gather(self, frames: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
        """Execute these plans together, sharing what they share.

        Returns:
            One frame per plan, in order; sinks return an empty frame.
        """
        if len(frames) == 1:
            return [frames[0].collect(engine=self.config.polars)]
        return pl.collect_all(frames, engine=self.config.polars)

    def holds(self, estimated_bytes: int | None) -> bool:
        """Whether a frame of this size may be kept in memory; never one of unknown size."""
        if estimated_bytes is None:
            return False
        return bool(estimated_bytes <= self.config.memory_share * free_memory())

    def __str__(self) -> str:
        """Render for the run record: ``local (polars 2.1.0, streaming)``."""
        return f"local (polars {pl.__version__}, {self.config.polars})"


def free_memory(cgroup: Path = _CGROUP, meminfo: Path = _MEMINFO) -> int:
    """Return the bytes this process may still take: free physical memory, or less under a limit.

    Args:
        cgroup: Folder of the cgroup (version 2) whose limit holds.
        meminfo: The kernel's account of memory; where there is none, a modest guess.
    """
    physical = _fields(meminfo, ":").get("MemAvailable", _ASSUMED // 1024) * 1024
    try:
        limit = int((cgroup / "memory.max").read_text())
        used = int((cgroup / "memory.current").read_text())
    except (OSError, ValueError):  # no cgroup v2, or no limit ("max")
        return physical
    cached = _fields(cgroup / "memory.stat", " ").get("inactive_file", 0)  # given up when needed
    return min(physical, limit - used + cached)


def _fields(path: Path, separator: str) -> dict[str, int]:
    """Read a kernel's table of names and numbers; empty where there is none."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    pairs = (line.split(separator, 1) for line in lines)
    return {name: int(rest.split()[0]) for name, rest in pairs}
