"""The plugin that the README shows is one that the contract kit accepts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import code_blocks
from eventflow.testing.terms import terms

if TYPE_CHECKING:
    import pytest

README = Path(__file__).parents[2] / "README.md"


def test_the_plugin_of_the_readme_keeps_its_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every law of a step, as for a plugin in a package of its own."""
    [block] = [b for b in code_blocks.blocks(README.read_text("utf-8")) if "NightStep(" in b.text]
    (tmp_path / "acme_night.py").write_text(f'"""Nights."""\n\n{block.text}', encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import acme_night  # type: ignore[import-not-found] # noqa: PLC0415 - it was written just now

    agreed = terms(acme_night.NightStep, config={"column": "time"})
    found = {}
    for law in agreed.checks:
        (tmp_path / law.id).mkdir()
        found[law.id] = agreed.judge(law, tmp_path / law.id)
    sys.modules.pop("acme_night")
    assert len(found) > 30
    assert [f.message for f in found.values() if f.outcome != "passed"] == []
