"""A frozen set of plugins is what another environment gets."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from command_line import CommandLine

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """[project]
name = "acme-local"
version = "1.2"
[project.entry-points."eventflow.steps"]
local = "acme_local:Thing"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def test_uv_reads_what_freeze_writes(tmp_path: Path) -> None:
    """A version, a folder and an editable folder are taken as requirements as they are."""
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not installed")
    site = tmp_path / "site"
    origins = {"acme-version": None, "acme-folder": {}, "acme-editable": {"editable": True}}
    for name, origin in origins.items():
        info = site / f"{name.replace('-', '_')}-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[eventflow.steps]\n{name} = acme:Thing\n")
        (info / "RECORD").write_text("")
        if origin is not None:
            project = tmp_path / "a b" / name
            project.mkdir(parents=True)
            (project / "pyproject.toml").write_text(PROJECT.replace("acme-local", name))
            url = {"url": project.as_uri(), "dir_info": origin}
            (info / "direct_url.json").write_text(json.dumps(url))
    ended = CommandLine(tmp_path, {"PYTHONPATH": str(site)})("plugins", "freeze")
    wanted = [line for line in ended.stdout.splitlines() if "acme" in line]
    assert len(wanted) == len(origins)
    (tmp_path / "plugins.txt").write_text("\n".join(wanted), encoding="utf-8")
    command = [uv, "pip", "install", "--python", sys.executable, "--target", str(site), "--offline"]
    done = subprocess.run(
        [*command, "--dry-run", "--no-deps", "-r", "plugins.txt"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
