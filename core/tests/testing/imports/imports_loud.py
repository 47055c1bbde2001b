"""A module that prints while it is imported."""

from __future__ import annotations

from eventflow.base import BaseTracker

print("thank you for using this plugin")  # noqa: T201 - the mistake


class Importing(BaseTracker):
    """A tracker in this module."""
