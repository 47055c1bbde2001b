"""Type checkers accept right listeners and calls, and reject each kind of mistake."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MYPY = {
    "WRONG payload": "override", "WRONG name": "misc", "WRONG return": "override",
    "WRONG attribute": "attr-defined", "WRONG argument": "arg-type", "WRONG missing": "call-arg",
    "WRONG assignment": "assignment",
}  # fmt: skip
PYRIGHT = {
    "WRONG payload": "reportIncompatibleMethodOverride", "WRONG name": "reportGeneralTypeIssues",
    "WRONG return": "reportIncompatibleMethodOverride",
    "WRONG attribute": "reportAttributeAccessIssue", "WRONG argument": "reportArgumentType",
    "WRONG missing": "reportCallIssue", "WRONG assignment": "reportAssignmentType",
}  # fmt: skip
"""Mistake → the kind of error that tells it."""


def expected(kinds: dict[str, str]) -> set[tuple[str, int, str]]:
    """Return file, line and kind of every error that the marked lines must give."""
    lines = (HERE / "rejected.py").read_text(encoding="utf-8").splitlines()
    marks = [(n, line.partition("# ")[2]) for n, line in enumerate(lines, 1) if "# WRONG" in line]
    assert {mark for _, mark in marks} == set(kinds)
    return {("rejected.py", number, kinds[mark]) for number, mark in marks}


def run(*command: str) -> str:
    """Run a checker over both files and return what it says."""
    files = [str(HERE / name) for name in ("accepted.py", "rejected.py")]
    done = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_mypy_strict_finds_exactly_the_mistakes() -> None:
    """Wrong payload, name, result, field, argument, number of arguments; nothing else."""
    pytest.importorskip("mypy", reason="the types group has it: nox -s types")
    said = run(sys.executable, "-m", "mypy", "--strict", "--no-error-summary")
    found = re.findall(r"(\w+\.py):(\d+): error: .*\[([\w-]+)\]$", said, re.MULTILINE)
    assert {(file, int(line), kind) for file, line, kind in found} == expected(MYPY)


def test_pyright_finds_exactly_the_mistakes() -> None:
    """The same lines."""
    pyright = shutil.which("pyright", path=str(Path(sys.executable).parent))
    if pyright is None:
        pytest.skip("the types group has pyright: nox -s types")
    said = run(pyright, "--outputjson", "--pythonpath", sys.executable)
    found = [d for d in json.loads(said)["generalDiagnostics"] if d["severity"] == "error"]
    places = {(Path(d["file"]).name, d["range"]["start"]["line"] + 1, d["rule"]) for d in found}
    assert places == expected(PYRIGHT)
