"""The first command downloads what it needs, and little else."""

from __future__ import annotations

import subprocess
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LIMIT = 45
MEBIBYTE = 1024 * 1024


def _installed_by_uv_run() -> list[Requirement]:
    """Return what plain `uv run` installs on this platform."""
    listed = subprocess.run(
        ["uv", "export", "--quiet", "--no-hashes", "--no-header", "--no-annotate"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.removeprefix("-e ") for line in listed.stdout.splitlines() if line]
    members = [Requirement(f"eventflow-{Path(p).name}") for p in lines if p.startswith("./")]
    others = [Requirement(line) for line in lines if not line.startswith("./")]
    return [r for r in members + others if r.marker is None or r.marker.evaluate()]


def _bytes(found: Distribution) -> int:
    paths = (Path(str(found.locate_file(file))) for file in found.files or [])
    return sum(path.stat().st_size for path in paths if path.is_file())


def test_a_first_run_installs_few_distributions() -> None:
    """The packages of the workspace, what they need, and nox."""
    names = {requirement.name for requirement in _installed_by_uv_run()}
    assert {"eventflow-core", "eventflow-churn", "polars", "nox"} <= names
    assert len(names) <= LIMIT, sorted(names)


def test_what_the_main_job_needs_takes_at_most_260_megabytes() -> None:
    """Measured on what is installed here; nox and its few megabytes are left out."""
    needed = _closure(
        "eventflow-churn", "eventflow-datasets", "eventflow-files", "eventflow-quality"
    )
    size = sum(_bytes(distribution(name)) for name in needed)
    assert 150 * MEBIBYTE < size <= 250 * MEBIBYTE


def _closure(*names: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            wanted = map(Requirement, distribution(name).requires or [])
            waiting += [
                r.name for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})
            ]
    return seen
