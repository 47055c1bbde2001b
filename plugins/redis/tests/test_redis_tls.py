"""TLS, to a server that speaks it itself and to one behind a proxy; and what is wrong with it."""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.events import BaseEvent
from eventflow_redis.cache import RedisCache
from eventflow_redis.errors import RedisServerError, RedisTlsError, RedisUnreachableError
from eventflow_redis.pubsub import RedisPubSubTransport
from eventflow_redis.streams import RedisTransport
from faultkit.certificates import Certificates
from faultkit.proxy import FaultProxy
from faultkit.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

EVENT = BaseEvent(event_type="order.placed")
QUICK: dict[str, Any] = {"connect_seconds": 5, "timeout_seconds": 5, "retries": 0}
KINDS = pytest.mark.parametrize("kind", [RedisTransport, RedisPubSubTransport])


@pytest.fixture(params=["server", "proxy"])
def start(request: Any, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Start a server with a certificate, that asks clients for theirs or not; give its place.

    Servers on PyPI lack TLS, so that one behind a proxy that speaks it is tested everywhere, and
    one that speaks it itself where the system has it.
    """
    with ExitStack() as started:

        def starts(made: Certificates, *, mutual: bool = False) -> str:
            if request.param == "server":
                lines = [f"tls-auth-clients {'yes' if mutual else 'no'}"]
                server = RedisServer(tmp_path / "redis", tls=made, lines=lines)
                return f"127.0.0.1:{started.enter_context(server).port}"
            plain = started.enter_context(RedisServer(tmp_path / "redis"))
            context = made.server_side()
            if mutual:
                context.load_verify_locations(made.authority)
                context.verify_mode = ssl.CERT_REQUIRED
            return f"127.0.0.1:{started.enter_context(FaultProxy(plain.port, tls=context)).port}"

        yield starts


def _fails(kind: Any, error: type[RedisServerError], **options: Any) -> str:
    """Sending raises this error; return what helps, as it says."""
    transport = kind(**QUICK, **options)
    with pytest.raises(error) as caught:
        transport.send([EVENT])
    transport.close()
    return str(caught.value).partition("fix: ")[2].partition("\n")[0]


def test_everything_works_over_tls(start: Any, tmp_path: Path) -> None:
    """Events are sent, handed out to a group and acknowledged; the cache works."""
    made = Certificates.made(tmp_path / "tls")
    how = {"url": f"rediss://{start(made)}", "tls_ca": made.authority, **QUICK}
    transport = RedisTransport(**how)
    receiver = transport.open("order.*", group="g")
    [position] = transport.send([EVENT])
    [taken] = receiver.receive(10, 5)
    receiver.ack([taken])
    assert str(taken.event.event_id) == str(EVENT.event_id)
    assert transport.applied(position, "g")
    transport.close()
    cache = RedisCache(**how)
    cache.put("a", b"1")
    assert cache.get("a") == b"1"
    cache.close()


@KINDS
def test_a_client_without_tls(kind: Any, start: Any, tmp_path: Path) -> None:
    """The connection is ended: the error says that it may be TLS, and what to write."""
    place = start(Certificates.made(tmp_path / "tls"))
    assert "write rediss://" in _fails(kind, RedisUnreachableError, url=f"redis://{place}")


@KINDS
def test_a_server_without_tls(kind: Any, server: Any) -> None:
    """The error says what to write."""
    url = server.url.replace("redis://", "rediss://")
    assert "write redis:// for rediss://" in _fails(kind, RedisTlsError, url=url)


@KINDS
def test_an_authority_that_is_not_trusted(kind: Any, start: Any, tmp_path: Path) -> None:
    """Neither that of someone else, nor the system's: the error names the option."""
    url = f"rediss://{start(Certificates.made(tmp_path / 'tls'))}"
    other = Certificates.made(tmp_path / "other").authority
    for how in ({"tls_ca": other}, {}):
        assert "tls_ca names" in _fails(kind, RedisTlsError, url=url, **how)


@KINDS
def test_a_certificate_of_another_host(kind: Any, start: Any, tmp_path: Path) -> None:
    """The error says so; who does not look at names, or at nothing, gets through."""
    made = Certificates.made(tmp_path / "tls", "redis.example")
    how = {"url": f"rediss://{start(made)}", "tls_ca": made.authority}
    assert "tls_verify: authority" in _fails(kind, RedisTlsError, **how)
    for verify in ("authority", "none"):
        transport = kind(**how, **QUICK, tls_verify=verify)
        assert len(transport.send([EVENT])) == 1
        transport.close()


@KINDS
def test_a_client_without_a_certificate(kind: Any, start: Any, tmp_path: Path) -> None:
    """The error names both options; with them it works, and not with one of another authority."""
    made, other = (Certificates.made(tmp_path / name) for name in ("tls", "other"))
    how = {"url": f"rediss://{start(made, mutual=True)}", "tls_ca": made.authority}
    assert "tls_cert and tls_key" in _fails(kind, RedisServerError, **how)
    _fails(kind, RedisServerError, **how, tls_cert=other.certificate, tls_key=other.key)
    transport = kind(**how, **QUICK, tls_cert=made.certificate, tls_key=made.key)
    assert len(transport.send([EVENT])) == 1
    transport.close()


def test_files_that_are_none(start: Any, tmp_path: Path) -> None:
    """A file that is missing is named with its option; one that is no PEM is told."""
    made = Certificates.made(tmp_path / "tls")
    url = f"rediss://{start(made)}"
    missing, text = tmp_path / "missing.pem", tmp_path / "text.pem"
    text.write_text("no certificate", encoding="utf-8")
    for option in ("tls_ca", "tls_cert", "tls_key"):
        how: dict[str, Any] = {"tls_ca": made.authority, option: missing}
        assert option in _fails(RedisTransport, RedisTlsError, url=url, **how)
    assert "PEM" in _fails(RedisTransport, RedisTlsError, url=url, tls_ca=text)
    pair = {"tls_cert": made.certificate, "tls_key": Certificates.made(tmp_path / "b").key}
    fix = _fails(RedisTransport, RedisTlsError, url=url, tls_ca=made.authority, **pair)
    assert "another certificate than tls_cert" in fix
