"""Clients of a server, from its options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from eventflow_redis.address import Address
from eventflow_redis.cluster import node_of
from eventflow_redis.errors import RedisTlsError, told
from eventflow_redis.sentinels import Sentinels

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow_redis.options import RedisOptions

RAW = ("XREAD", "XREADGROUP", "XRANGE", "XREVRANGE", "XCLAIM", "XAUTOCLAIM", "XPENDING")
"""Commands whose replies are used as they arrive: turning them into dicts takes half the time."""

_CERTIFICATES = {"full": "required", "authority": "required", "none": "none"}


def connect(options: RedisOptions, *, retries: int | None = None) -> Any:
    """Return a client of the server, the primary, or the node that has the keys of the prefix.

    Nothing is sent yet.

    Args:
        options: Where the server is, and how it is spoken to.
        retries: How often a command is sent again; those of the options by default.

    Raises:
        RedisTlsError: A file of certificates cannot be read.
    """
    address = Address.of(options.url.get_secret_value())
    with told(str(address)):
        client = _client(options, address, _how(options, address, retries))
    for command in RAW:
        client.set_response_callback(command, _as_it_is)
    return client


def _client(options: RedisOptions, address: Address, how: dict[str, Any]) -> Any:
    if address.kind == "unix":
        return Redis(unix_socket_path=address.path, **how)
    if address.kind == "cluster":
        return node_of(options.prefix, address.hosts, how | {"db": 0})
    if address.kind == "sentinel":
        sentinel_how = how | _of_sentinels(options)
        del sentinel_how["db"]
        sentinels = Sentinels(list(address.hosts), sentinel_kwargs=sentinel_how, **how)  # type: ignore[no-untyped-call] # redis-py types it not
        return sentinels.master_for(address.service)  # type: ignore[no-untyped-call] # likewise
    [(host, port)] = address.hosts[:1]
    return Redis(host=host, port=port, **how)


def _of_sentinels(options: RedisOptions) -> dict[str, Any]:
    """Return as whom the sentinels are asked: their users are not those of the servers."""
    given = options.sentinel_password
    return {
        "username": options.sentinel_username,
        "password": given.get_secret_value() if given else None,
    }


def _how(options: RedisOptions, address: Address, retries: int | None) -> dict[str, Any]:
    given = options.password.get_secret_value() if options.password else None
    number = options.retries if retries is None else retries
    how: dict[str, Any] = {
        "db": address.database,
        "username": options.username or address.username,
        "password": given or address.password,
        "socket_timeout": options.timeout_seconds,
        "socket_connect_timeout": options.connect_seconds,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), number),
        "client_name": options.client or None,
        "protocol": 2,
    }
    if address.tls:
        how |= {
            "ssl": True,
            "ssl_cert_reqs": _CERTIFICATES[options.tls_verify],
            "ssl_check_hostname": options.tls_verify == "full",
            "ssl_ca_certs": _file("tls_ca", options.tls_ca),
            "ssl_certfile": _file("tls_cert", options.tls_cert),
            "ssl_keyfile": _file("tls_key", options.tls_key),
        }
    return how


def _file(option: str, path: Path | None) -> str | None:
    """Return the name of a file that can be read; the client says of others only that."""
    if path is None:
        return None
    try:
        path.open("rb").close()
    except OSError as error:
        raise RedisTlsError.for_file(option, path, error) from error
    return str(path)


def _as_it_is(reply: Any, **_: Any) -> Any:
    return reply
