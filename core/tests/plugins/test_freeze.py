"""Pinning plugins, and reading the pins back."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.requirements import Requirement

from eventflow.plugins.freeze import from_direct_url, frozen
from eventflow.plugins.index import IndexedPlugin

URL = "https://example.org/acme.git"
ORIGINS: dict[str, tuple[dict[str, Any], str | None]] = {
    "index": ({}, None),
    "editable": (
        {"url": "file:///src/acme", "dir_info": {"editable": True}}, "-e file:///src/acme",
    ),
    "folder": ({"url": "file:///src/acme", "dir_info": {}}, "acme @ file:///src/acme"),
    "git": (
        {"url": URL, "vcs_info": {"vcs": "git", "commit_id": "abc", "requested_revision": "main"}},
        f"acme @ git+{URL}@abc",
    ),
    "subdirectory": (
        {"url": URL, "vcs_info": {"vcs": "git", "commit_id": "abc"}, "subdirectory": "plugins/a"},
        f"acme @ git+{URL}@abc#subdirectory=plugins/a",
    ),
    "archive": (
        {"url": "https://example.org/a-1.whl", "archive_info": {"hashes": {"sha256": "00ff"}}},
        "acme @ https://example.org/a-1.whl#sha256=00ff",
    ),
    "password": (
        {"url": "https://me:secret@example.org/a-1.whl", "archive_info": {}},
        "acme @ https://example.org/a-1.whl",
    ),
    "variable": (
        {"url": "https://${USER}:${TOKEN}@example.org/a.whl", "archive_info": {}},
        "acme @ https://${USER}:${TOKEN}@example.org/a.whl",
    ),
}  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
def test_where_it_came_from_is_kept(origin: str) -> None:
    """Commits, hashes and subfolders are; passwords are not (PEP 610)."""
    given, expected = ORIGINS[origin]
    line = from_direct_url("acme", given)
    assert line == expected
    if line and not line.startswith("-e "):
        assert Requirement(line).name == "acme"


def test_versions_are_exact_and_what_has_none_is_left_out() -> None:
    """A version that no installer accepts makes no requirement."""
    found = frozen([IndexedPlugin("acme-x", "1.2.post1"), IndexedPlugin("acme-y", "first.try")])
    assert [plugin.requirement for plugin in found] == ["acme-x==1.2.post1", None]
    assert found[1].reason == '"first.try" is no valid version'
