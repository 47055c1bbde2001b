"""Measuring this process."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path


def peak_memory() -> int | None:
    """Peak resident memory of this process so far, in bytes; None where it cannot be told.

    On Linux that of the program alone: what `getrusage` tells begins at the peak of the process
    that started it.
    """
    if (found := _high_water()) is not None:
        return found
    if find_spec("resource") is None:  # Windows has no getrusage
        return None
    resource = import_module("resource")
    peak: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _high_water() -> int | None:
    """Return what Linux says of this program's largest resident set."""
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None
