"""A request to end that comes while the command still imports."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PROBE = """
import os, signal, sys
from importlib.abc import MetaPathFinder

class Asks(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.{signal})

sys.meta_path.insert(0, Asks())
from eventflow.cli.main import main
main(["run", "pipeline.yaml"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("request_to_end", ["SIGTERM", "SIGHUP", "SIGINT"])
@pytest.mark.parametrize(
    "module", ["eventflow.cli.run", "eventflow.api", "polars", "eventflow.runs.orchestrate"]
)
def test_a_request_while_importing_ends_with_130_and_writes_nothing(
    tmp_path: Path, module: str, request_to_end: str
) -> None:
    """No traceback, the code of an interrupted run, and an empty folder."""
    code = PROBE.format(module=module, signal=request_to_end)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 130, done.stderr
    assert done.stderr.strip() == "interrupted"
    assert list(tmp_path.iterdir()) == []
