"""A process that holds an event store's file: what a server is to other transports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

_PROGRAM = """
import sys
import apsw
connection = apsw.Connection(sys.argv[1])
connection.set_busy_timeout(20_000)
for line in sys.stdin:
    connection.execute("BEGIN IMMEDIATE" if line == "take\\n" else "ROLLBACK")
    print("done", flush=True)
"""


class Holder:
    """Another process with the file open; while it is killed or frozen it was about to write.

    Args:
        path: The store's file.
    """

    def __init__(self, path: Path) -> None:
        """Nothing runs yet."""
        self._path = path
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._end()

    def start(self) -> None:
        """Open the file in another process."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(self._path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip

    def kill(self) -> None:
        """End it at once, in the middle of a transaction."""
        self._say("take")
        self._end()

    def wipe(self) -> None:
        """There is nothing to empty."""
        raise NotImplementedError

    def stop(self) -> None:
        """Freeze it, in the middle of a transaction."""
        self._say("take")
        os.kill(self._running.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on, and end the transaction."""
        os.kill(self._running.pid, signal.SIGCONT)
        self._say("leave")

    @property
    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process

    def _say(self, word: str) -> None:
        process = self._running
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{word}\n")
        assert process.stdout.readline() == "done\n"

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
