"""The pytest plugin, as an author's project meets it: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped] # it ships no types
import pytest

from eventflow.testing.frames import sample_events
from eventflow.testing.report import FORMAT, SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.frame import EventFrame
    from eventflow.plugins.host import PluginHost

CODE = """
from pathlib import Path
from eventflow.base import BaseTracker, ComponentConfig


class Quiet(BaseTracker):
    '''A tracker that keeps every law.'''


class Loud(BaseTracker):
    '''A tracker that finishes only what it started.'''

    def finish(self, status):
        raise RuntimeError("no run is open")


class Placed(BaseTracker):
    '''A tracker that writes somewhere.'''

    class Config(ComponentConfig):
        '''Options.

        Attributes:
            path: Where to.
        '''

        path: Path
"""


def _pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in an author's project, without the settings of this one."""
    own = folder / "pyproject.toml"
    own.touch()  # given by name, it keeps pytest from those of the folders above
    paths = os.pathsep.join([str(folder / "site"), os.environ.get("PYTHONPATH", "")])
    settings = ("-c", str(own), "-p", "no:cacheprovider", "-q")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *settings, *arguments],
        cwd=folder, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@pytest.fixture
def project(site: Any, tmp_path: Path) -> Path:
    """Make a project whose distribution offers three trackers."""
    module = "acme_trackers"
    names = {"quiet": "Quiet", "loud": "Loud", "placed": "Placed"}
    targets = {name: f"{module}:{klass}" for name, klass in names.items()}
    site.install("acme-trackers", CODE, entry_points={"eventflow.trackers": targets})
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "acme-trackers"\nversion = "1.0"\n', encoding="utf-8"
    )
    return tmp_path


def test_every_component_is_judged_without_test_code(project: Path) -> None:
    """What cannot be built is skipped, and told how; the report has it all."""
    done = _pytest(project, "--eventflow-contract", "--eventflow-report=out/report.json", "-rs")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "it raised RuntimeError: no run is open" in done.stdout
    assert "[tool.eventflow.contract.tracker.placed]" in done.stdout
    assert "eventflow/testing" not in done.stdout.partition("short test summary")[0]
    document = json.loads((project / "out" / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, SCHEMA)
    assert document["format"] == FORMAT
    assert document["host"]["eventflow-core"] == version("eventflow-core")
    [plugin] = document["plugins"]
    assert (plugin["plugin"], plugin["version"]) == ("acme-trackers", "1.0")
    found = {c["component"].partition(":")[2]: c for c in plugin["components"]}
    assert {name: c["conforms"] for name, c in found.items()} == {
        "Quiet": True, "Loud": False, "Placed": False,
    }  # fmt: skip
    assert "needs path" in found["Placed"]["unjudged"]
    assert set(found["Quiet"]["unapplied"]) == {
        "tracker-apart",
        "tracker-keeps-masks",
        "tracker-resume",
    }
    assert "not applied" not in done.stdout  # with -q, only the report has it
    outcomes = {c["check"]: c["outcome"] for c in found["Loud"]["checks"]}
    assert outcomes["tracker-finish-alone"] == "failed"
    assert outcomes["documented"] == "passed"


def test_the_project_table_gives_options_and_exclusions(project: Path) -> None:
    """With both, the distribution conforms."""
    laws = (
        "life", "odd-values", "missing-artifact", "finish-alone", "finish-twice", "again", "more",
    )  # fmt: skip
    reasons = ", ".join(f'tracker-{law} = "it is loud"' for law in laws)
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('[tool.eventflow.contract.tracker.placed]\nconfig = {path = "{folder}/x"}\n')
        file.write(f"[tool.eventflow.contract.tracker.loud]\nexclude = {{{reasons}}}\n")
    done = _pytest(
        project, "--eventflow-contract=acme-trackers", "--eventflow-report=report.json", "-v"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    _, _, told = done.stdout.partition("contract checks that were not applied")
    assert "Quiet: tracker-apart: give recorded=…: " in told
    document = json.loads((project / "report.json").read_text(encoding="utf-8"))
    components = document["plugins"][0]["components"]
    assert [c["conforms"] for c in components] == [True, True, True]
    excluded = [k for c in components for k in c["checks"] if k["outcome"] == "excluded"]
    assert {k["reason"] for k in excluded} == {"it is loud"}
    assert len(excluded) == len(laws)


@pytest.mark.parametrize(
    ("argument", "table", "said"),
    [
        ("--eventflow-contract=acme-trakers", "", 'did you mean "acme-trackers"?'),
        ("--eventflow-contract", "[tool.eventflow.contract.trackr.x]", "unknown key trackr"),
        ("--eventflow-contract", "[tool.eventflow.contract.tracker.x]", "no component of the"),
        ("--eventflow-contract", "[tool.eventflow.contract.tracker.quiet]\nlevl = 1", "level"),
    ],
)
def test_mistakes_are_told_in_a_line(project: Path, argument: str, table: str, said: str) -> None:
    """A usage error, with its code, and no traceback."""
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(f"{table}\n")
    done = _pytest(project, argument)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert said in done.stderr
    assert "EF17" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_contract_is_collected_under_any_name(project: Path) -> None:
    """One that pytest would pass over would look as if it held."""
    (project / "test_it.py").write_text(
        "from eventflow.testing import contract\nfrom acme_trackers import Quiet\n"
        "quiet_contract = contract(Quiet)\n",
        encoding="utf-8",
    )
    done = _pytest(project, "test_it.py", "-vv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_it.py::quiet_contract::test_law[tracker-finish-twice] PASSED" in done.stdout


def test_who_does_not_ask_pays_nothing(tmp_path: Path) -> None:
    """Wherever Eventflow is installed, pytest loads the plugin; it brings no library along."""
    (tmp_path / "test_it.py").write_text(
        "import sys\n\ndef test_light():\n"
        "    heavy = {'polars', 'pydantic', 'hypothesis', 'attrs', 'eventflow.base'}\n"
        "    assert not heavy & set(sys.modules)\n",
        encoding="utf-8",
    )
    done = _pytest(tmp_path, "-p", "no:hypothesispytest", "-p", "no:asyncio", "test_it.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_fixtures_for_authors(event_frame: EventFrame, eventflow_host: PluginHost) -> None:
    """Sample events, and a host that reads no environment."""
    assert event_frame.collect().equals(sample_events().collect())
    assert eventflow_host.find("tracker", "jsonl").distribution == "eventflow-core"
