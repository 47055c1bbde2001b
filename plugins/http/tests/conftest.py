"""A web server of one's own, on a free port of this machine."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import stamina
import trustme
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable


NOT_MODIFIED = 304


@frozen
class Asked:
    """One request as it came."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: Any


REPLY: dict[str, Any] = {"body": b"", "status": 200, "headers": {}, "claims": None, "breaks": False}
"""What a `SimpleNamespace` may say of a reply: its body (bytes as they are, text, pieces, or data
that becomes JSON), status, headers, the length it claims, whether the connection is cut instead."""


def _pieces(body: Any) -> Iterable[bytes]:
    if isinstance(body, bytes):
        return [body]
    if isinstance(body, Iterator):
        return body
    return [(body if isinstance(body, str) else json.dumps(body)).encode()]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        web: Web = self.server.web  # type: ignore[attr-defined] # set where the server is made
        url = urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = json.loads(sent) if sent else None
        asked = Asked(self.command, url.path, dict(parse_qsl(url.query)), headers, body)
        web.asked.append(asked)
        reply = web.answer(asked)
        said = vars(reply) if isinstance(reply, SimpleNamespace) else {"body": reply}
        self.reply(**{**REPLY, **said})

    def reply(
        self, *, body: Any, status: int, headers: dict[str, str], claims: int | None, breaks: bool
    ) -> None:
        self.close_connection = True
        if breaks:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        pieces = _pieces(body)
        length = claims if isinstance(pieces, Iterator) or claims else sum(map(len, pieces))
        about = {"Content-Type": "application/json", "Content-Length": str(length)}
        told = {"Connection": "close", **about, **headers}
        self.send_response(status)
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        if status != NOT_MODIFIED:
            self.wfile.writelines(pieces)

    do_POST = do_GET  # noqa: N815 - the name that http.server calls

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Web:
    """A server that answers as a function says, and remembers what it was asked.

    Args:
        answer: The function.
        context: TLS, where it speaks it.
    """

    def __init__(
        self, answer: Callable[[Asked], Any], context: ssl.SSLContext | None = None
    ) -> None:
        self.answer, self.asked = answer, list[Asked]()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.web = self  # type: ignore[attr-defined] # for the handler
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign] # cut on purpose
        self.scheme, self.host = "http", "127.0.0.1"
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        self.thread = Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.server.server_address[1]}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[..., Web]]:
    """Start servers; all are stopped after the test."""
    started: list[Web] = []

    def start(answer: Any, context: ssl.SSLContext | None = None) -> Web:
        started.append(Web(answer if callable(answer) else lambda _: answer, context))
        return started[-1]

    yield start
    for web in started:
        web.stop()


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Attempts follow one another at once; no proxy of this machine is asked."""
    monkeypatch.setenv("NO_PROXY", "*")
    with stamina.set_testing(True, attempts=20, cap=True):
        yield


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """An authority that nobody else knows."""
    return trustme.CA()


@pytest.fixture(scope="session")
def certified(authority: trustme.CA) -> ssl.SSLContext:
    """TLS with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context
