"""The ``eventflow`` command in a process of its own, as a user has it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

from attrs import field, frozen

PROGRAM = Path(sys.executable).with_name("eventflow")
ERASED = "\r\x1b[K"
QUIET = ("CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONIOENCODING", "PYTHONUTF8")


@frozen
class Ended:
    """A command that has ended.

    Attributes:
        code: Exit code.
        stdout: What it printed as its result.
        stderr: What it said beside.
    """

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        """Its result as the one JSON document it is."""
        return json.loads(self.stdout)


@frozen
class CommandLine:
    """Starts ``eventflow`` in a folder.

    Attributes:
        folder: Working directory.
        environment: Environment variables on top of the tests' own, less what steers output.
    """

    folder: Path
    environment: dict[str, str] = field(factory=dict)

    def start(self, *arguments: str, encoding: str = "utf-8", **environment: str) -> Process:
        """Start a command and return its process, with pipes for its output."""
        inherited = {k: v for k, v in os.environ.items() if k not in QUIET}
        return subprocess.Popen(
            [PROGRAM, *arguments],
            cwd=self.folder,
            env={**inherited, **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding=encoding,
        )

    def __call__(self, *arguments: str, encoding: str = "utf-8", **environment: str) -> Ended:
        """Run a command to its end."""
        process = self.start(*arguments, encoding=encoding, **environment)
        stdout, stderr = process.communicate(timeout=300)
        return Ended(process.returncode, stdout, stderr)

    def in_a_terminal(self, *arguments: str, **environment: str) -> Ended:
        """Run a command in a terminal of 80 × 24; what is left standing comes as `stdout`."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        inherited = {k: v for k, v in os.environ.items() if k not in QUIET}
        process = subprocess.Popen(
            [PROGRAM, *arguments],
            cwd=self.folder,
            env={**inherited, **self.environment, "TERM": "xterm-256color", **environment},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b"")).decode()
        os.close(ours)
        lines = (line.rpartition(ERASED)[2] for line in shown.replace("\r\n", "\n").split("\n"))
        return Ended(process.wait(timeout=300), "\n".join(lines), "")

    def write(self, name: str, text: str) -> str:
        """Write a file into the folder and return its name."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return name


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux reports the end of a pseudo-terminal as an error
        return b""


Process = subprocess.Popen[str]
