"""Stored bytes that change are told, or do not matter."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from faultkit import mutants
from faultkit.campaign import rounds, tell
from faultkit.damage import damaged, outcome, stored

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("crashed", [False, True], ids=["closed", "crashed"])
def test_every_change_of_a_byte_is_detected_or_harmless(tmp_path: Path, *, crashed: bool) -> None:
    """Flipped, cut off or zeroed, in the file, its log or its witness: no replay is deceived."""
    whole = stored(tmp_path / "whole", crashed=crashed)
    assert outcome(tmp_path / "copy", whole.files, whole.events) == "harmless"
    chance = random.Random(5 + crashed)  # noqa: S311 - a test that can be repeated
    counted: Counter[str] = Counter()
    for _ in range(rounds(75, 1_000)):
        what, files = damaged(whole.files, chance)
        found = outcome(tmp_path / "copy", files, whole.events)
        assert found != "silent", what
        counted[found] += 1
    assert counted["detected"] > counted["harmless"] / 4
    kind = "after a crash" if crashed else "closed"
    tell("damaged bytes", store=kind, **counted, silent=0)


def test_replay_without_checksums_is_deceived(tmp_path: Path) -> None:
    """The same trial fails for a reader that does not compare checksums."""
    whole = stored(tmp_path / "whole", crashed=False)
    chance = random.Random(1)  # noqa: S311 - a test that can be repeated
    for trial in range(1, 200):
        _, files = damaged(whole.files, chance)
        with mutants.checksums_unchecked():
            if outcome(tmp_path / "copy", files, whole.events) == "silent":
                tell("negative control", control="checksums not compared", caught_in_run=trial)
                return
    pytest.fail("changed events were replayed, and nobody noticed")
