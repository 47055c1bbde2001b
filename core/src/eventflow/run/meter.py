"""Measuring this process."""

from __future__ import annotations

import sys

try:
    import resource
except ImportError:  # Windows has no getrusage
    resource = None  # type: ignore[assignment]


def peak_memory() -> int | None:
    """Peak resident memory of this process so far, in bytes; None where it cannot be told."""
    if resource is None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
