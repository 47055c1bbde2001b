"""The mutation check of the contract kit: every law, broken once, is caught."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contract_offenders import good, offenders
from eventflow.testing import CHECKS
from eventflow.testing.terms import terms

if TYPE_CHECKING:
    from pathlib import Path

    from contract_offenders import Offender

BROKEN = list(offenders())
KEPT = list(good())


def _failing(offender: Offender, folder: Path) -> dict[str, str]:
    agreed = terms(offender.component, **offender.said)
    found = {}
    for law in agreed.checks:
        place = folder / law.id
        place.mkdir()
        finding = agreed.judge(law, place)
        if finding.fails:
            found[law.id] = finding.message
    return found


@pytest.mark.parametrize(
    ("law", "offender"), [pytest.param(law, bad, id=f"{law}-{bad.component.__name__}")
                          for law, bad in BROKEN],
)  # fmt: skip
def test_a_broken_law_is_caught(law: str, offender: Offender, tmp_path: Path) -> None:
    """By its own check, and by no other than those that cannot but fail with it."""
    found = _failing(offender, tmp_path)
    assert set(found) == {law, *offender.also}, found
    assert f"[{law}]" in found[law]


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.component.__name__)
def test_small_honest_components_keep_every_law(kept: Offender, tmp_path: Path) -> None:
    """What breaks a law above breaks it by one change."""
    assert _failing(kept, tmp_path) == {}


def test_every_law_has_an_offender() -> None:
    """Of every kind that is judged here; a check that nothing fails could as well not be there."""
    judged = {terms(bad.component, **bad.said).subject.kind for _, bad in BROKEN}
    due = {law.id for law in CHECKS.values() if judged & set(law.kinds)}
    caught = {law for law, _ in BROKEN}
    assert sorted(due - caught) == []
    assert sorted(caught - CHECKS.keys()) == []
    table = [f"  {law:28} {bad.component.__name__}" for law, bad in BROKEN]
    total = f"{len(BROKEN)} components break {len(caught)} laws of {len(CHECKS)}"
    print("\n".join(["", *table, total]))  # noqa: T201 - the table is the result; -s shows it
