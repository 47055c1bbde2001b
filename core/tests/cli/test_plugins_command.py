from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.cli.main import main
from eventflow.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site

Captured = pytest.CaptureFixture[str]


def end(*arguments: str) -> int:
    """Run the command line and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def document(capsys: Captured, *arguments: str) -> dict[str, Any]:
    """Run a command with --json and return its document."""
    end(*arguments, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_list_shows_what_is_installed_and_what_is_set_aside(site: Site, capsys: Captured) -> None:
    """Version and components of each; the reason and a command where one was set aside."""
    site.install("acme-things", version="2.1")
    site.install("acme-future", requires=("eventflow-core>=9",))
    assert end("plugins", "list") == ExitCode.DONE
    out = capsys.readouterr().out
    assert "acme-things" in out
    assert "step thing" in out
    assert "needs eventflow-core >=9, this is 0.1.0" in out
    assert "uv add --upgrade-package acme-future acme-future" in out
    last = out.splitlines()[-1]
    assert "1 incompatible (nothing else is affected)" in last
    assert "installed, not imported yet" in last
    assert "✓" not in out, "what has not been tried is not said to work"
    assert site.modules() == set()


def test_list_is_strict_when_asked(site: Site) -> None:
    """--strict ends with 4 if anything was set aside."""
    site.install("acme-future", requires=("eventflow-core>=9",))
    assert end("plugins", "list", "--strict") == ExitCode.PLUGIN
    assert end("plugins", "list") == ExitCode.DONE


def test_list_names_what_clashes(site: Site, capsys: Captured) -> None:
    """Two plugins of one name are told to be written with their qualified names."""
    site.install("acme-one")
    site.install("acme-two")
    assert end("plugins", "list") == ExitCode.DONE
    assert "write acme-one:thing" in capsys.readouterr().out
    assert end("plugins", "list", "--without", "acme-one") == ExitCode.DONE
    assert "shares names" not in capsys.readouterr().out


def test_list_as_json(site: Site, capsys: Captured) -> None:
    """One document with a versioned schema holds the same facts."""
    site.install("acme-future", requires=("eventflow-core>=9",))
    found = document(capsys, "plugins", "list")
    assert found["schema"] == "eventflow.plugins.list/1"
    future = next(p for p in found["plugins"] if p["name"] == "acme-future")
    assert future["state"] == "quarantined"
    assert future["set_aside"][0]["code"] == "EF110"
    assert future["provides"] == [{"kind": "step", "name": "thing", "target": "acme_future:Thing"}]


def test_without_an_unknown_name_is_a_usage_error(capsys: Captured) -> None:
    """EF113 with the nearest name."""
    assert end("plugins", "list", "--without", "eventflow-cor") == ExitCode.USAGE
    assert 'did you mean "eventflow-core"?' in capsys.readouterr().err


OPTIONS = '''
from pydantic import Field
from eventflow.base import BaseStep, ComponentConfig

class Options(ComponentConfig):
    """Options.

    Attributes:
        columns: Which columns.
    """

    columns: list[str]
    limit: int = Field(default=5, description="How many at most.")

class Thing(BaseStep):
    """Does a thing to rows.

    More about it.
    """

    Config = Options
'''


def test_show_a_component_with_its_options(site: Site, capsys: Captured) -> None:
    """Type, whether it is required, default and description of each option."""
    site.install("acme-things", OPTIONS)
    assert end("plugins", "show", "thing") == ExitCode.DONE
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "step thing from acme-things 1.0" in lines
    assert "columns list of string required Which columns." in lines
    assert "limit integer default 5 How many at most." in lines
    found = document(capsys, "plugins", "show", "acme-things:thing")
    assert found["schema"] == "eventflow.plugins.show/1"
    assert [o["name"] for o in found["components"][0]["options"]] == ["columns", "limit"]


def test_show_a_plugin_reads_but_does_not_import(site: Site, capsys: Captured) -> None:
    """A plugin's components are shown with the first line of their docstrings."""
    site.install("acme-things", OPTIONS)
    assert end("plugins", "show", "Acme_Things") == ExitCode.DONE
    assert "Does a thing to rows." in capsys.readouterr().out
    assert site.modules() == set()


def test_show_what_is_broken(site: Site, capsys: Captured) -> None:
    """The reason and the fix, and exit code 4."""
    site.install("acme-things", "raise RuntimeError('no luck')")
    assert end("plugins", "show", "thing") == ExitCode.PLUGIN
    out = capsys.readouterr().out
    assert "EF120" in out
    assert "RuntimeError: no luck" in out


def test_show_an_unknown_name(site: Site, capsys: Captured) -> None:
    """A near name is offered; a known official component names its plugin."""
    site.install("acme-things")
    assert end("plugins", "show", "thingg") == ExitCode.USAGE
    assert 'did you mean "thing"?' in capsys.readouterr().err
    assert end("plugins", "show", "privacy.hash") == ExitCode.PLUGIN
    assert "uv add eventflow-privacy" in capsys.readouterr().err


HOOKS = """
from eventflow.hookspecs import Hooks, impl

raise RuntimeError("listing must not import this")

class Listen(Hooks):
    @impl
    def run_started(self, event):
        ...
"""


def test_hooks_list_reads_but_does_not_import(site: Site, capsys: Captured) -> None:
    """Every hook with its arguments and who implements it."""
    points = {"eventflow.hooks": {"listen": "acme_hooks:Listen"}}
    site.install("acme-hooks", HOOKS, entry_points=points)
    site.install("acme-unread", "def (", entry_points={"eventflow.hooks": {"x": "acme_unread:X"}})
    site.install("acme-things")
    assert end("hooks", "list") == ExitCode.DONE
    out, err = capsys.readouterr()
    rows = {line.split("  ")[1]: line.split("  ")[-1].strip() for line in out.splitlines()}
    assert rows["run_started(event: RunStarted)"] == "acme-hooks"
    assert rows["run_failed(event: RunFailed)"] == "nobody"
    assert "acme-things" in rows["eventflow_steps()"]
    assert "acme-unread 1.0" in err
    found = document(capsys, "hooks", "list")
    started = next(h for h in found["hooks"] if h["name"] == "run_started")
    assert started["listeners"] == ["acme-hooks"]
    assert site.modules() == set()


def test_hooks_list_shows_the_order_of_a_pipeline(
    site: Site, capsys: Captured, tmp_path: Path
) -> None:
    """By name, or as `plugins.order` of the pipeline says; an unknown name is a usage error."""
    for name in ("acme-a", "acme-b"):
        points = {"eventflow.hooks": {"listen": f"{name.replace('-', '_')}:Listen"}}
        site.install(name, HOOKS, entry_points=points)
    pipeline = tmp_path / "pipeline.yaml"
    text = "source: {use: csv}\nplugins: {order: [acme-b]}\n"
    pipeline.write_text(text, encoding="utf-8")
    for arguments, expected in (
        ((), ["acme-a", "acme-b"]),
        ((str(pipeline),), ["acme-b", "acme-a"]),
    ):
        hooks = document(capsys, "hooks", "list", *arguments)["hooks"]
        assert next(h for h in hooks if h["name"] == "run_started")["listeners"] == expected
    pipeline.write_text(text.replace("acme-b", "acme-c"), encoding="utf-8")
    assert end("hooks", "list", str(pipeline)) == ExitCode.USAGE
    assert "EF113" in capsys.readouterr().err


def test_freeze_prints_requirements(site: Site, capsys: Captured) -> None:
    """Python and core as comments, then a line each."""
    site.install("acme-things", version="2.1")
    assert end("plugins", "freeze") == ExitCode.DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("# python 3.")
    assert "acme-things==2.1" in lines
    found = document(capsys, "plugins", "freeze")
    assert found["schema"] == "eventflow.plugins.freeze/1"
    assert "acme-things==2.1" in [r["requirement"] for r in found["requirements"]]
