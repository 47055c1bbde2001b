"""What is printed suits where it is printed: pipes, colours, widths and encodings."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from command_line import PROGRAM, CommandLine

if TYPE_CHECKING:
    from pathlib import Path

ESCAPE = "\x1b["
COMMANDS = {
    "help": (("--help",), 0),
    "plugins list": (("plugins", "list"), 0),
    "hooks list": (("hooks", "list"), 0),
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
    ended, printed = _in_a_terminal(eventflow.folder, arguments, NO_COLOR="1")
    assert ended == code, printed
    assert "\x1b[3" not in printed
    longest = max(printed.splitlines(), key=len)
    assert len(longest) <= 80, longest


def _in_a_terminal(folder: Path, arguments: tuple[str, ...], **environment: str) -> tuple[int, str]:
    """Run in a pseudo-terminal of 80 × 24 and return the exit code and all that was shown."""
    import fcntl  # noqa: PLC0415 - not on every platform
    import pty  # noqa: PLC0415 - not on every platform
    import struct  # noqa: PLC0415 - not on every platform
    import termios  # noqa: PLC0415 - not on every platform

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env = {k: v for k, v in os.environ.items() if k not in ("CI", "COLUMNS", "FORCE_COLOR")}
    env |= {"TERM": "xterm-256color", **environment}
    process = subprocess.Popen(
        [PROGRAM, *arguments], cwd=folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    printed = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return process.wait(timeout=60), printed.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux reports the end of a pseudo-terminal as an error
        return b""
