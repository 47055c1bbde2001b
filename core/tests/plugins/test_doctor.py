"""A plugin project that makes every mistake, and one that makes none."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.cli.main import main
from eventflow.plugins.doctor import source
from eventflow.plugins.doctor.timing import imports_of, total

if TYPE_CHECKING:
    from pathlib import Path

GOOD = '''"""Steps."""

from __future__ import annotations

from eventflow.base import BaseStep, ComponentConfig


class Options(ComponentConfig):
    """Options."""

    above: float = 1.0


class Good(BaseStep):
    """Changes nothing."""

    Config = Options

    def apply(self, frame, state):
        """Return it as it is."""
        return frame
'''
BAD = '''import slow_sdk
import polars as pl
from pydantic import BaseModel
from eventflow.base import BaseSource, BaseStep


class Loose(BaseModel):
    columns: list = []


class NoDocs(BaseStep):
    Config = Loose
    seen = {}

    def apply(self, frame, state):
        return self.helper(frame)

    def helper(self, frame):
        return pl.LazyFrame(frame.lazy.collect())


class WrongKind:
    """No source."""


class NoConfig(BaseStep):
    """Its Config is no model."""

    class Config:
        above = 1


class Eager(BaseSource):
    """Reads too early."""

    def __init__(self, **options):
        super().__init__(**options)
        self.rows = pl.read_csv("rows.csv")

    def scan(self):
        return None
'''
PYPROJECT = """[project]
name = "acme-project"
version = "0.1.0"
dependencies = [{needs}]

[project.entry-points."eventflow.steps"]
{steps}

[project.entry-points."eventflow.sources"]
{sources}

[project.entry-points."eventflow.step"]
lost = "acme_project:NoDocs"
"""


def project(folder: Path, code: str, pyproject: str) -> Path:
    """Write a project and return its folder."""
    package = folder / "src" / "acme_project"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(code, encoding="utf-8")
    (folder / "src" / "slow_sdk.py").write_text("import time\ntime.sleep(0.5)", encoding="utf-8")
    (folder / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    return folder


def end(*arguments: str) -> int:
    """Run the command line and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A project with every mistake that shows without data."""
    steps = 'undocumented = "acme_project:NoDocs"\nconfig = "acme_project:NoConfig"\n'
    steps += 'misspelt = "acme_project:NoDoc"'
    sources = 'kind = "acme_project:WrongKind"\neager = "acme_project:Eager"'
    text = PYPROJECT.format(needs="", steps=steps, sources=sources)
    return project(tmp_path, BAD, text)


def test_every_mistake_has_its_file_line_and_fix(
    bad: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """None hides another, and all are found in one go."""
    monkeypatch.chdir(bad)
    assert end("plugins", "doctor", ".", "--json") == 4
    (found,) = json.loads(capsys.readouterr().out)["plugins"]
    module, metadata = "src/acme_project/__init__.py", "pyproject.toml"
    places = {(p["code"], p["location"]["file"], p["location"]["line"]) for p in found["problems"]}
    assert {
        ("EF127", module, 1),  # a slow import
        ("EF125", module, 7),  # options that are misspelt are accepted
        ("EF126", module, 8),  # a default that can be changed
        ("EF124", module, 11),  # no docstring
        ("EF126", module, 13),  # a class attribute that can be changed
        ("EF133", module, 19),  # a collect, in a helper
        ("EF121", module, 22),  # no source
        ("EF121", module, 29),  # Config is no model
        ("EF133", module, 38),  # reads while it is built
        ("EF140", metadata, 4),  # no demand on core
        ("EF120", metadata, 9),  # an entry point that names nothing
        ("EF117", metadata, 15),  # a group that does not exist
    } <= places, places
    assert all(p["fix"] for p in found["problems"])
    misshapen = [p for p in found["problems"] if p["location"]["line"] == 22]
    assert [p["code"] for p in misshapen] == ["EF121"]
    assert len(misshapen[0]["detail"]) > 1  # all that it lacks, told once


def test_a_sound_project_is_healthy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, nothing to say, and it need not be installed."""
    pyproject = (
        '[project]\nname = "acme-project"\nversion = "1.0"\n'
        'dependencies = ["eventflow-core>=0.1,<0.2"]\n'
        '[project.entry-points."eventflow.steps"]\ngood = "acme_project:Good"\n'
    )
    folder = project(tmp_path, GOOD, pyproject)
    assert end("plugins", "doctor", str(folder), "--strict") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 healthy"
    assert "acme_project" not in sys.modules


@pytest.mark.parametrize(
    ("text", "says"),
    [(None, "pyproject.toml is missing"), ("[project", "cannot be read"), ("", "names no project")],
)
def test_a_folder_that_is_no_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, says: str
) -> None:
    """EF140 says what is missing."""
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    assert end("plugins", "doctor", str(tmp_path)) == 4
    err = capsys.readouterr().err
    assert "EF140" in err
    assert says in err


def test_a_name_that_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """EF141 with the nearest plugin, exit code 2."""
    assert end("plugins", "doctor", "eventflow-cor") == 2
    err = capsys.readouterr().err
    assert "EF141" in err
    assert 'did you mean "eventflow-core"?' in err


def test_importtime_is_read_by_section() -> None:
    """Lines before the first section are not a plugin's; depth comes from the indentation."""
    text = (
        "import time:  10 |  10 | site\n\nbegin 0\nimport time: 1000 | 1000 |   b\n"
        "noise\nimport time: 2000 | 3000 | a\nbegin 1\n"
    )
    found: Any = imports_of(text)
    assert [(i.module, i.depth, i.seconds) for i in found[0]] == [("b", 1, 0.001), ("a", 0, 0.003)]
    assert total(found[0]) == pytest.approx(0.003)
    assert found[1] == ()


def test_what_runs_at_import_is_told_from_what_does_not(tmp_path: Path) -> None:
    """Functions are not run; imports for type checkers are not made."""
    file = tmp_path / "m.py"
    file.write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas\n"
        "def f():\n    import torch\nclass C:\n    import scipy\n",
        encoding="utf-8",
    )
    assert [(name, place.line) for name, place in source.imports(file)] == [("scipy", 7)]
