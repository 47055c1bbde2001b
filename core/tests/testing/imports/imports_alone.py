"""A module that can be imported only where tests run."""

from __future__ import annotations

import sys

from eventflow.base import BaseTracker

if "pytest" not in sys.modules:
    msg = "the rest of the package has to be imported first"
    raise ImportError(msg)


class Importing(BaseTracker):
    """A tracker in this module."""
