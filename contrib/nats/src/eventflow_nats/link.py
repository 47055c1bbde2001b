"""A connection to the servers, used by threads: what it does runs in one thread of the process."""

from __future__ import annotations

import asyncio
import os
import ssl
from contextlib import suppress
from functools import lru_cache
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import frozen
from nats.aio.client import Client
from nats.errors import ConnectionClosedError, Error, SecureConnRequiredError

from eventflow_nats.address import Address
from eventflow_nats.errors import coded, told
from eventflow_nats.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nats.js import JetStreamContext

    from eventflow_nats.options import NatsOptions

T = TypeVar("T")
_PING = 5.0  # seconds between two questions whether the other side is still there
_REFUSED = "permissions violation"
_LAST = 2.0  # seconds that ending a connection may take


@frozen(eq=False)
class Line:
    """A connection that works.

    Attributes:
        client: The client.
        streams: What it says of streams and consumers.
        mailbox: Where answers arrive.
        refused: What the server said that this user may not do.
        gone: Done when the connection has ended.
    """

    client: Client
    streams: JetStreamContext
    mailbox: Mailbox
    refused: list[Exception]
    gone: asyncio.Future[None]


class Link:
    """Speaks with the servers; connects when it is needed, and again when the connection broke.

    Args:
        options: Where the servers are, and how they are spoken to.
    """

    def __init__(self, options: NatsOptions) -> None:
        """Nothing is sent yet."""
        self._options = options
        self._address = Address.of(options.url.get_secret_value())
        self.where = str(self._address)
        self.patience = options.timeout_seconds
        self._line: Line | None = None
        self._connecting = asyncio.Lock()
        self._process = os.getpid()

    def call(self, work: Callable[[Line], Awaitable[T]], wait: float | None = None) -> T:
        """Do something with the connection, and wait for it.

        Args:
            work: What to do, in the thread of the connections.
            wait: Seconds that it may take; by default as long as it does not end by itself.

        Raises:
            NatsServerError: It failed; the class says how.
        """
        if self._process != os.getpid():  # a fork has none of its parent's connections
            self._process, self._line, self._connecting = os.getpid(), None, asyncio.Lock()
        with told(self.where):
            return asyncio.run_coroutine_threadsafe(
                self._do(work, wait), _loop(os.getpid())
            ).result()

    def close(self) -> None:
        """End the connection."""
        if self._line is not None and self._process == os.getpid():
            ending = self._end(self._line)
            asyncio.run_coroutine_threadsafe(ending, _loop(os.getpid())).result()

    async def _do(self, work: Callable[[Line], Awaitable[T]], wait: float | None) -> T:
        line = await self._connected()
        try:
            return await _while_it_holds(line, work, wait)
        except TimeoutError as error:
            await self._end(line)  # whoever is silent is asked over a new connection
            if line.refused:  # NATS says so beside the point, and answers nothing
                raise line.refused[-1] from error
            raise

    async def _connected(self) -> Line:
        async with self._connecting:
            if self._line is not None and self._line.client.is_connected:
                return self._line
            self._line = await self._connect()
            return self._line

    async def _connect(self) -> Line:
        client = _Client(encrypted=self._address.tls)
        causes: list[Exception] = []
        refused: list[Exception] = []

        async def note(error: Exception) -> None:
            (refused if _REFUSED in str(error).lower() else causes).append(error)

        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def end() -> None:
            if not gone.done():
                gone.set_result(None)

        try:
            async with asyncio.timeout(self._options.connect_seconds):
                how = _how(self._options, self._address)
                await client.connect(error_cb=note, closed_cb=end, **how)
                mailbox = await Mailbox(client).open()
        except (Error, OSError, TimeoutError, ValueError, RuntimeError) as error:
            await _ended(client)
            raise coded(causes[0] if causes else error, self.where) from error
        streams = client.jetstream(timeout=self.patience)
        return Line(client, streams, mailbox, refused, gone)

    async def _end(self, line: Line) -> None:
        if self._line is line:
            self._line = None
        await _ended(line.client)


class _Client(Client):  # type: ignore[misc,unused-ignore] # nats-py types it only in part
    """A client that tells no password to a server that should encrypt and does not."""

    def __init__(self, *, encrypted: bool) -> None:
        super().__init__()
        self._encrypted = encrypted

    async def _process_info(
        self,
        info: dict[str, Any],
        initial_connection: bool = False,  # noqa: FBT001, FBT002 - nats-py's signature
    ) -> None:
        if self._encrypted and initial_connection and not info.get("tls_required"):
            raise SecureConnRequiredError
        await super()._process_info(info, initial_connection)


async def _while_it_holds(
    line: Line, work: Callable[[Line], Awaitable[T]], wait: float | None
) -> T:
    """Do something, and give it up when the connection ends: nothing else tells who waits."""
    task = asyncio.ensure_future(work(line))
    try:
        either: set[asyncio.Future[Any]] = {task, line.gone}
        await asyncio.wait(either, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        if line.gone.done():
            raise line.client.last_error or ConnectionClosedError
        raise TimeoutError
    finally:
        task.cancel()


async def _ended(client: Client) -> None:
    with suppress(Exception):
        async with asyncio.timeout(_LAST):
            await client.close()
    if client._transport is not None:  # noqa: SLF001 - close() leaves what never came to be connected
        client._transport.close()  # type: ignore[no-untyped-call] # noqa: SLF001 - likewise


def _how(options: NatsOptions, address: Address) -> dict[str, Any]:
    given = options.password.get_secret_value() if options.password else None
    token = options.token.get_secret_value() if options.token else None
    how: dict[str, Any] = {
        "servers": address.servers,
        "name": options.client,
        "allow_reconnect": False,
        "max_reconnect_attempts": 1,
        "reconnect_time_wait": 0,
        "connect_timeout": options.connect_seconds,
        "ping_interval": _PING,
        "user": options.user or address.user,
        "password": given or address.password,
        "token": token or address.token,
        "user_credentials": _text(options.credentials),
        "nkeys_seed": _text(options.nkey),
    }
    if address.tls or options.tls_ca or options.tls_cert:
        how["tls"] = _tls(options)
    return how


def _tls(options: NatsOptions) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=_text(options.tls_ca))
    if options.tls_cert:
        context.load_cert_chain(options.tls_cert, options.tls_key)
    return context


def _text(path: Any) -> str | None:
    return None if path is None else str(path)


@lru_cache(maxsize=1)
def _loop(process: int) -> asyncio.AbstractEventLoop:
    """Return the loop of this process; a fork has none of its parent's threads."""
    del process
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, name="eventflow-nats", daemon=True).start()
    return loop
