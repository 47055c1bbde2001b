"""The page of names tells the truth: what it says is here can be imported."""

from __future__ import annotations

import re
from pathlib import Path
from pkgutil import resolve_name

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


PROOFS = (
    r"eventflow(_\w+)?(\.\w+)+",  # imported below
    r"eventflow-(core|churn|datasets|features|files|quality)\b.*",
    r"(name|source|steps|quality|blueprint|sink|transport|runs):?.*",  # of a pipeline file
    r"features\.aggregate|max_bytes|EventFrame",
)


@pytest.mark.parametrize("name", sorted(set(HERE)))
def test_a_name_that_is_said_to_be_here_can_be_imported(name: str) -> None:
    """Each dotted name leads to an object."""
    assert resolve_name(name) is not None


def test_a_name_that_is_said_to_be_here_is_one_that_can_be_looked_up() -> None:
    """A class or function, a package, a key of pipeline files or an option: no mere words."""
    here = [row for row in ROWS if row["status"].startswith("here")]
    quoted = {row["there"]: re.findall(r"`(.+?)`", row["here"]) for row in here}
    bare = [k for k, v in quoted.items() if not any(re.fullmatch(p, n) for p in PROOFS for n in v)]
    assert bare == []


def test_every_row_has_a_status() -> None:
    """Here, planned or replaced; a replacement says by what and why."""
    assert len(ROWS) > 50
    assert [row["there"] for row in ROWS if not row["status"].startswith(STATUSES)] == []
