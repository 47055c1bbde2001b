"""Every fault on every transport: what is promised is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from faultkit.campaign import rounds, tell
from faultkit.faults import FAULTS
from faultkit.trial import broken_promises, try_out
from faultkit.worlds import WORLDS

if TYPE_CHECKING:
    from faultkit.history import Judgement

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "reliability.md"
_AT_ONCE = 4  # trials wait most of the time


@pytest.mark.parametrize("seed", range(1, rounds(1, 5) + 1))
@pytest.mark.parametrize("transport", WORLDS)
def test_promises_hold_whatever_goes_wrong(transport: str, seed: int, tmp_path: Path) -> None:
    """Nothing acknowledged is lost where the transport keeps events, nothing is handled twice.

    Nor is anything handled out of order, or that nobody published; and all of this without a
    restart: what is published when the fault is over arrives, whatever the transport promises.
    """
    entry = WORLDS[transport]

    def judged(fault: str) -> Judgement:
        folder = tmp_path / fault.replace(" ", "-")
        folder.mkdir()
        return try_out(transport, fault, seed, folder)

    faults = [fault for fault in FAULTS if fault not in entry.lacks]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        judgements = dict(zip(faults, pool.map(judged, faults), strict=True))
    swapped = evolve(entry.promises, ordered=False)
    broken = {
        f: broken_promises(j, swapped if f in entry.overtakes else entry.promises)
        for f, j in judgements.items()
    }
    assert not any(broken.values()), {f: (broken[f], judgements[f]) for f in broken if broken[f]}
    assert all(judgement.acknowledged for judgement in judgements.values())
    for fault, judgement in judgements.items():
        tell(
            "transport faults", transport=transport, fault=fault, seed=seed,
            acknowledged=judgement.acknowledged,
            lost=len(judgement.lost), missed=len(judgement.missed),
        )  # fmt: skip


def test_each_fault_that_a_transport_cannot_suffer_is_named() -> None:
    """What is left out for a transport is a fault there is; the page on reliability says why."""
    page = PAGE.read_text(encoding="utf-8")
    for transport, entry in WORLDS.items():
        assert set(entry.lacks) < set(FAULTS), transport
        for reason in (*entry.lacks.values(), *entry.overtakes.values()):
            assert f"`{transport}`: {reason}" in " ".join(page.split())
    assert all(f"| {fault} |" in page for fault in FAULTS)
