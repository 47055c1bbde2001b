"""What is printed suits where it is printed: pipes, colours, widths and encodings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from command_line import CommandLine

ESCAPE = "\x1b["
COMMANDS = {
    "help": (("--help",), 0),
    "plugins list": (("plugins", "list"), 0),
    "plugins show": (("plugins", "show", "customer_churn"), 0),
    "plugins show aggregates": (("plugins", "show", "features.aggregate"), 0),
    "plugins show a plugin": (("plugins", "show", "eventflow-features"), 0),
    "hooks list": (("hooks", "list"), 0),
    "events list": (("events", "list"), 0),
    "run": (("run", "quakes.yaml"), 0),
    "explain": (("explain", "quakes.yaml"), 0),
    "check": (("check", "quakes.yaml"), 0),
    "check of a mistake": (("check", "broken.yaml"), 2),
}
commands = pytest.mark.parametrize(("arguments", "code"), COMMANDS.values(), ids=COMMANDS)


@pytest.fixture(autouse=True)
def pipelines(eventflow: CommandLine) -> None:
    """One pipeline that works and one that does not."""
    eventflow.write("quakes.yaml", "name: café\nsource:\n  use: earthquakes\n")
    eventflow.write("broken.yaml", "name: café\nsource:\n  use: earthquake\n")


@commands
def test_a_pipe_gets_no_escape_codes(
    eventflow: CommandLine, arguments: tuple[str, ...], code: int
) -> None:
    """Not on stdout, not on stderr."""
    ended = eventflow(*arguments)
    assert ended.code == code, ended.stderr
    assert ESCAPE not in ended.stdout + ended.stderr


@commands
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp950"])
def test_a_legacy_encoding_gets_legible_text(
    eventflow: CommandLine, arguments: tuple[str, ...], code: int, encoding: str
) -> None:
    """No crash, and everything that is printed can be decoded."""
    ended = eventflow(*arguments, encoding=encoding, PYTHONIOENCODING=encoding)
    assert ended.code == code, ended.stderr
    assert ended.stdout + ended.stderr
    assert "UnicodeEncodeError" not in ended.stderr


@commands
def test_eighty_columns_are_enough(
    eventflow: CommandLine, arguments: tuple[str, ...], code: int
) -> None:
    """In a terminal of 80 columns no line wraps, NO_COLOR leaves no colour."""
    ended = eventflow.in_a_terminal(*arguments, NO_COLOR="1")
    assert ended.code == code, ended.stdout
    assert "\x1b[3" not in ended.stdout
    longest = max(ended.stdout.splitlines(), key=len)
    assert len(longest) <= 80, longest
