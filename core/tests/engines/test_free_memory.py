"""How much memory the local engine takes to be free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventflow.engines.local import LocalEngine, free_memory

if TYPE_CHECKING:
    from pathlib import Path

MEMINFO = "MemTotal:       16000 kB\nMemAvailable:    8000 kB\nHugePages_Total:     0\n"
FREE = 8000 * 1024


@pytest.fixture
def meminfo(tmp_path: Path) -> Path:
    """Eight thousand kB are free on this machine."""
    path = tmp_path / "meminfo"
    path.write_text(MEMINFO)
    return path


def group(folder: Path, **values: str) -> Path:
    """Write the files of a cgroup."""
    for name, text in values.items():
        (folder / f"memory.{name}").write_text(text)
    return folder


def test_without_a_limit_it_is_what_the_machine_has(tmp_path: Path, meminfo: Path) -> None:
    """No cgroup, or one without a limit, leaves the machine's own account."""
    assert free_memory(tmp_path, meminfo) == FREE
    assert free_memory(group(tmp_path, max="max\n", current="5\n"), meminfo) == FREE


def test_a_limit_counts_less_what_is_used(tmp_path: Path, meminfo: Path) -> None:
    """Cached pages of files that were read do not count as used: they are given up when needed."""
    stat = "anon 1000\ninactive_file 300\n"

    assert free_memory(group(tmp_path, max="5000\n", current="2000\n"), meminfo) == 3000
    assert free_memory(group(tmp_path, stat=stat), meminfo) == 3300


def test_a_machine_that_says_nothing_holds_small_frames_only(tmp_path: Path) -> None:
    """Without the kernel's account, a modest guess decides."""
    assert free_memory(tmp_path, tmp_path / "none") == 2 * 2**30


def test_a_frame_of_unknown_size_is_never_held() -> None:
    """What cannot be estimated streams."""
    assert not LocalEngine(memory_share=1).holds(None)
    assert LocalEngine(memory_share=1).holds(1)
