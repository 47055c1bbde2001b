"""Real servers that a test owns: on a port of their own, to be killed, frozen and wiped."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from threading import Lock
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HOST = "127.0.0.1"
_CHOOSING = Lock()
_GIVEN = {0}  # ports that were returned
_PATIENCE = 20.0  # seconds to start in, on a machine that is busy


class Server:
    """A server in a folder; subclasses say what to run, and when it is ready.

    Args:
        folder: Where its configuration, data and log go; made when missing.
    """

    name = "server"

    def __init__(self, folder: Path) -> None:
        """Take a free port; nothing runs yet."""
        self.folder, self.data = folder, folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.kill()

    @property
    def alive(self) -> bool:
        """Whether its process runs, or is frozen."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and return when it answers."""
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log, cwd=self.data)
        deadline = time.monotonic() + _PATIENCE
        while not self._ready():
            if not self.alive or time.monotonic() > deadline:
                said = (self.folder / "log.txt").read_text(errors="replace")[-2_000:]
                self.kill()
                message = f"{self.name} does not start:\n{said}"
                raise RuntimeError(message)
            time.sleep(0.01)

    def kill(self) -> None:
        """End it at once, as a crash does; a second time does nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Kill it where it runs, and start it on what it has kept."""
        self.kill()
        self.start()

    def wipe(self) -> None:
        """Kill it, remove its data, and start it empty."""
        self.kill()
        shutil.rmtree(self.data)
        self.data.mkdir()
        self.start()

    def stop(self) -> None:
        """Freeze it: connections stay open, nobody answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def command(self) -> Sequence[str]:
        """Return what to run."""
        raise NotImplementedError

    def answers(self, connection: socket.socket) -> bool:
        """Say whether it is ready, given a connection that was accepted."""
        raise NotImplementedError

    def _ready(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as connection:
                return self.answers(connection)
        except OSError:
            return False

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            os.kill(self._process.pid, number)


def free_port() -> int:
    """Return a port that nobody listens on, and that was not returned before.

    It is below those that systems give to connections, so that it is free again when a server that
    was killed comes back.
    """
    with _CHOOSING:
        port = 0
        while port in _GIVEN or not _is_free(port):
            port = random.randint(20_000, 32_000)  # noqa: S311 - chance keeps processes apart
        _GIVEN.add(port)
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
