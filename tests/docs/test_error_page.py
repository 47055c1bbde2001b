"""Every error code has its entry on the page of error codes."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
SOURCES = [*ROOT.glob("core/src/**/*.py"), *ROOT.glob("plugins/*/src/**/*.py")]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module that renders the page, loaded as the site loads it."""
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    return importlib.import_module("errors_page")


def test_every_code_in_the_sources_is_explained(page: Any) -> None:
    """Each has a title, a message or both; none is only a number."""
    used = {c for path in SOURCES for c in re.findall(r'"(EF\d{3})"', path.read_text("utf-8"))}
    explained = {code for code, entry in page.entries().items() if entry.titles or entry.messages}
    assert len(used) > 30
    assert sorted(used - explained) == []


def test_codes_lie_in_the_ranges_of_their_subject(page: Any) -> None:
    """The hundreds tell the subject, and each subject has a heading."""
    assert {code[2] for code in page.entries()} <= set(page.RANGES)
