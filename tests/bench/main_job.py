"""The README's job from a fresh process, and what it installs and writes."""

from __future__ import annotations

import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

from harness import MEBIBYTE, Contestant, compete, table

if TYPE_CHECKING:
    from collections.abc import Iterable

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "churn.yaml"


def bench(folder: Path, *, rounds: int = 9) -> Iterable[str]:
    """Time the whole process; weigh the report and the site's packages."""
    command = str(Path(sys.executable).parent / "eventflow")
    job = Contestant("eventflow run churn.yaml", [command, "run", str(EXAMPLE)])
    compete([job], folder, rounds=rounds)
    yield from table("Main job, whole process", [job], against=job)
    reports = sorted(folder.glob(".eventflow/runs/*/report.html"))
    yield f"\nreport: {reports[-1].stat().st_size / 1024:.0f} KiB"
    yield f"distributions in this environment (with test tools): {len(list(distributions()))}"
    site = Path(sys.prefix)
    size = sum(f.stat().st_size for f in site.rglob("*") if f.is_file()) / MEBIBYTE
    yield f"environment (with test tools): {size:,.0f} MiB"
