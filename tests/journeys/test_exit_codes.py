"""Exit codes are stable: scripts depend on them."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

QUAKES = """\
name: quakes
source:
  use: earthquakes
sink:
  use: parquet
  path: out/quakes.parquet
"""
CODES = {
    "done": (QUAKES, 0, ""),
    "source not found": (
        QUAKES.replace("use: earthquakes", "use: csv\n  path: nowhere.csv"),
        1,
        "EF6",
    ),
    "unknown option": (QUAKES.replace("path: out", "pth: out"), 2, "EF20"),
    "not yaml": ("name: [unclosed", 2, "EF211"),
    "value out of range": (QUAKES + "quality:\n  minimum_score: 101\n", 2, "EF20"),
    "missing plugin": (QUAKES + "steps:\n  - use: privacy.hash\n", 4, "eventflow-privacy"),
}


@pytest.mark.parametrize(("text", "code", "said"), CODES.values(), ids=CODES)
def test_a_run_ends_with_the_documented_code(
    eventflow: CommandLine, text: str, code: int, said: str
) -> None:
    """And says why, without a traceback."""
    ended = eventflow("run", eventflow.write("pipeline.yaml", text))
    assert ended.code == code, ended.stderr + ended.stdout
    assert said in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr + ended.stdout
    assert (eventflow.folder / "out" / "quakes.parquet").exists() == (code == 0)


def test_a_closed_gate_publishes_nothing(eventflow: CommandLine) -> None:
    """Exit code 3, and no output; the reason is named."""
    text = "name: strict\nsource:\n  use: csv\n  path: rows.csv\nschema:\n  entity: who\n"
    gate = "quality:\n  completeness: 1.0\nsink:\n  use: parquet\n  path: out/rows.parquet\n"
    eventflow.write("rows.csv", "who,spent\nann,1\n,2\nbob,3\n")
    ended = eventflow("run", eventflow.write("pipeline.yaml", text + gate))
    assert ended.code == 3, ended.stderr
    assert "completeness" in ended.stdout + ended.stderr
    assert not (eventflow.folder / "out").exists() or not any((eventflow.folder / "out").iterdir())


def test_a_misspelt_command_is_a_usage_error(eventflow: CommandLine) -> None:
    """Exit code 2, and the nearest command."""
    ended = eventflow("rnu")
    assert ended.code == 2
    assert "run" in ended.stderr


def test_an_interrupted_run_leaves_nothing_half_written(eventflow: CommandLine) -> None:
    """Exit code 130; the output is not there, and no part of it either."""
    process = eventflow.start("run", "docs/examples/churn.yaml")
    _wait_for(eventflow.folder / ".eventflow")
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    out = eventflow.folder / "out"
    assert not out.exists() or list(out.iterdir()) == []


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} was never made"
        time.sleep(0.01)
