"""How long a campaign is, and what it found.

The default is short, for every change; ``nox -s faults`` sets `LONG` and gathers the figures.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

LONG = os.environ.get("EVENTFLOW_FAULTS") == "long"
_FIGURES = os.environ.get("EVENTFLOW_FAULTS_FIGURES")


def rounds(short: int, long: int) -> int:
    """Return how many times to try."""
    return long if LONG else short


def tell(campaign: str, **facts: Any) -> None:
    """Add a line to the figures, where somebody gathers them."""
    if _FIGURES:
        with Path(_FIGURES).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"campaign": campaign, **facts}) + "\n")
