"""The workspace: every package has what it needs to be released alone."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest

from eventflow.recipes import recipe

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(
    path.parent for path in ROOT.glob("[cp]*/**/pyproject.toml") if ".venv" not in path.parts
)
IDS = [path.name for path in PACKAGES]


@pytest.mark.parametrize("package", PACKAGES, ids=IDS)
def test_a_package_is_complete(package: Path) -> None:
    """Licence, README, typing marker, changelog fragments and tests."""
    assert (package / "LICENSE").is_file()
    assert len((package / "README.md").read_text(encoding="utf-8").splitlines()) > 10
    assert list(package.glob("src/*/py.typed"))
    assert list((package / "changes").glob("*.*.md"))
    assert list((package / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("package", PACKAGES, ids=IDS)
def test_every_entry_point_can_be_imported(package: Path) -> None:
    """What the metadata promises is there: classes, commands of the command line, and recipes."""
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for group, entries in project.get("entry-points", {}).items():
        for name, target in entries.items():
            if (package / "src" / f"{target.replace(':', '/')}.yaml").is_file():
                assert recipe(target).recipe.recipe == name
                continue
            found = EntryPoint(name, target, group).load()
            kind = click.Command if group == "eventflow.commands" else type
            assert isinstance(found, kind) or not group.startswith("eventflow."), target


def test_ci_runs_the_second_command_of_the_readme_as_it_stands() -> None:
    """A newcomer and CI do the same."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first, second = re.findall(
        r"^python3 -m pip install -q uv && (uv run .+)$", readme, re.MULTILINE
    )
    assert first == "uv run eventflow run docs/examples/churn.yaml"
    assert second == "uv run nox"
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert f"python3 -m pip install -q uv && {second}" in ci


def test_every_ruff_exception_has_its_reason() -> None:
    """A rule that is switched off says why, on its line."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text.partition("[tool.ruff.lint]")[2].partition("[tool.ruff.lint.pydocstyle]")[0]
    codes = [
        line for line in block.splitlines() if re.search(r'"[A-Z]+\d*"', line) and "ALL" not in line
    ]
    assert len(codes) > 5
    assert [line for line in codes if "#" not in line] == []


def test_tox_knows_every_package() -> None:
    """No command is written twice: each environment is the nox session of its name."""
    tox = tomllib.loads((ROOT / "tox.toml").read_text(encoding="utf-8"))
    assert sorted(tox["env_list"]) == sorted(IDS)
    assert [command[0] for command in tox["env_run_base"]["commands"]] == ["nox"]
    assert not [key for key in tox if key not in {"requires", "env_list", "env_run_base"}]
