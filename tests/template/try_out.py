"""Try out what `eventflow plugins new` makes, as its author and its users would.

For each kind: render the project, build its wheel, run its tox environment for this Python, install
the wheel beside the host's wheels in a fresh environment, and use it in a run. `nox -s template`
calls this; the wheels under test are found through ``UV_FIND_LINKS``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from eventflow.scaffold.names import TEMPLATES

BIN = Path(sys.executable).parent
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
HOST = ("eventflow-core", "eventflow-files")


def main() -> None:
    """Try out the kinds that are named, or every kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where projects are made; emptied first")
    parser.add_argument("kinds", nargs="*", default=TEMPLATES)
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    for kind in given.kinds:
        seconds = try_out(kind, given.folder)
        told = "  ".join(f"{what} {took:.1f} s" for what, took in seconds.items())
        sys.stdout.write(f"{kind:13} {told}\n")
        sys.stdout.flush()


def try_out(kind: str, folder: Path) -> dict[str, float]:
    """Take one kind from its template to a run; return the seconds that each part took."""
    seconds: dict[str, float] = {}
    name = f"trial-{kind.replace('_', '-')}"
    project = folder / f"eventflow-{name}"

    def timed(what: str, *command: str | Path, cwd: Path = project) -> None:
        began = time.perf_counter()
        run(command, cwd)
        seconds[what] = time.perf_counter() - began

    timed("new", BIN / "eventflow", "plugins", "new", kind, name, cwd=folder)
    timed("build", "uv", "build", "--quiet", "--wheel", "--out-dir", "dist")
    timed("tox", BIN / "tox", "run", "--quiet", "-e", f"{PYTHON},lint,types")
    fresh = project / "fresh"
    [wheel] = (project / "dist").glob("*.whl")
    run(["uv", "venv", "--quiet", "--python", sys.executable, fresh], project)
    python = fresh / "bin" / "python"
    timed("install", "uv", "pip", "install", "--quiet", "--python", python, wheel, *HOST)
    timed("run", python.with_name("eventflow"), "--strict", "run", "example.yaml")
    run([python.with_name("eventflow"), "plugins", "doctor", project.name], project)
    return seconds


def run(command: tuple[str | Path, ...] | list[str | Path], folder: Path) -> None:
    """Run a command; when it fails, show what it said and end."""
    hidden = {"VIRTUAL_ENV", "PYTHONPATH"}
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    if ended.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{ended.stdout}\n{ended.stderr}")


if __name__ == "__main__":
    main()
