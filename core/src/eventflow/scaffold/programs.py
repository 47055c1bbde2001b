"""The two programs that make and update projects: git and copier, each in a process of its own.

copier is no dependency of Eventflow. It is used where it is installed beside it (the extra
``eventflow-core[new]``); else uv fetches it into an environment of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from eventflow.scaffold.errors import NoGitError, NoRendererError, RenderError

if TYPE_CHECKING:
    from pathlib import Path

COPIER = "copier>=9.4,<10"
_SOMEBODY = {"NAME": "Eventflow", "EMAIL": "eventflow@localhost", "DATE": "2026-01-01T00:00:00Z"}


def copier(*arguments: str) -> None:
    """Run copier.

    Raises:
        NoRendererError: EF154, it is not installed, and there is no uv to fetch it.
        NoGitError: EF155, git, which it uses, is not there.
        RenderError: EF156, it failed.
    """
    _require_git()
    _run("copier", [*_copier_command(), *arguments])


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and return what it prints.

    Raises:
        NoGitError: EF155, it is not installed.
        RenderError: EF156, it failed.
    """
    _require_git()
    return _run("git", ["git", "-C", str(folder), *arguments])


def uv_is_there() -> bool:
    """Whether uv is on PATH."""
    return shutil.which("uv") is not None


def uv(*arguments: str) -> None:
    """Run uv.

    Raises:
        RenderError: EF156, it failed.
    """
    _run("uv", ["uv", *arguments])


def _copier_command() -> list[str]:
    if find_spec("copier") is not None:
        return [sys.executable, "-m", "copier"]
    if uv_is_there():
        return ["uv", "tool", "run", "--quiet", "--from", COPIER, "copier"]
    raise NoRendererError.for_missing()


_LIMITS = "GIT_CEILING_DIRECTORIES"
"""How far up a repository is looked for; all else that git reads would say which one it is."""


def _require_git() -> None:
    if shutil.which("git") is None:
        raise NoGitError.for_missing()


def _run(program: str, command: list[str]) -> str:
    """Run a command; commits that it makes are the same on every machine."""
    identity = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in _SOMEBODY.items()
    }
    inherited = {k: v for k, v in os.environ.items() if k == _LIMITS or not k.startswith("GIT_")}
    ended = subprocess.run(  # noqa: S603 - no shell; the arguments are ours or checked names
        command,
        env={**inherited, **identity},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if ended.returncode != 0:
        raise RenderError.for_output(program, f"{ended.stdout}\n{ended.stderr}")
    return ended.stdout.strip()
