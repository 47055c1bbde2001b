"""Measuring this process."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec


def peak_memory() -> int | None:
    """Peak resident memory of this process so far, in bytes; None where it cannot be told."""
    if find_spec("resource") is None:  # Windows has no getrusage
        return None
    resource = import_module("resource")
    peak: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
