"""Judging what an installed distribution offers, without a line of test code.

Options and exclusions come from ``pyproject.toml``; relative paths count from where pytest runs,
and ``{folder}`` in a text stands for a fresh folder:

    [tool.eventflow.contract.sink.my_sink]
    config = {path = "{folder}/out.csv"}
    exclude = {sink-empty = "the service refuses empty batches"}
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.plugins.index import installed, normalized
from eventflow.plugins.load import load_target
from eventflow.testing import checks
from eventflow.testing.cases import settle
from eventflow.testing.check import EXTRAS, KITS
from eventflow.testing.errors import ContractTableError, UnknownDistributionError
from eventflow.testing.report import note_unjudged
from eventflow.testing.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventflow.plugins.index import ComponentRef, IndexedPlugin
    from eventflow.testing.check import Check
    from eventflow.testing.judging import Contract

_OWN = ("config", "level", "capabilities", "exclude")


class LawItem(pytest.Item):
    """One law of one component, as a test."""

    def __init__(self, *, agreed: Contract, law: Check, **known: Any) -> None:
        """Take the contract and the law."""
        super().__init__(**known)
        self._agreed, self._law = agreed, law

    def runtest(self) -> None:
        """Judge in a fresh folder."""
        with TemporaryDirectory(prefix="eventflow-") as folder:
            settle(self._agreed, self._agreed.judge(self._law, Path(folder)), self)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Say what was judged."""
        return self.path, None, self.name


class UnjudgedItem(pytest.Item):
    """A component that cannot be judged without being told how; skipped, and told."""

    def __init__(self, *, ref: ComponentRef, reason: str, **known: Any) -> None:
        """Take what it is and why it is not judged."""
        super().__init__(**known)
        self._ref, self._reason = ref, reason

    def runtest(self) -> None:
        """Tell how to have it judged."""
        note_unjudged(self, self._ref.target, self._ref.kind, self._reason)
        pytest.skip(self._reason)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Say what was not judged."""
        return self.path, None, self.name


def collect(session: pytest.Session, name: str, root: Path) -> Iterator[pytest.Item]:
    """Yield the tests for every component of a distribution.

    Args:
        session: The pytest session.
        name: The distribution; ``.`` means the project in `root`.
        root: Folder of ``pyproject.toml``.

    Raises:
        UnknownDistributionError: EF172, it is not installed, or no name is known.
        ContractTableError: EF173, ``[tool.eventflow.contract]`` is wrong.
        PluginError: A component cannot be imported (EF120) or is not of its kind (EF121).
    """
    checks.load()
    project = _project(root)
    plugin = _plugin(_name(project, root) if name == "." else name)
    refs = [ref for ref in plugin.refs if ref.kind in KITS]
    table = project.get("tool", {}).get("eventflow", {}).get("contract", {})
    _check_table(table, refs)
    for ref in refs:
        yield from _items(session, ref, table)


def _items(
    session: pytest.Session, ref: ComponentRef, table: Mapping[str, Any]
) -> Iterator[pytest.Item]:
    said = dict(table.get(ref.kind, {}).get(ref.name, {}))
    component = load_target(ref)
    label = f"{ref.distribution}:{ref.kind}.{ref.name}"
    required = [n for n, f in component.Config.model_fields.items() if f.is_required()]
    lacking = [n for n in required if n not in said.get("config", {})]
    if lacking:
        reason = (
            f"{label} needs {', '.join(lacking)}: give config = {{…}} in "
            f"[tool.eventflow.contract.{ref.kind}.{ref.name}] of pyproject.toml, "
            "or write a contract() test"
        )
        yield UnjudgedItem.from_parent(session, name=f"{label}[options]", ref=ref, reason=reason)
        return
    said["config"] = _in_folder(said.get("config", {}))
    said.setdefault("level", table.get("level"))
    agreed = terms(component, kind=ref.kind, **said)
    for law in agreed.checks:
        yield LawItem.from_parent(session, name=f"{label}[{law.id}]", agreed=agreed, law=law)


def _in_folder(config: Mapping[str, Any]) -> Any:
    """Return options that are made for each check, with its folder filled in."""

    def filled(value: Any, folder: str) -> Any:
        if isinstance(value, str):
            return value.replace("{folder}", folder)
        if isinstance(value, dict):
            return {key: filled(one, folder) for key, one in value.items()}
        return [filled(one, folder) for one in value] if isinstance(value, list) else value

    return lambda folder: filled(dict(config), str(folder))


def _check_table(table: Mapping[str, Any], refs: list[ComponentRef]) -> None:
    offered = {(ref.kind, ref.name) for ref in refs}
    for key, said in table.items():
        if key == "level":
            continue
        if key not in KITS:
            raise ContractTableError.for_key(key, ["level", *KITS])
        for name, own in said.items():
            if (key, name) not in offered:
                names = [f"{kind}.{other}" for kind, other in offered]
                raise ContractTableError.for_component(key, name, names)
            for option in own.keys() - {*_OWN, *EXTRAS}:
                where = f"{key}.{name}.{option}"
                raise ContractTableError.for_key(where, [*_OWN, *EXTRAS])


def _project(root: Path) -> dict[str, Any]:
    file = root / "pyproject.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _name(project: Mapping[str, Any], root: Path) -> str:
    name = project.get("project", {}).get("name")
    if not isinstance(name, str):
        raise UnknownDistributionError.for_folder(str(root))
    return name


def _plugin(name: str) -> IndexedPlugin:
    for plugin in installed():
        if normalized(plugin.name) == normalized(name) and plugin.refs:
            return plugin
    raise UnknownDistributionError.for_name(name, [plugin.name for plugin in installed()])
