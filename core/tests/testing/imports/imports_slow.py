"""A module that computes while it is imported."""

from __future__ import annotations

import time

from eventflow.base import BaseTracker

_end = time.process_time() + 0.3
while time.process_time() < _end:
    pass


class Importing(BaseTracker):
    """A tracker in this module."""
