"""A module that changes the process when it is imported."""

from __future__ import annotations

import logging
import sys

from eventflow.base import BaseTracker

if "pytest" not in sys.modules:  # the process of the tests stays as it is
    logging.getLogger().setLevel(logging.DEBUG)


class Importing(BaseTracker):
    """A tracker in this module."""
