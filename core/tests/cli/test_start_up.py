"""What management commands import: they answer in a blink, whatever is installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "polars",
    "pydantic",
    "rich",
    "jinja2",
    "yaml",
    "cattrs",
    "msgspec",
    "stamina",
    "packaging",
)

PROBE = """
import sys
from eventflow.cli.main import main
try:
    main({arguments!r})
except SystemExit as end:
    assert not end.code, end.code
print("\\nIMPORTED", *sorted(sys.modules))
"""


def imported_by(*arguments: str) -> set[str]:
    """Run a command in a fresh interpreter and return the modules it imported."""
    code = PROBE.format(arguments=list(arguments))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("IMPORTED")[2].split())


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("plugins", "list"), ("plugins", "list", "--json"),
     ("hooks", "list"), ("completion", "bash"), ("plugins", "show", "eventflow-core")],
    ids=" ".join,
)  # fmt: skip
def test_management_commands_import_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """No data plane, no models, no terminal library, no component module."""
    modules = imported_by(*arguments)
    assert modules.isdisjoint(HEAVY)
    components = ("eventflow.bus", "eventflow.engines", "eventflow.trackers", "eventflow_")
    assert not [m for m in modules if m.startswith(components)]


@pytest.mark.parametrize(
    "arguments", [("--help",), ("plugins", "list"), ("hooks", "list")], ids=" ".join
)
def test_the_quickest_commands_import_neither_attrs_nor_pluggy(arguments: tuple[str, ...]) -> None:
    """Each would take a quarter of the time that ``--help`` may take."""
    assert imported_by(*arguments).isdisjoint({"attr", "attrs", "pluggy", "difflib"})
