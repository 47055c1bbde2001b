"""What a server keeps of acknowledged events when its machine loses power."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventflow.events import BaseEvent
from eventflow_nats.transport import NatsTransport
from faultkit.disk_fuse import ForgetfulMount, missing
from faultkit.nats_server import NatsServer

if TYPE_CHECKING:
    from pathlib import Path

ABSENT = missing()
pytestmark = pytest.mark.skipif(
    ABSENT is not None, reason=f"NO POWER IS CUT UNDER A NATS SERVER: {ABSENT}"
)


def _kept(folder: Path, *, always: bool) -> tuple[list[str], list[str]]:
    """Return the events that were acknowledged, and those that are there after the loss."""
    folder.mkdir()
    with ForgetfulMount(folder) as disk:
        room = {"jetstream": {"max_file_store": 2**30}}  # this disk does not say how much it has
        server = NatsServer(disk.place / "nats", always=always, config=room)
        sent: list[str] = []
        with server:
            transport = NatsTransport(url=server.url, timeout_seconds=20)
            for _ in range(20):
                event = BaseEvent(event_type="order.placed")
                assert transport.send([event])
                sent.append(str(event.event_id))
            disk.lose_power()
        transport.close()
        disk.mount()
        (disk.place / "nats" / "data").mkdir(parents=True, exist_ok=True)
        with server:
            later = NatsTransport(url=server.url, timeout_seconds=20)
            found = later.open("*", start="earliest").receive(100, 1)
            later.close()
        return sent, [str(delivery.event.event_id) for delivery in found]


def test_a_server_that_always_syncs_loses_nothing(tmp_path: Path) -> None:
    """With `sync_interval: always` each event whose sending returned is there, in order."""
    sent, found = _kept(tmp_path / "always", always=True)
    assert found == sent


def test_a_server_that_syncs_now_and_then_is_caught(tmp_path: Path) -> None:
    """The control: with the server's default, events it had acknowledged are gone."""
    sent, found = _kept(tmp_path / "default", always=False)
    assert len(found) < len(sent)
