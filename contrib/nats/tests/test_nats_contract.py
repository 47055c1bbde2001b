"""The transport keeps the contract, against a real server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.testing import contract
from eventflow_nats.transport import NatsTransport

if TYPE_CHECKING:
    from pathlib import Path

_URL: list[str] = []


@pytest.fixture(autouse=True, scope="module")
def _a_server(server: Any) -> None:
    _URL[:] = [server.url]


def _options(folder: Path) -> dict[str, Any]:
    """Give each folder a bus of its own; any address will do for what sends nothing."""
    name = re.sub(r"[^A-Za-z0-9_-]", "", "-".join(folder.parts[-2:]))
    return {"url": _URL[0] if _URL else "nats://localhost", "prefix": name}


TestNatsTransport = contract(
    NatsTransport,
    config=_options,
    settle_seconds=0.1,
    secrets={"url": "nats://user:{}@localhost:4222"},
)
