"""Failures of remote places: told apart from lasting ones, and tried again."""

from __future__ import annotations

import io
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, ClassVar

import polars as pl
import pytest

from eventflow.api import run
from eventflow.frame import EventFrame
from eventflow.runs.errors import SourceFailedError, TransientError
from eventflow.runs.orchestrate import RunFailedError
from eventflow.runs.transient import as_transient
from run_components import Rows4, host_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from eventflow.plugins import PluginHost

_BUSY = (
    "object-store error: Generic S3 error: Error performing GET https://b.s3.example/x in 9.1s, "
    "after 10 retries, max_retries: 10, retry_timeout: 180s  - "
)


def a_file() -> bytes:
    """Return a small Parquet file."""
    made = io.BytesIO()
    pl.DataFrame({"n": [1, 2, 3]}).write_parquet(made)
    return made.getvalue()


class Busy(BaseHTTPRequestHandler):
    """Serves one Parquet file, after a number of failures."""

    protocol_version = "HTTP/1.1"
    body: ClassVar[bytes] = a_file()
    failures: ClassVar[int] = 0
    status: ClassVar[int] = 503
    asked: ClassVar[int] = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        if self.asked <= self.failures:
            return self.answer(self.status, b"")
        first, last = self.headers["Range"].removeprefix("bytes=").split("-")
        size = len(self.body)
        begin = int(first) if first else max(size - int(last), 0)
        end = min(int(last), size - 1) if first and last else size - 1
        return self.answer(206, self.body[begin : end + 1], f"bytes {begin}-{end}/{size}")

    def answer(self, status: int, body: bytes, part: str = "") -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if part:
            self.send_header("Content-Range", part)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(failures: int, status: int = 503) -> Iterator[str]:
    """Serve on a free port; yield the address of the file."""
    Busy.failures, Busy.status, Busy.asked = failures, status, 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/x.parquet"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Remote(Rows4):
    """Scans an address; Polars itself tries a request once only."""

    address = ""

    def scan(self) -> EventFrame:
        options = {"max_retries": 1, "retry_init_backoff_ms": 1, "retry_max_backoff_ms": 2}
        return EventFrame(pl.scan_parquet(self.address, storage_options=options))


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host that offers `Remote`, in an empty working directory."""
    made = host_in(tmp_path, monkeypatch)
    made.register(Remote, name="remote")
    return made


def pipeline(attempts: int) -> dict[str, object]:
    """Return a pipeline that reads from the server, without waiting long."""
    runs = {"attempts": attempts, "initial_wait": 0, "max_wait": 0}
    return {"name": "x", "source": {"use": "remote"}, "runs": runs}


def test_a_server_that_is_busy_at_first_is_read_in_the_end(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Polars wraps what a real server answers; the run knows it, tries again, and counts once."""
    with serving(failures=4) as address:
        monkeypatch.setattr(Remote, "address", address)
        result = run(pipeline(attempts=20), host=host)

    assert Busy.asked > 4
    assert result.ledger.read == 3
    assert result.data is not None
    assert sorted(result.data["n"]) == [1, 2, 3]


@pytest.mark.parametrize("attempts", [1, 4])
def test_the_configuration_says_how_often(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch, attempts: int
) -> None:
    """After the last attempt the run fails, with a transient failure at the source."""
    tried = []

    def busy(_: Remote) -> EventFrame:
        tried.append(1)
        raise OSError(_BUSY + "Server returned non-2xx status code: 503 Service Unavailable: ")

    monkeypatch.setattr(Remote, "scan", busy)
    with pytest.raises(RunFailedError) as caught:
        run(pipeline(attempts), host=host)

    assert len(tried) == attempts
    assert caught.value.problems[0].code == TransientError.code
    assert "503" in caught.value.problems[0].message


def test_what_a_server_refuses_for_good_is_not_tried_again(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is not there is a failed source at once."""
    with serving(failures=99, status=404) as address:
        monkeypatch.setattr(Remote, "address", address)
        with pytest.raises(RunFailedError) as caught:
            run(pipeline(attempts=9), host=host)

    assert caught.value.problems[0].code == SourceFailedError.code
    assert Busy.asked < 9


@pytest.mark.parametrize(
    "text",
    ["Server returned non-2xx status code: 429 Too Many Requests: ",
     "Server returned non-2xx status code: 500 Internal Server Error: ",
     "HTTP error: error sending request", "HTTP error: operation timed out",
     "HTTP error: connection reset by peer"],
)  # fmt: skip
def test_busy_services_and_broken_lines_are_transient(text: str) -> None:
    """Whichever class Polars wraps them in."""
    for kind in (OSError, pl.exceptions.ComputeError):
        assert isinstance(as_transient(kind(_BUSY + text)), TransientError)


@pytest.mark.parametrize(
    "error",
    [OSError(_BUSY + "Server returned non-2xx status code: 403 Forbidden"),
     pl.exceptions.ComputeError("could not parse `connection reset` as dtype `i64`"),
     pl.exceptions.SchemaError(_BUSY + "status code: 503"), OSError(28, "No space left on device"),
     ValueError("timed out")],
    ids=str,
)  # fmt: skip
def test_everything_else_is_not(error: Exception) -> None:
    """Data that talks of time-outs, a full disk, and refusals for good."""
    assert as_transient(error) is None
