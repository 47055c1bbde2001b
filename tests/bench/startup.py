"""How long the command line takes to say something."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from harness import Contestant, compete, table

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from hostile_zoo import ZOO, Offender, install, install_zoo

if TYPE_CHECKING:
    from collections.abc import Iterable

BARE = "import click; from importlib.metadata import entry_points; entry_points()"
DISTRIBUTIONS = 200
PEERS = {
    "datasette": ("datasette", "from datasette import hookimpl\n\n@hookimpl\ndef startup(): ...\n"),
    "llm": ("llm", "from llm import hookimpl\n\n@hookimpl\ndef register_models(): ...\n"),
}
"""Peer → its entry-point group, and the smallest plugin there is."""
DAMAGED = frozenset(n for n, o in ZOO.items() if o.metadata is not None or o.points is not None)
"""Offenders that bare Python's `entry_points` falls over; it has to finish to be compared."""


def bench(folder: Path, *, rounds: int = 15) -> Iterable[str]:
    """Compare with a bare Python that imports click and lists entry points, and with peers."""
    here = Path(sys.executable).parent
    bare = Contestant("bare Python", [sys.executable, "-c", BARE])
    command = str(here / "eventflow")
    others = [
        Contestant("eventflow --help", [command, "--help"]),
        Contestant("eventflow plugins list", [command, "plugins", "list"]),
        Contestant("eventflow hooks list", [command, "hooks", "list"]),
    ]
    for peer, *arguments in (("datasette", "plugins"), ("kedro", "--help")):
        found = which(peer)
        if found:
            others.append(Contestant(f"{peer} {' '.join(arguments)}", [found, *arguments]))
    compete([bare, *others], folder, rounds=rounds)
    yield from table("Start-up", [bare, *others], against=bare)
    yield from _crowded(folder, command, rounds=rounds)


def _crowded(folder: Path, command: str, *, rounds: int) -> Iterable[str]:
    """The same with 200 plugins and the hostile set installed; peers get as many plugins."""
    site = folder / "crowd"
    install_zoo(site)
    for number in range(DISTRIBUTIONS - len(ZOO)):
        install(site, f"plugin_{number}", Offender(None, "", "class Thing: ..."))
    for name in DAMAGED:
        (site / f"acme_{name}-1.0.dist-info" / "METADATA").write_text("Name: x\nVersion: 1\n")
        (site / f"acme_{name}-1.0.dist-info" / "entry_points.txt").write_text("")
    bare = Contestant("bare Python", [*_with(site), sys.executable, "-c", BARE])
    others = [
        Contestant(f"eventflow {' '.join(words)}", [*_with(site), command, *words])
        for words in (("plugins", "list"), ("hooks", "list"), ("--help",))
    ]
    others += [
        Contestant(f"{peer} plugins", [*_with(_peers(folder, peer)), found, "plugins"])
        for peer in PEERS
        if (found := which(peer))
    ]
    compete([bare, *others], folder, rounds=rounds)
    title = f"Start-up with {DISTRIBUTIONS} plugins, the hostile set among them"
    yield from table(title, [bare, *others], against=bare)


def _peers(folder: Path, peer: str) -> Path:
    """Install as many plugins of a peer: each imports nothing but the peer."""
    group, code = PEERS[peer]
    site = folder / f"crowd-{peer}"
    for number in range(DISTRIBUTIONS):
        site.mkdir(exist_ok=True)
        install(site, f"{peer}_{number}", Offender(None, "", code, group=group))
    for points in site.glob("*/entry_points.txt"):
        points.write_text(points.read_text().replace(":Thing", ""))
    return site


def _with(site: Path) -> list[str]:
    return ["env", f"PYTHONPATH={site}"]
