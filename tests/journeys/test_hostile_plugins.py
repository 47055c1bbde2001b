"""Plugins that are broken, outdated, clashing or rude: who does not use them is not disturbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bad_input import COPY, outputs, put

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

THING = "class Thing:\n    pass\n"
STEP = (
    "from eventflow.base import BaseStep\n\n\nclass Thing(BaseStep):\n"
    '    """Changes nothing."""\n\n    def apply(self, frame, state):\n        return frame\n'
)
NEEDS = "eventflow-core>=0.1,<0.2"
HOSTILE = {
    "raises": ("raise RuntimeError('no luck')", NEEDS, "steps", "raises"),
    "exits": ("import sys\nsys.exit(3)", NEEDS, "steps", "exits"),
    "lacks": ("import no_such_module_anywhere", NEEDS, "steps", "lacks"),
    "shapeless": (THING, NEEDS, "steps", "shapeless"),
    "outdated": (STEP, "eventflow-core>=9", "steps", "outdated"),
    "thief": (STEP, NEEDS, "sources", "csv"),
    "first": (STEP, NEEDS, "steps", "twin"),
    "second": (STEP, NEEDS, "steps", "twin"),
    "loud": ("print('noise')\nraise ValueError", NEEDS, "hooks", "loud"),
}
CODES = {
    "raises": "EF120",
    "exits": "EF120",
    "lacks": "EF120",
    "shapeless": "EF121",
    "outdated": "EF110",
    "twin": "EF112",
}
SWALLOWS = """import logging
from eventflow.base import BaseTransport

class Thing(BaseTransport):
    failures = 0

    def publish(self, event):
        try:
            open("/dev/null/events")
        except OSError:
            self.failures += 1
            logging.getLogger(__name__).exception("could not write")
"""


@pytest.fixture
def hostile(eventflow: CommandLine) -> dict[str, str]:
    """Install them all in a folder; return the environment that has them."""
    site = eventflow.folder / "site"
    site.mkdir()
    for name, plugin in HOSTILE.items():
        _install(site, name, plugin)
    return {"PYTHONPATH": str(site)}


def _install(site: Path, name: str, plugin: tuple[str, str, str, str]) -> None:
    code, needs, group, entry = plugin
    (site / f"acme_{name}.py").write_text(code, encoding="utf-8")
    info = site / f"acme_{name}-1.0.dist-info"
    info.mkdir()
    metadata = f"Metadata-Version: 2.4\nName: acme-{name}\nVersion: 1.0\nRequires-Dist: {needs}\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    points = f"[eventflow.{group}]\n{entry} = acme_{name}:Thing\n"
    (info / "entry_points.txt").write_text(points, encoding="utf-8")


def test_a_run_that_names_the_official_source_is_not_disturbed(
    eventflow: CommandLine, hostile: dict[str, str]
) -> None:
    """The one clash it meets is settled by naming the distribution, as the message says."""
    name = put(eventflow, "a\n1\n")
    ended = eventflow("run", name, **hostile)
    assert ended.code == 2
    assert "EF112" in ended.stderr
    assert "eventflow-files:csv" in ended.stderr
    text = COPY.replace("use: csv\n  path: in", 'use: "eventflow-files:csv"\n  path: in')
    ended = eventflow("run", eventflow.write("pipeline.yaml", text), **hostile)
    assert ended.code == 0, ended.stderr + ended.stdout
    assert outputs(eventflow) == ["result.csv"]


def test_the_list_tells_who_is_set_aside(eventflow: CommandLine, hostile: dict[str, str]) -> None:
    """Without importing anyone: what metadata shows is shown."""
    ended = eventflow("plugins", "list", **hostile)
    assert ended.code == 0, ended.stderr
    assert "acme-outdated" in ended.stdout
    assert "eventflow-files" in ended.stdout
    assert "noise" not in ended.stdout
    assert "Traceback" not in ended.stderr
    assert eventflow("plugins", "list", "--json", **hostile).document["schema"]


@pytest.mark.parametrize(("step", "code"), CODES.items(), ids=CODES)
def test_whoever_uses_one_is_told(
    eventflow: CommandLine, hostile: dict[str, str], step: str, code: str
) -> None:
    """Exit code 4, the plugin and the reason; 2 where the configuration must say whose it means."""
    text = "source: {use: earthquakes}\nsteps:\n  - use: " + step + "\n"
    for command in ("check", "run"):
        ended = eventflow(command, eventflow.write("pipeline.yaml", text), **hostile)
        assert ended.code == (2 if code == "EF112" else 4), ended.stderr
        assert code in ended.stderr
        assert "acme-" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_a_transport_that_swallows_what_it_loses_is_told_without_a_traceback(
    eventflow: CommandLine,
) -> None:
    """Run, output and exit code are unharmed; the warning names it, the run's log has the cause."""
    _install(eventflow.folder, "mute", (SWALLOWS, NEEDS, "transports", "mute"))
    text = "name: p\nsource: {use: earthquakes}\ntransport: {use: mute}\n"
    ended = eventflow("run", eventflow.write("p.yaml", text), PYTHONPATH=str(eventflow.folder))
    assert ended.code == 0, ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    [warning] = [line for line in ended.stdout.splitlines() if "code=EF701" in line]
    assert "failures of transport mute of acme-mute 1.0" in warning
    [log] = (eventflow.folder / ".eventflow").glob("runs/*/log.jsonl")
    assert "NotADirectoryError" in log.read_text(encoding="utf-8")
