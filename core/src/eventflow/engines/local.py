"""The local engine: Polars in this process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl
from pydantic import Field

from eventflow.base import BaseEngine, ComponentConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_CGROUP_USED = Path("/sys/fs/cgroup/memory.current")


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


def free_memory() -> int:
    """Bytes this process may still take: free physical memory, or less under a cgroup limit."""
    physical = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        fields = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        physical = int(fields["MemAvailable"].split()[0]) * 1024
    try:
        return min(physical, int(_CGROUP_LIMIT.read_text()) - int(_CGROUP_USED.read_text()))
    except (OSError, ValueError):  # no cgroup v2, or no limit ("max")
        return physical
