"""Write the lock: the version of everything the workspace may install, without addresses.

`uv.lock` names the registry each file came from, so it breaks behind a mirror and is not kept.
What is kept are its versions, as uv's own `constraint-dependencies` in the root `pyproject.toml`:
plain `uv run`, `uv sync` and every nox session obey them.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BEGIN, END = "# lock: begin\n", "# lock: end\n"


def resolve(root: Path, *, options: tuple[str, ...] = ()) -> dict[str, Any]:
    """Let uv resolve the workspace and return what it locked.

    Args:
        root: Folder of the workspace.
        options: Options of `uv lock`, for example ``--upgrade``.

    Raises:
        FileNotFoundError: uv is not installed.
        subprocess.CalledProcessError: The requirements contradict each other.
    """
    uv = shutil.which("uv")
    if uv is None:
        msg = "uv is needed to lock: python3 -m pip install uv"
        raise FileNotFoundError(msg)
    subprocess.run([uv, "lock", "--quiet", *options], cwd=root, check=True)  # noqa: S603 - no shell, fixed words
    return tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))


def pins(locked: dict[str, Any]) -> list[str]:
    """Return one requirement per locked version, sorted; workspace members are left out.

    A package locked at several versions (one per range of Python) gets a marker on each.
    """
    by_name = defaultdict(list)
    for package in locked["package"]:
        if "registry" in package["source"]:
            by_name[package["name"]].append(package)
    return [_pin(package, len(found)) for _, found in sorted(by_name.items()) for package in found]


def _pin(package: dict[str, Any], versions: int) -> str:
    requirement = f"{package['name']}=={package['version']}"
    if versions == 1:
        return requirement
    return f"{requirement} ; {' or '.join(package['resolution-markers'])}"


def write(pyproject: Path, requirements: list[str]) -> None:
    """Put the requirements between the markers of a `pyproject.toml`."""
    text = pyproject.read_text(encoding="utf-8")
    lines = "".join(f'    "{requirement}",\n' for requirement in requirements)
    block = f"{BEGIN}constraint-dependencies = [\n{lines}]\n{END}"
    pattern = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.DOTALL)
    pyproject.write_text(pattern.sub(lambda _: block, text), encoding="utf-8")


def read(pyproject: Path) -> list[str]:
    """Return the requirements that a `pyproject.toml` pins."""
    settings = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    return list(settings["tool"]["uv"]["constraint-dependencies"])


def main(arguments: list[str]) -> None:
    """Pin what is new; with ``--upgrade``, renew every pin."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions allowed")
    upgrade = parser.parse_args(arguments).upgrade
    pyproject = ROOT / "pyproject.toml"
    if upgrade:
        write(pyproject, [])
    write(pyproject, pins(resolve(ROOT, options=("--upgrade",) if upgrade else ())))
    print(f"{len(read(pyproject))} versions pinned in {pyproject.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
