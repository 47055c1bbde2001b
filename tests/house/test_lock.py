"""The lock: every version, no address."""

from __future__ import annotations

from pathlib import Path

from packaging.requirements import Requirement

import house_rules
import lock

ROOT = Path(__file__).parents[2]


def test_every_package_the_workspace_may_install_is_pinned_at_the_version_uv_resolves() -> None:
    """Resolving again under the pins gives the pins: nothing is free, nothing is stale."""
    assert lock.read(ROOT / "pyproject.toml") == lock.pins(lock.resolve(ROOT))


def test_a_pin_is_a_name_a_version_and_perhaps_a_marker() -> None:
    """No pin says where to get the package."""
    pinned = [Requirement(line) for line in lock.read(ROOT / "pyproject.toml")]
    assert pinned
    assert all(pin.url is None for pin in pinned)
    assert all([s.operator for s in pin.specifier] == ["=="] for pin in pinned)


def test_a_package_locked_at_two_versions_gets_a_marker_on_each() -> None:
    """Two versions without a marker would contradict each other."""
    twice = [
        {"name": "a", "version": v, "source": {"registry": "r"}, "resolution-markers": [m]}
        for v, m in (("1", "python_version < '3.12'"), ("2", "python_version >= '3.12'"))
    ]
    assert lock.pins({"package": twice}) == [
        "a==1 ; python_version < '3.12'",
        "a==2 ; python_version >= '3.12'",
    ]


def test_workspace_members_are_not_pinned() -> None:
    """They are built from the tree."""
    member = {"name": "eventflow-core", "version": "0.1.0", "source": {"editable": "core"}}
    assert lock.pins({"package": [member]}) == []


def test_writing_replaces_only_what_stands_between_the_marks(tmp_path: Path) -> None:
    """The rest of the file is kept as it is."""
    file = tmp_path / "pyproject.toml"
    file.write_text(f"[tool.uv]\n{lock.BEGIN}old\n{lock.END}\n[tool.x]\ny = 1\n", encoding="utf-8")
    lock.write(file, ["a==1"])
    assert lock.read(file) == ["a==1"]
    assert file.read_text(encoding="utf-8").endswith("[tool.x]\ny = 1\n")


def test_uv_lock_is_not_kept() -> None:
    """It names a registry's host in every entry."""
    kept = {path.name for path in house_rules.kept_files(ROOT)}
    assert "pyproject.toml" in kept
    assert "uv.lock" not in kept
