"""Nothing a user can write, call or be told is undocumented."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, ClassVar

import attrs
import click
import pytest

import checks_page
import cli_page
import components_page
import config_page
import errors_page
import eventflow
import events_page
import hooks_page
import python_page
import undocumented
from eventflow import PluginHost, events, testing
from eventflow.cli.main import cli
from eventflow.config.keys import SECTIONS
from eventflow.events.declared import own_types
from eventflow.hookspecs import Hooks, spec
from eventflow.testing.check import CHECKS, KITS, Check
from eventflow.types import KINDS

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "core", *sorted(ROOT.glob("plugins/*")), *sorted(ROOT.glob("contrib/*"))]
COMPONENTS = [ref for kind in KINDS for ref in PluginHost().refs(kind)]


def _used_codes() -> set[str]:
    """Return every code that a source file writes."""
    sources = (path for package in PACKAGES for path in package.glob("src/**/*.py"))
    return {c for path in sources for c in re.findall(r'"(EF\d{3})"', path.read_text("utf-8"))}


def _declared_names() -> set[str]:
    """Return the names of the components that our packages declare."""
    files = (tomllib.loads((p / "pyproject.toml").read_text("utf-8")) for p in PACKAGES)
    groups = [g for file in files for g in file["project"].get("entry-points", {}).items()]
    kinds = {f"eventflow.{kind}s" for kind in KINDS}
    return {name for group, entries in groups if group in kinds for name in entries}


def test_every_error_code_has_a_meaning_an_example_and_a_fix() -> None:
    """Each code that the sources write is on the page, under the heading of its hundreds."""
    found = errors_page.entries()
    assert sorted(_used_codes() - set(found)) == []
    assert list(undocumented.in_errors(found)) == []
    assert {code[2] for code in found} <= set(errors_page.RANGES)


@pytest.mark.parametrize("ref", COMPONENTS, ids=lambda ref: f"{ref.kind}-{ref.name}")
def test_every_component_and_each_of_its_options_is_described(ref: Any) -> None:
    """A docstring of its own, every option, and every field and feature of a blueprint."""
    assert list(undocumented.in_component(ref.name, PluginHost().load(ref))) == []


def test_every_declared_component_is_on_the_page() -> None:
    """What our packages declare as entry points is what the page shows."""
    shown = set(re.findall(r"^### `(.+)`$", components_page.render(), re.MULTILINE))
    assert _declared_names() <= shown


def test_every_hook_and_each_field_it_hands_over_is_described() -> None:
    """Hooks show their exact arguments; payloads list every field."""
    page = hooks_page.render()
    assert list(undocumented.in_hooks(Hooks)) == []
    assert [bare for p in hooks_page.payloads() for bare in undocumented.in_payload(p)] == []
    assert "def run_finished(self, event: RunFinished) -> None" in page


def test_every_event_type_that_a_package_declares_is_on_the_page_with_its_fields() -> None:
    """Each literal default of an `event_type` in the sources; every field is described."""
    sources = (path for package in PACKAGES for path in package.glob("src/**/*.py"))
    stated = re.compile(r'^    event_type: str = "([\w.]+)"', re.MULTILINE)
    declared = {t for path in sources for t in stated.findall(path.read_text("utf-8"))}
    shown = {t for event in events_page.events() for t in own_types(event)}
    assert {event_type for event_type in shown if "*" not in event_type} == declared
    assert len(declared) > 5
    said = [(e, f.name, events_page.described(e)) for e in events_page.events()
            for f in attrs.fields(e)]  # fmt: skip
    assert [(e.__name__, name) for e, name, words in said if not words.get(name)] == []
    assert all(f"### `{event_type}`" in events_page.render() for event_type in shown)


def test_every_command_and_option_has_a_help_text() -> None:
    """Subcommands included; each has a section on the page."""
    page = cli_page.render()
    assert list(undocumented.in_command(cli, "eventflow")) == []
    assert "## eventflow plugins show" in page


def test_every_key_of_a_pipeline_file_is_described() -> None:
    """The keys that `check` knows are those of the page."""
    found = config_page.keys()
    assert sorted(found) == sorted(SECTIONS)
    assert [name for name, part in found.items() if not part.get("description")] == []


def test_every_public_name_has_a_docstring() -> None:
    """Names of `eventflow` and of the contract kit, and the public methods of their classes."""
    for module in (eventflow, events, testing):
        assert list(undocumented.in_module(module)) == []
        assert all(f"## {name}" in python_page.render(module) for name in module.__all__)


def test_every_contract_check_says_what_why_and_how_to_mend() -> None:
    """All checks that the kit registers are on the page."""
    page = checks_page.render()
    assert len(CHECKS) > 10
    assert list(undocumented.in_checks(CHECKS.values())) == []
    assert all(f"## `{name}`" in page for name in CHECKS)


class Bare(Hooks):  # the bad examples below have no docstrings on purpose
    """Stands for a specification that someone wrote in a hurry."""

    @spec
    def thing_happened(self) -> None: ...


@attrs.frozen
class BarePayload:
    """Has a field that it does not describe.

    Attributes:
        known: Described.
    """

    known: int
    bare: int


class BareOptions(eventflow.ComponentConfig):
    """Says nothing of its option."""

    speed: int = 1


class BareStep(eventflow.BaseStep):  # noqa: D101 - what the test is about
    Config: ClassVar[Any] = BareOptions


def test_what_is_undocumented_is_noticed() -> None:
    """Each finder names the one bare thing it is shown."""
    bare = click.Group("tool", help="Help.", commands=[click.Command("go", params=[])])
    bare.params.append(click.Option(["--fast"]))
    assert list(undocumented.in_hooks(Bare)) == ["thing_happened"]
    assert list(undocumented.in_payload(BarePayload)) == ["BarePayload.bare"]
    assert list(undocumented.in_component("s", BareStep)) == ["s", "s.speed"]
    assert list(undocumented.in_command(bare, "tool")) == ["tool --fast", "tool go"]
    assert list(undocumented.in_errors({"EF999": errors_page.Entry("EF999", ["A title."])})) == [
        "EF999 messages",
        "EF999 fixes",
    ]
    module = type("module", (), {"__all__": ["bare"], "bare": staticmethod(lambda: None)})
    assert list(undocumented.in_module(module)) == ["bare"]
    empty = Check("empty", KITS, 1, "use", "", print, "A guarantee.", "", "A fix.")
    assert list(undocumented.in_checks([empty])) == [empty.id]
