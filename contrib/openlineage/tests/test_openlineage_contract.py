"""Every law of a tracker, on a file of events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventflow.testing import contract
from eventflow_openlineage.tracker import OpenLineageTracker

if TYPE_CHECKING:
    from pathlib import Path


def _options(folder: Path) -> dict[str, Any]:
    path = str(folder / "events.jsonl")
    return {"transport": {"type": "file", "log_file_path": path, "append": True}}


TestOpenLineageTracker = contract(OpenLineageTracker, config=_options, level=1)
