"""What the commands about event stores share."""

from __future__ import annotations

from pathlib import Path

STORE = Path(".eventflow/events.sqlite")
"""Where the `store` transport writes unless told otherwise."""
