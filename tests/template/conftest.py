"""A user with a home of their own, an empty folder, and the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plugin_author import Author

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a home and a working folder, in which a step was made."""
    folder = tmp_path_factory.mktemp("made")
    for name in ("work", "home"):
        (folder / name).mkdir()
    assert Author(folder / "work", folder / "home").plugins("new", "step", "acme").code == 0
    return folder


@pytest.fixture
def author(tmp_path: Path) -> Author:
    """Return someone who has not used Eventflow before."""
    for name in ("work", "home"):
        (tmp_path / name).mkdir()
    return Author(tmp_path / "work", tmp_path / "home")
