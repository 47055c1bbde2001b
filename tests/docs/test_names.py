"""The page of names tells the truth: what it says is here can be imported."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "names.md"
ROW = re.compile(r"^\| (?P<there>.+?) \| (?P<here>.+?) \| (?P<status>.+?) \|$", re.MULTILINE)
STATUSES = ("here", "planned", "replaced")
ROWS = [row for row in ROW.finditer(PAGE.read_text(encoding="utf-8")) if row["status"] != "status"]
HERE = [
    name
    for row in ROWS
    if row["status"].startswith("here")
    for name in re.findall(r"`(eventflow(?:_\w+)?(?:\.\w+)+)`", row["here"])
]


@pytest.mark.parametrize("name", sorted(set(HERE)))
def test_a_name_that_is_said_to_be_here_can_be_imported(name: str) -> None:
    """Each dotted name leads to an object."""
    module, _, attribute = name.rpartition(".")
    assert hasattr(import_module(module), attribute)


def test_every_row_has_a_status() -> None:
    """Here, planned or replaced; a replacement says by what and why."""
    assert len(ROWS) > 50
    assert [row["there"] for row in ROWS if not row["status"].startswith(STATUSES)] == []
