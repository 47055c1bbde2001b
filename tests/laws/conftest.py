"""What the tests of the laws share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import eventflow
from law_kit import MAIN_JOB, inside

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.runs.result import RunResult


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def main_job(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """Run the shipped example once, as it is."""
    folder = tmp_path_factory.mktemp("main_job")
    return eventflow.run(MAIN_JOB, overrides=inside(folder))
