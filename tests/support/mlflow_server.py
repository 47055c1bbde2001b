"""A real MLflow server that tests start, kill and start again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from attrs import define

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 240
"""Seconds that a server may take to start."""


@define
class Server:
    """An MLflow server with its own store.

    Attributes:
        folder: Where it keeps runs and files.
        port: Its port.
        process: The running server; None while it is down.
    """

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [
            sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1",
            "--port", str(self.port), "--workers", "1",
            "--backend-store-uri", f"sqlite:///{self.folder}/server.db",
            "--artifacts-destination", str(self.folder / "files"),
        ]  # fmt: skip
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, env=dict(os.environ)
            )
        deadline = monotonic() + PATIENCE
        while not self.answers():
            if self.process.poll() is not None or monotonic() > deadline:
                pytest.fail((self.folder / "server.log").read_text(encoding="utf-8")[-2000:])
            Event().wait(0.2)

    def answers(self) -> bool:
        """Whether it answers."""
        try:
            with urlopen(f"{self.uri}/health", timeout=5):  # noqa: S310 - our own http
                return True
        except OSError:
            return False

    def kill(self) -> None:
        """Kill it and its workers; what it has written stays."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None
