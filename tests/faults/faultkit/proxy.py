"""A network that fails: a TCP proxy between a client and a server."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from threading import Thread
from typing import TYPE_CHECKING, Literal, Self

from attrs import define, frozen

from faultkit.servers import HOST

if TYPE_CHECKING:
    import ssl

Direction = Literal["request", "reply"]


@frozen(kw_only=True)
class Fault:
    """What happens to the bytes of a connection; nothing by default.

    Attributes:
        latency_seconds: Each piece arrives so much later, up to twice that by chance.
        split_bytes: Pieces have at most so many bytes, by chance fewer.
        coalesce_seconds: Pieces are gathered for so long, and sent as one.
        reset_after: The connection is reset when so many bytes of replies have passed.
        close_after: It is closed in good order then: in the middle of a reply, if one is longer.
        stall_after: Nothing of the replies passes any more then; the connection stays open.
        half_open: Nothing passes either way, nobody is told; a connection that this has happened to
            stays so.
        garbage_bytes: So many bytes, by chance, stand before each piece of a reply.
    """

    latency_seconds: float = 0.0
    split_bytes: int = 0
    coalesce_seconds: float = 0.0
    reset_after: int | None = None
    close_after: int | None = None
    stall_after: int | None = None
    half_open: bool = False
    garbage_bytes: int = 0


NONE = Fault()


@define(eq=False)
class _Line:
    """A connection: its chances, and whether it is cut."""

    chance: random.Random
    cut: bool = False


class FaultProxy:
    """Listens on a port of its own and passes on to another; `fault` may change at any time.

    Args:
        target: Port of the server.
        seed: Of everything that happens by chance; each connection has chances of its own, in the
            order in which they were made.
        tls: What it needs to speak TLS to clients; to the server it speaks plainly.

    Attributes:
        fault: What happens to the bytes that pass from now on.
        connections: How many were accepted.
    """

    def __init__(self, target: int, *, seed: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Nothing listens yet."""
        self.target, self.seed = target, seed
        self.fault = NONE
        self.connections = 0
        self.port = 0
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._lines: set[_Line] = set()

    def __enter__(self) -> Self:
        """Listen, in a thread."""
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        """Close everything."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def reset(self) -> None:
        """Reset every connection there is."""
        self._loop.call_soon_threadsafe(self._reset_all)

    def cut(self) -> None:
        """Let nothing pass any more on the connections there are, and tell nobody."""
        for line in list(self._lines):
            line.cut = True

    def _reset_all(self) -> None:
        for writer in list(self._writers):
            _reset(writer)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, HOST, 0, ssl=self._tls)

    async def _close(self) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        chance = random.Random(f"{self.seed}/{self.connections}")  # noqa: S311 - can be repeated
        line = _Line(chance)
        self._lines.add(line)
        self._writers.add(writer)
        try:
            server_reader, server_writer = await asyncio.open_connection(HOST, self.target)
            self._writers.add(server_writer)
            requests = self._pass(reader, server_writer, "request", line)
            replies = self._pass(server_reader, writer, "reply", line)
            pair = [asyncio.ensure_future(requests), asyncio.ensure_future(replies)]
            await asyncio.wait(pair, return_when=asyncio.FIRST_COMPLETED)
            for task in pair:
                task.cancel()
            await asyncio.gather(*pair, return_exceptions=True)
            server_writer.close()
            self._writers.discard(server_writer)
        except (OSError, asyncio.CancelledError):  # the server is down, or this proxy ends
            pass
        finally:
            writer.close()
            self._writers.discard(writer)
            self._lines.discard(line)

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        direction: Direction,
        line: _Line,
    ) -> None:
        """Pass bytes on in one direction, until either side or a fault ends it."""
        passed = 0
        while data := await reader.read(65536):
            fault = self.fault
            if fault.coalesce_seconds:
                await asyncio.sleep(fault.coalesce_seconds)
                data += await _at_hand(reader)
            limit = _limit(fault, direction)
            end = limit is not None and passed + len(data) >= limit
            room = max((limit or 0) - passed, 0) if end else len(data)
            for piece in _pieces(data[:room], fault.split_bytes, line.chance):
                if fault.latency_seconds:
                    await asyncio.sleep(fault.latency_seconds * (1 + line.chance.random()))
                line.cut = line.cut or self.fault.half_open
                if line.cut:
                    continue
                if fault.garbage_bytes and direction == "reply":
                    writer.write(line.chance.randbytes(fault.garbage_bytes))
                writer.write(piece)
                await writer.drain()
            passed += room
            if end and fault.stall_after is not None:
                await asyncio.Event().wait()
            if end:
                if fault.reset_after is not None:
                    _reset(writer)
                return


def _limit(fault: Fault, direction: Direction) -> int | None:
    limits = (fault.reset_after, fault.close_after, fault.stall_after)
    told = [limit for limit in limits if limit is not None]
    return min(told) if told and direction == "reply" else None


def _pieces(data: bytes, size: int, chance: random.Random) -> list[bytes]:
    if not size:
        return [data] if data else []
    pieces = []
    while data:
        length = chance.randint(1, size)
        pieces.append(data[:length])
        data = data[length:]
    return pieces


async def _at_hand(reader: asyncio.StreamReader) -> bytes:
    """Return what has arrived by now."""
    try:
        async with asyncio.timeout(0.001):
            return await reader.read(1 << 20)
    except TimeoutError:
        return b""


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection the hard way: the other side gets RST."""
    plain: socket.socket | None = writer.get_extra_info("socket")
    if plain is not None and not writer.is_closing():
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
