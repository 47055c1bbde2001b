"""A module that imports a heavy library at once."""

from __future__ import annotations

import duckdb  # noqa: F401 - the mistake

from eventflow.base import BaseTracker


class Importing(BaseTracker):
    """A tracker in this module."""
