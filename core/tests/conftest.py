"""Real distributions, made on the fly: a package and its metadata in a folder on `sys.path`."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventflow.runs.record import RunRecord

STEP = """
from eventflow.base import BaseStep


class Thing(BaseStep):
    '''A step that changes nothing.'''

    def apply(self, frame, state):
        return frame
"""


@frozen
class Site:
    """A folder of installed distributions."""

    path: Path

    def install(  # noqa: PLR0913 - every argument describes one part of a distribution
        self,
        name: str,
        code: str = STEP,
        *,
        entry_points: Mapping[str, Mapping[str, str]] | str | None = None,
        version: str = "1.0",
        requires: tuple[str, ...] = ("eventflow-core>=0.1,<0.2",),
        summary: str = "A plugin for tests",
    ) -> str:
        """Install a distribution whose one module holds `code`; return the module's name.

        Without `entry_points` it offers its class ``Thing`` as a step named ``thing``.
        """
        module = name.replace("-", "_")
        (self.path / f"{module}.py").write_text(dedent(code), encoding="utf-8")
        info = self.path / f"{module}-{version}.dist-info"
        info.mkdir()
        lines = [f"Requires-Dist: {line}" for line in requires]
        head = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}"]
        text = "\n".join([*head, f"Summary: {summary}", *lines, "", "Long text: ignored", ""])
        (info / "METADATA").write_text(text, encoding="utf-8")
        groups = entry_points or {"eventflow.steps": {"thing": f"{module}:Thing"}}
        (info / "entry_points.txt").write_text(_ini(groups), encoding="utf-8")
        return module

    def install_recipes(self, name: str, **recipes: str) -> Path:
        """Install a distribution of nothing but recipes, name → YAML; return its folder.

        Those with features are blueprints, the others steps. It has no line of Python.
        """
        module = name.replace("-", "_")
        groups: dict[str, dict[str, str]] = {"eventflow.steps": {}, "eventflow.blueprints": {}}
        for recipe, text in recipes.items():
            group = "eventflow.blueprints" if "\nfeatures:" in text else "eventflow.steps"
            groups[group][recipe] = f"{module}:{recipe}"
        self.install(name, "", entry_points=groups)
        (self.path / f"{module}.py").unlink()
        folder = self.path / module
        folder.mkdir()
        for recipe, text in recipes.items():
            (folder / f"{recipe}.yaml").write_text(text, encoding="utf-8")
        return folder

    def modules(self) -> set[str]:
        """Return the modules of these distributions that have been imported."""
        own = {path.stem for path in self.path.iterdir() if path.suffix in {".py", ""}}
        return own & set(sys.modules)


def _ini(groups: Mapping[str, Mapping[str, str]] | str) -> str:
    if isinstance(groups, str):
        return groups
    return "\n".join(
        f"[{group}]\n" + "\n".join(f"{name} = {target}" for name, target in entries.items())
        for group, entries in groups.items()
    )


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Give an empty folder of distributions, first on `sys.path`; its modules go afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    made = Site(folder)
    yield made
    for module in made.modules():
        sys.modules.pop(module, None)


_RECORDS = runpy.run_path(str(Path(__file__).with_name("sample_records.py")))


@pytest.fixture(scope="session")
def samples() -> Mapping[str, RunRecord]:
    """Sample run records by name: every way to end, hostile names, many features."""
    made: Mapping[str, RunRecord] = _RECORDS["every"]()
    return made


@pytest.fixture(scope="session")
def hostile() -> tuple[str, ...]:
    """Names and values that are out to break a page or a terminal."""
    names: tuple[str, ...] = _RECORDS["HOSTILE"]
    return names
