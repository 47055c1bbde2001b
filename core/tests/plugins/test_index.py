from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eventflow.plugins import PluginHost, index
from eventflow.plugins.errors import UnreadablePluginError
from eventflow.plugins.known import KNOWN
from eventflow.types import KINDS

if TYPE_CHECKING:
    from conftest import Site

WORKSPACE = Path(__file__).parents[3] / "plugins"


def test_every_kind_has_its_group() -> None:
    """The groups are those of the eight kinds, and of commands and hooks."""
    assert set(index.GROUPS.values()) == {*KINDS, "command", "hook"}
    assert index.GROUPS["eventflow.context_joins"] == "context_join"


def test_indexing_reads_metadata_and_imports_nothing(site: Site) -> None:
    """A plugin is known with name, version, summary and demand before it is imported."""
    site.install("acme-things", version="2.3", summary="Things", requires=("eventflow-core>=0.1",))
    plugin = next(p for p in PluginHost().plugins() if p.name == "acme-things")
    assert (plugin.version, plugin.summary, plugin.requires) == ("2.3", "Things", ">=0.1")
    assert plugin.state == "compatible"
    assert [(r.kind, r.name, r.qualified) for r in plugin.provides] == [
        ("step", "thing", "acme-things:thing")
    ]
    assert site.modules() == set()


def test_the_pass_is_made_once_until_something_changes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several hosts share one pass over the metadata; an installation is noticed."""
    passes: list[int] = []
    monkeypatch.setattr(index, "distributions", _counting(passes))
    PluginHost().plugins()
    PluginHost().plugins()
    assert len(passes) == 1
    site.install("acme-late")
    assert "acme-late" in [p.name for p in PluginHost().plugins()]
    assert len(passes) == 2


def _counting(passes: list[int]) -> object:
    from importlib.metadata import distributions  # noqa: PLC0415 - the original

    def counted() -> object:
        passes.append(1)
        return distributions()

    return counted


def test_a_distribution_found_twice_counts_once(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two installations of one distribution, the first on sys.path is the one imported."""
    site.install("acme-things", version="1.0")
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    type(site)(earlier).install("Acme_Things", version="2.0")
    monkeypatch.syspath_prepend(str(earlier))
    found = [p.version for p in PluginHost().plugins() if "hings" in p.name]
    assert found == ["2.0"]


def test_damaged_metadata_is_set_aside(site: Site) -> None:
    """An entry_points.txt that cannot be parsed is one plugin's trouble: EF111."""
    site.install("acme-damaged", entry_points="[eventflow.steps]\nno equals sign here\n")
    site.install("acme-fine")
    host = PluginHost()
    states = {p.name: (p.state, p.stage) for p in host.plugins()}
    assert states["acme-damaged"] == ("quarantined", "index")
    assert host.find("step", "thing").distribution == "acme-fine"
    damaged = next(p for p in host.plugins() if p.name == "acme-damaged")
    assert damaged.quarantines[0].code == UnreadablePluginError.code == "EF111"


def test_core_comes_first_and_the_rest_by_name(site: Site) -> None:
    """The listing has a stable order."""
    site.install("zz-last")
    site.install("aa-first", entry_points={"eventflow.steps": {"other": "aa_first:Thing"}})
    names = [p.name for p in PluginHost().plugins()]
    assert names[0] == "eventflow-core"
    assert names[1] == "aa-first"
    assert names[-1] == "zz-last"


@pytest.mark.skipif(not WORKSPACE.is_dir(), reason="needs the workspace around the package")
def test_known_components_are_those_of_the_official_plugins() -> None:
    """What an official plugin of this workspace provides can be named when it is missing."""
    for project in sorted(WORKSPACE.glob("*/pyproject.toml")):
        data = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        for group, entries in data.get("entry-points", {}).items():
            kind = index.GROUPS[group]
            if kind in KINDS:
                for name in entries:
                    assert KNOWN.get((kind, name)) == data["name"], (kind, name)
