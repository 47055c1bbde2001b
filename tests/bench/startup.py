"""How long the command line takes to say something."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from harness import Contestant, compete, table

if TYPE_CHECKING:
    from collections.abc import Iterable

BARE = "import click; from importlib.metadata import entry_points; entry_points()"


def bench(folder: Path, *, rounds: int = 15) -> Iterable[str]:
    """Compare with a bare Python that imports click and lists entry points, and with peers."""
    here = Path(sys.executable).parent
    bare = Contestant("bare Python", [sys.executable, "-c", BARE])
    command = str(here / "eventflow")
    others = [
        Contestant("eventflow --help", [command, "--help"]),
        Contestant("eventflow plugins list", [command, "plugins", "list"]),
    ]
    for peer, *arguments in (("datasette", "plugins"), ("kedro", "--help")):
        found = which(peer)
        if found:
            others.append(Contestant(f"{peer} {' '.join(arguments)}", [found, *arguments]))
    compete([bare, *others], folder, rounds=rounds)
    return table("Start-up", [bare, *others], against=bare)
