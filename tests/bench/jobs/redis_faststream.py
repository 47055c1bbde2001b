"""FastStream publishes to a Redis stream and reads it in batches: PORT, IN, OUT (a JSON a line)."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from faststream.redis import RedisBroker, StreamSub
from redis.asyncio import Redis

BATCH = 500
PORT, IN, OUT = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])


async def publish(broker: RedisBroker, stream: str, contents: list[bytes]) -> float:
    """Publish one by one, as its documentation shows."""
    began = time.perf_counter()
    for content in contents:
        await broker.publish(content, stream=stream)
    return time.perf_counter() - began


async def publish_together(
    broker: RedisBroker, client: Redis, stream: str, contents: list[bytes]
) -> float:
    """Publish through pipelines, a batch in each."""
    began = time.perf_counter()
    for first in range(0, len(contents), BATCH):
        async with client.pipeline(transaction=False) as pipeline:
            for content in contents[first : first + BATCH]:
                await broker.publish(content, stream=stream, pipeline=pipeline)
            await pipeline.execute()
    return time.perf_counter() - began


async def main(contents: list[bytes], got: list[Any]) -> dict[str, float]:
    """Time both ways of publishing, and reading all in a group, acknowledged."""
    client = Redis(port=PORT)
    broker = RedisBroker(f"redis://127.0.0.1:{PORT}", logger=None)
    there = asyncio.Event()
    place = StreamSub("together", group="mine", consumer="me", batch=True, max_records=BATCH)

    @broker.subscriber(stream=place)  # type: ignore[untyped-decorator] # it is not installed here
    async def handle(messages: list[Any]) -> None:  # what it has read of the JSON
        got.extend(messages)
        if len(got) == len(contents):
            there.set()

    await broker.connect()
    alone = await publish(broker, "alone", contents)
    together = await publish_together(broker, client, "together", contents)
    await client.xgroup_create("together", "mine", "0")
    began = time.perf_counter()
    await broker.start()
    await there.wait()
    while (await client.xpending("together", "mine"))["pending"]:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.001)
    read = time.perf_counter() - began
    await broker.stop()
    await client.aclose()
    return {"alone": alone, "together": together, "got": read}


found: list[Any] = []
took = asyncio.run(main(IN.read_bytes().splitlines(), found))
OUT.write_text(json.dumps(found), encoding="utf-8")
print(json.dumps(took))  # noqa: T201 - its result
