"""Asking a server: again where it helps, never more than allowed, each failure with its fix."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace as Reply
from typing import TYPE_CHECKING, Any

import pytest
import stamina.instrumentation

from eventflow.errors import EventflowError
from eventflow_http import ClientOptions, JsonClient, client

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import trustme

    Serve = Callable[..., Any]


def _get(url: str, **options: Any) -> Any:
    with JsonClient(ClientOptions(**options)) as asking:
        return asking.get(url)


def _in_turn(*replies: Any) -> Callable[[Any], Any]:
    """Answer with one reply after another."""
    waiting: Iterator[Any] = iter(replies)
    return lambda _: next(waiting)


@pytest.mark.parametrize(
    "bad",
    [
        Reply(status=500),
        Reply(status=503),
        Reply(status=429),
        Reply(status=408),
        Reply(breaks=True),
        Reply(body=[1], claims=100),
    ],
    ids=["500", "503", "429", "408", "cut", "truncated"],
)
def test_what_may_pass_is_asked_again(serve: Serve, bad: Reply) -> None:
    """A busy server, a cut connection, half an answer: the next attempt counts."""
    web = serve(_in_turn(bad, bad, [1, 2]))
    assert _get(web.url) == [1, 2]
    assert len(web.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 501])
def test_what_stays_is_asked_once(serve: Serve, status: int) -> None:
    """A refusal would be the same a moment later."""
    web = serve(Reply(body={"error": "no"}, status=status))
    with pytest.raises(EventflowError):
        _get(web.url)
    assert len(web.asked) == 1


def test_attempts_end(serve: Serve) -> None:
    """After as many as are allowed, the last failure is told."""
    web = serve(Reply(body="busy", status=503))
    with pytest.raises(EventflowError, match=r"(?s)EF654.*503.*busy"):
        _get(web.url, attempts=3)
    assert len(web.asked) == 3


def test_a_post_is_sent_again_only_if_it_changes_nothing(serve: Serve) -> None:
    """A server may have acted on it before it failed."""
    web = serve(Reply(status=500))
    options = ClientOptions(attempts=3)
    with JsonClient(options) as asking, pytest.raises(EventflowError, match="EF654"):
        asking.post(web.url, {"q": 1})
    assert [asked.body for asked in web.asked] == [{"q": 1}]
    safe = options.model_copy(update={"idempotent": True})
    with JsonClient(safe) as asking, pytest.raises(EventflowError, match="EF654"):
        asking.post(web.url, {"q": 1})
    assert len(web.asked) == 4


@pytest.mark.parametrize("date", [False, True])
def test_the_server_says_how_long_to_wait(serve: Serve, *, date: bool) -> None:
    """In seconds, or until a date; longer than allowed is told at once."""
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    headers = {"Retry-After": until if date else "30"}
    waits: list[float] = []
    stamina.instrumentation.set_on_retry_hooks([lambda details: waits.append(details.wait_for)])
    try:
        web = serve(_in_turn(Reply(status=429, headers=headers), [1]))
        stamina.set_testing(False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tenacity.nap.time.sleep", lambda _: None)
            assert _get(web.url) == [1]
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)
    assert waits == [pytest.approx(30, abs=2)]
    web = serve(Reply(status=429, headers=headers))
    with pytest.raises(EventflowError, match=r"(?s)EF654.*rate: 1/s, or ask again in (30|29) s"):
        _get(web.url, max_wait="5s")
    assert len(web.asked) == 1


@pytest.mark.parametrize(
    "nonsense",
    [
        "soon",
        "-5",
        "Mon, 01 Jan 99999999999 00:00:00 GMT",
        f"Mon, 01 Jan 2020 00:00:00 +{'9' * 20}",
        "Mon, 01 Jan 1990 00:00:00 GMT",
    ],
)
def test_a_wait_that_is_none_is_passed_over(serve: Serve, nonsense: str) -> None:
    """It is asked again, as if the server had not said when."""
    headers = {"Retry-After": nonsense, "Expires": nonsense}
    assert _get(serve(_in_turn(Reply(status=429, headers=headers), [1])).url) == [1]


def test_requests_are_spaced_evenly(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five in a second: one each fifth of it, the first at once."""
    clock, waits = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        waits.append(round(seconds, 6))
        clock[0] += seconds

    monkeypatch.setattr(client, "monotonic", lambda: clock[0])
    monkeypatch.setattr(client, "sleep", sleep)
    web = serve([1])
    with JsonClient(ClientOptions(rate="5/s")) as asking:
        for _ in range(3):
            asking.get(web.url)
    assert waits == [0.0, 0.2, 0.2]


def test_an_answer_that_never_ends_is_given_up(serve: Serve) -> None:
    """However slowly it comes: the limit is for the whole answer."""
    done = threading.Event()

    def drip() -> Iterator[bytes]:
        while not done.wait(0.02):
            yield b"1"

    web = serve(Reply(body=drip(), claims=10**6))
    with pytest.raises(EventflowError, match=r"(?s)EF651.*asked once.*longer than timeout"):
        _get(web.url, timeout="200ms", attempts=1)
    done.set()


@pytest.mark.parametrize(
    "beginning",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\3",
    ],
    ids=["header", "chunk", "gzip"],
)
def test_bytes_that_are_no_data_buy_no_time(beginning: bytes) -> None:
    """A server that goes on and on with a header, or with what is between data, is given up."""
    done = threading.Event()

    def drip(listening: socket.socket) -> None:
        with listening.accept()[0] as connection, contextlib.suppress(OSError):
            connection.recv(4096)
            connection.sendall(beginning)
            while not done.wait(0.02):
                connection.sendall(b"a")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=drip, args=(listening,), daemon=True)
        server.start()
        with pytest.raises(EventflowError, match=r"(?s)EF651.*longer than timeout"):
            _get(f"http://127.0.0.1:{listening.getsockname()[1]}/", timeout="200ms", attempts=1)
        done.set()
        server.join()


def test_a_server_that_says_nothing_is_given_up(serve: Serve) -> None:
    """It is asked as often as allowed, then told with what to do."""
    done = threading.Event()
    web = serve(lambda _: done.wait(10))
    with pytest.raises(EventflowError, match=r"(?s)EF651.*2 times.*longer than timeout"):
        _get(web.url, timeout="100ms", attempts=2)
    done.set()


def test_nobody_there_is_told(serve: Serve) -> None:
    """A stopped server, and a name that nobody has."""
    web = serve([1])
    web.stop()
    with pytest.raises(EventflowError, match=r"(?s)EF651.*fix: check the address"):
        _get(web.url, attempts=1)
    with pytest.raises(EventflowError, match="EF651"):
        _get("http://nobody.invalid/", attempts=1)


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_has_a_largest_size(serve: Serve, *, packed: bool) -> None:
    """Counted after decompression, piece by piece: a bomb is not unpacked."""
    data = b"[" + b" " * 50_000_000 + b"]"
    if packed:
        reply = Reply(body=gzip.compress(data, 1), headers={"Content-Encoding": "gzip"})
    else:
        reply = Reply(body=data)
    with pytest.raises(EventflowError, match=r"EF656.*more than 1,000,000 bytes"):
        _get(serve(reply).url, max_bytes=1_000_000)


def test_compressed_answers_are_read(serve: Serve) -> None:
    """And asked for."""
    reply = Reply(body=gzip.compress(b"[1]"), headers={"Content-Encoding": "gzip"})
    web = serve(reply)
    assert _get(web.url) == [1]
    assert "gzip" in web.asked[0].headers["accept-encoding"]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(body='{"a": 1'), "no JSON"),
        (Reply(body=""), "no JSON"),
        (Reply(body="[" * 10**5 + "]" * 10**5), "no JSON"),
        (Reply(body='{"a": NaN}'), "no JSON"),
        (
            Reply(body="<!doctype html><p>Log in", headers={"Content-Type": "text/html"}),
            "a web page",
        ),
        (Reply(body=b"\x1f\x8b\xff", headers={"Content-Type": "x/y"}), r"x/y"),
        (Reply(body=b"\xff\xff", headers={"Content-Encoding": "gzip"}), "EF651"),
    ],
    ids=["cut", "nothing", "deep", "nan", "html", "bytes", "bad-gzip"],
)
def test_what_is_no_json_is_shown_as_what_it_is(serve: Serve, reply: Reply, words: str) -> None:
    """With its beginning."""
    with pytest.raises(EventflowError, match=f"(?s)EF65[15].*{words}|EF651"):
        _get(serve(reply).url, attempts=1)


def test_other_charsets_and_marks_are_read(serve: Serve) -> None:
    """As the server states them; a byte order mark is no data."""
    latin = {"Content-Type": "application/json; charset=iso-8859-1"}
    assert _get(serve(Reply(body='["Köln"]'.encode("latin-1"), headers=latin)).url) == ["Köln"]
    assert _get(serve(Reply(body=b'\xef\xbb\xbf["a"]')).url) == ["a"]


@pytest.mark.parametrize("charset", ["none-such", "undefined", "base64", "raw_unicode_escape"])
def test_a_charset_that_is_none_is_passed_over(serve: Serve, charset: str) -> None:
    """JSON is UTF-8, whatever the server claims; half a character in it is none."""
    kind = {"Content-Type": f"application/json; charset={charset}"}
    assert _get(serve(Reply(body='["K\u00f6ln"]'.encode(), headers=kind)).url)[0][0] == "K"
    with pytest.raises(EventflowError, match="EF655"):
        _get(serve(Reply(body=b'["\\ud800"]', headers=kind)).url)


def test_redirects_are_followed_and_end(serve: Serve) -> None:
    """Five at most."""
    web = serve(
        lambda asked: [1] if asked.path == "/new"
        else Reply(status=302, headers={"Location": "/new" if asked.path == "/" else "/round"})
    )  # fmt: skip
    assert _get(web.url + "/") == [1]
    with pytest.raises(EventflowError, match=r"EF654.*redirected too often"):
        _get(web.url + "/round")


def test_a_server_of_an_unknown_authority_is_not_trusted(
    serve: Serve, certified: ssl.SSLContext, authority: trustme.CA, tmp_path: Path
) -> None:
    """Until its authority is named; it is not asked twice."""
    web = serve([1], certified)
    with pytest.raises(EventflowError, match=r"(?s)EF652.*tls_ca: FILE"):
        _get(web.url)
    assert web.asked == []
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    assert _get(web.url, tls_ca=tmp_path / "ca.pem") == [1]


def test_a_certificate_for_another_name_is_not_trusted(
    serve: Serve, certified: ssl.SSLContext, authority: trustme.CA, tmp_path: Path
) -> None:
    """Whoever signed it."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    url = serve([1], certified).url.replace("127.0.0.1", "localhost")
    with pytest.raises(EventflowError, match="EF652"):
        _get(url, tls_ca=tmp_path / "ca.pem")


def test_a_server_without_tls_is_told(serve: Serve) -> None:
    """The address has the wrong scheme."""
    url = serve([1]).url.replace("http:", "https:")
    with pytest.raises(EventflowError, match=r"(?s)EF652.*write http://"):
        _get(url)


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_file_without_authorities_is_told(text: str | None, tmp_path: Path) -> None:
    """It is not there, or holds none."""
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text)
    with pytest.raises(EventflowError, match=r"(?s)EF652.*no certificates.*PEM"):
        _get("https://nobody.invalid/", tls_ca=path)
