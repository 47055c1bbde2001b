"""Redis Streams: the bus beside bare redis-py, which sends and reads the same bytes."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from statistics import median
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

from carried import TYPE, duration, itself, made, peer, same
from harness import interpreter
from redis import Redis
from servers import redis_server

from eventflow.bus.bus import EventBus
from eventflow.bus.outbox import Queueing
from eventflow.events import EventTypes
from eventflow_redis.streams import RedisTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from eventflow.events import PerformanceEvent

EVENTS, BATCH, ROUNDS = 50_000, 500, 5
FEWER = 10_000
"""What the peer is given, which publishes one by one."""
JOB = Path(__file__).parent / "jobs" / "redis_faststream.py"
KEY = "{bench}:events"
BARE = {
    "bare sent": ("sent", "XADD"),
    "bare got": ("got", "XREADGROUP and XACK of bytes"),
    "bare decoded": ("got", "XREADGROUP and XACK of bytes that are then made events"),
}

PEER = {
    "alone": ("sent", "published one by one"),
    "together": ("sent", f"published in pipelines of {BATCH}"),
    "got": ("got", "read in batches as JSON, in a group"),
}


def bench(folder: Path) -> Iterable[str]:
    """Time both ways in turn, against one server that keeps nothing on disk."""
    events = made(EVENTS)
    times: dict[str, list[float]] = {name: [] for name in ("sent", "got", *BARE)}
    gc.freeze()  # the events are there all the time: nobody has to look through them again
    python = interpreter("faststream")
    others: list[dict[str, float]] = []
    with redis_server(folder) as port:
        _round(port, events, {name: [] for name in times}, whole=True)
        for _ in range(ROUNDS):
            _round(port, events, times)
            if python:
                Redis(port=port).flushall()
                others.append(peer(python, JOB, str(port), folder, events[:FEWER]))
    best = {name: median(seconds) for name, seconds in times.items()}
    yield f"\n## Redis Streams ({EVENTS:,} events, median of {ROUNDS})\n"
    for bare, (done, what) in BARE.items():
        yield f"- {done} through the bus: {EVENTS / best[done]:,.0f} events/s"
        yield f"- bare redis-py, {what}: {EVENTS / best[bare]:,.0f} events/s"
        pairs = [b / d for b, d in zip(times[bare], times[done], strict=True)]
        yield f"- ratio, median of pairs: {median(pairs):.2f} ({min(pairs):.2f}..{max(pairs):.2f})"
    ours = {name: EVENTS / seconds for name, seconds in best.items()}
    for name, (done, what) in PEER.items() if others else ():
        rate = FEWER / median(other[name] for other in others)
        yield f"- FastStream, {what}: {rate:,.0f} events/s; the bus: {ours[done] / rate:.1f} times"


def _round(
    port: int,
    events: list[PerformanceEvent],
    times: dict[str, list[float]],
    *,
    whole: bool = False,
) -> None:
    """Do everything once; keep what is read `whole` to compare it, else a number of each event."""
    size: Any = bytes if whole else len
    number: Any = itself if whole else duration
    client: Any = Redis(port=port)
    client.flushall()
    contents = [event.to_bytes() for event in events]
    times["bare sent"].append(_bare_sent(client, contents))
    stored = [fields for _, fields in client.xrange(KEY)]
    client.flushall()
    transport = RedisTransport(url=f"redis://127.0.0.1:{port}", prefix="bench")
    with EventBus(transport, queueing=Queueing(capacity=2 * EVENTS, batch=BATCH)) as bus:
        began = time.perf_counter()
        for event in events:
            bus.publish(event)
        bus.flush(60)
        times["sent"].append(time.perf_counter() - began)
        same([fields for _, fields in client.xrange(KEY)], stored)
        times["got"].append(_got(bus, list(map(number, events)), client, number))
    times["bare got"].append(_bare_got(client, "bare", size, list(map(size, contents))))
    decode, numbers = EventTypes.defined().decode, list(map(number, events))
    read = decode if whole else lambda content: duration(decode(content))
    times["bare decoded"].append(_bare_got(client, "decoded", read, numbers))


def _bare_sent(client: Any, contents: list[bytes]) -> float:
    began = time.perf_counter()
    for first in range(0, EVENTS, BATCH):
        pipeline = client.pipeline(transaction=False)
        for content in contents[first : first + BATCH]:
            pipeline.xadd(KEY, {TYPE: content})
        pipeline.execute()
    return time.perf_counter() - began


def _got(bus: EventBus, expected: list[Any], client: Any, kept: Callable[[Any], object]) -> float:
    """Return the seconds until a handler had all, and the server knew it."""
    got: list[Any] = []
    all_there = Flag()

    def handle(event: Any) -> None:
        got.append(kept(event))
        if len(got) == EVENTS:
            all_there.set()

    began = time.perf_counter()
    subscription = bus.subscribe("performance.*", handle, group="mine", start="earliest")
    all_there.wait(60)
    while client.xpending(KEY, "mine performance.*")["pending"]:
        time.sleep(0.001)
    seconds = time.perf_counter() - began
    bus.unsubscribe(subscription)
    same(got, expected)
    return seconds


def _bare_got(
    client: Any, group: str, made: Callable[[bytes], object], expected: Sequence[object]
) -> float:
    client.xgroup_create(KEY, group, "0")
    got: list[object] = []
    began = time.perf_counter()
    while found := client.xreadgroup(group, "me", {KEY: ">"}, count=BATCH):
        [(_, entries)] = found
        got += [made(content) for _, fields in entries for content in fields.values()]
        client.xack(KEY, group, *(position for position, _ in entries))
    seconds = time.perf_counter() - began
    same(got, expected)
    return seconds
