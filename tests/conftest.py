"""What journeys share: the command, in an empty folder that holds the examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import CommandLine

ROOT = Path(__file__).parents[1]


@pytest.fixture
def eventflow(tmp_path: Path) -> CommandLine:
    """The ``eventflow`` command in a folder of its own, laid out like a clone."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "examples").symlink_to(ROOT / "docs" / "examples")
    return CommandLine(tmp_path)
