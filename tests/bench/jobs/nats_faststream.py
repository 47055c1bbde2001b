"""FastStream publishes to a JetStream stream and reads it in batches: URL, IN, OUT (JSON lines)."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from faststream.nats import JStream, NatsBroker, PullSub

BATCH = 500
URL, IN, OUT = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])


async def main(contents: list[bytes], got: list[Any]) -> dict[str, float]:
    """Time publishing one by one, as its documentation shows, and reading all, acknowledged."""
    broker = NatsBroker(URL, logger=None)
    stream = JStream("faststream", subjects=["faststream.*"])
    there = asyncio.Event()
    pull = PullSub(batch_size=BATCH, batch=True)

    @broker.subscriber("faststream.mine", stream=stream, durable="mine", pull_sub=pull)  # type: ignore[untyped-decorator] # it is not installed here
    async def handle(messages: list[Any]) -> None:  # what it has read of the JSON
        got.extend(messages)
        if len(got) == len(contents):
            there.set()

    await broker.connect()
    streams = broker.config.broker_config.connection_state.stream
    await streams.add_stream(name="faststream", subjects=["faststream.*"])
    began = time.perf_counter()
    for content in contents:
        await broker.publish(content, "faststream.mine", stream="faststream")
    alone = time.perf_counter() - began
    began = time.perf_counter()
    await broker.start()
    await there.wait()
    while (await streams.consumer_info("faststream", "mine")).num_ack_pending:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.001)
    read = time.perf_counter() - began
    await broker.stop()
    return {"alone": alone, "got": read}


found: list[Any] = []
took = asyncio.run(main(IN.read_bytes().splitlines(), found))
OUT.write_text(json.dumps(found), encoding="utf-8")
print(json.dumps(took))  # noqa: T201 - its result
