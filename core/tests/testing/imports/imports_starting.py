"""A module that starts a thread when it is imported."""

from __future__ import annotations

import sys
import threading
import time

from eventflow.base import BaseTracker

if "pytest" not in sys.modules:  # the process of the tests stays as it is
    threading.Thread(target=time.sleep, args=(1,), daemon=True).start()


class Importing(BaseTracker):
    """A tracker in this module."""
