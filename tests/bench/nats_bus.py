"""NATS JetStream: the bus beside bare nats-py, which stores and reads the same bytes."""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path
from statistics import median
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

import nats
from carried import TYPE, duration, made, peer, same
from harness import interpreter
from nats.js.api import ConsumerConfig

from eventflow.bus.bus import EventBus
from eventflow.bus.outbox import Queueing
from eventflow_nats.transport import NatsTransport
from faultkit.nats_server import NatsServer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventflow.events import PerformanceEvent

EVENTS, BATCH, ROUNDS = 20_000, 500, 5
JOB = Path(__file__).parent / "jobs" / "nats_faststream.py"
WAYS = {
    "sent": "published and stored, in batches",
    "got": "handled by a group, and acknowledged",
    "bare sent": "nats-py, published and stored, in batches",
    "bare got": "nats-py, fetched in batches, and acknowledged",
    "alone": "FastStream, published one by one",
    "peer got": "FastStream, read in batches as JSON, durable",
}
PAIRS = (("sent", "bare sent"), ("got", "bare got"), ("sent", "alone"), ("got", "peer got"))


def bench(folder: Path) -> Iterable[str]:
    """Time all ways in turn, each round against a server that syncs when it likes."""
    events = made(EVENTS)
    gc.freeze()  # the events are there all the time: nobody has to look through them again
    python = interpreter("faststream")
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    for number in range(ROUNDS):
        place = folder / f"nats{number}"
        with NatsServer(place, always=False) as server:
            _bus(server.url, events, times)
            asyncio.run(_bare(server.url, [event.to_bytes() for event in events], times))
            if python:
                took = peer(python, JOB, server.url, place, events)
                times["alone"].append(took["alone"])
                times["peer got"].append(took["got"])
    yield f"\n## NATS JetStream ({EVENTS:,} events, median of {ROUNDS})\n"
    for name, what in WAYS.items():
        if times[name]:
            yield f"- {what}: {EVENTS / median(times[name]):,.0f} events/s"
    for ours, theirs in PAIRS:
        pairs = [b / a for a, b in zip(times[ours], times[theirs], strict=False)]
        if pairs:
            spread = f"({min(pairs):.2f}..{max(pairs):.2f})"
            yield f"- {ours} against {theirs}: {median(pairs):.2f} times as fast {spread}"


def _bus(url: str, events: list[PerformanceEvent], times: dict[str, list[float]]) -> None:
    got: list[float | None] = []
    there = Flag()

    def handle(event: Any) -> None:
        got.append(duration(event))
        if len(got) == EVENTS:
            there.set()

    transport = NatsTransport(url=url, prefix="bench")
    with EventBus(transport, queueing=Queueing(capacity=2 * EVENTS, batch=BATCH)) as bus:
        began = time.perf_counter()
        for event in events:
            bus.publish(event)
        bus.flush(60)
        times["sent"].append(time.perf_counter() - began)
        began = time.perf_counter()
        subscription = bus.subscribe("performance.*", handle, group="mine", start="earliest")
        there.wait(60)
        bus.unsubscribe(subscription)  # it waits until all is acknowledged
        times["got"].append(time.perf_counter() - began)
    same(got, [event.duration_ms for event in events])


async def _bare(url: str, contents: list[bytes], times: dict[str, list[float]]) -> None:
    client = await nats.connect(url)
    streams = client.jetstream(publish_async_max_pending=2 * BATCH)
    await streams.add_stream(name="bare", subjects=["bare.*"])
    began = time.perf_counter()
    for first in range(0, EVENTS, BATCH):
        some = contents[first : first + BATCH]
        sent = [await streams.publish_async(f"bare.{TYPE.split('.')[0]}", c) for c in some]
        await asyncio.gather(*sent)
    times["bare sent"].append(time.perf_counter() - began)
    found: list[int] = []
    place = await streams.pull_subscribe(
        "bare.*", durable="mine", stream="bare", config=ConsumerConfig(max_ack_pending=EVENTS)
    )
    began = time.perf_counter()
    while len(found) < EVENTS:
        for message in await place.fetch(BATCH):
            found.append(len(message.data))
            await message.ack()
    await client.flush()
    while (await place.consumer_info()).num_ack_pending:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.001)
    times["bare got"].append(time.perf_counter() - began)
    same(found, [len(content) for content in contents])
    await client.close()
