"""Clients of a server, from its options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.retry import Retry
from redis.sentinel import Sentinel

from eventflow_redis.address import Address
from eventflow_redis.errors import told

if TYPE_CHECKING:
    from eventflow_redis.options import RedisOptions

RAW = ("XREAD", "XREADGROUP", "XRANGE", "XREVRANGE", "XCLAIM", "XAUTOCLAIM", "XPENDING")
"""Commands whose replies are used as they arrive: turning them into dicts takes half the time."""

_CERTIFICATES = {"full": "required", "authority": "required", "none": "none"}


def connect(options: RedisOptions, *, retries: int | None = None) -> Any:
    """Return a client; nothing is sent yet, but to a cluster, which is asked for its nodes.

    Args:
        options: Where the server is, and how it is spoken to.
        retries: How often a command is sent again; those of the options by default.

    Returns:
        A `redis.Redis` or `redis.cluster.RedisCluster`; the two share the commands used here.

    Raises:
        RedisServerError: No node of a cluster can be asked.
    """
    address = Address.of(options.url.get_secret_value())
    with told(str(address)):
        client = _client(address, _how(options, address, retries))
    for command in RAW:
        client.set_response_callback(command, _as_it_is)
    return client


def _client(address: Address, how: dict[str, Any]) -> Any:
    if address.kind == "unix":
        return Redis(unix_socket_path=address.path, **how)
    if address.kind == "cluster":
        return RedisCluster(
            startup_nodes=[ClusterNode(*place) for place in address.hosts],  # type: ignore[no-untyped-call] # redis-py types it not
            **{key: value for key, value in how.items() if key != "db"},
        )
    if address.kind == "sentinel":
        sentinel_how = {k: v for k, v in how.items() if k not in {"db", "username", "password"}}
        sentinels = Sentinel(list(address.hosts), sentinel_kwargs=sentinel_how, **how)  # type: ignore[no-untyped-call] # likewise
        return sentinels.master_for(address.service)  # type: ignore[no-untyped-call] # likewise
    [(host, port)] = address.hosts[:1]
    return Redis(host=host, port=port, **how)


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
            "ssl_ca_certs": _text(options.tls_ca),
            "ssl_certfile": _text(options.tls_cert),
            "ssl_keyfile": _text(options.tls_key),
        }
    return how


def _text(path: Any) -> str | None:
    return None if path is None else str(path)


def _as_it_is(reply: Any, **_: Any) -> Any:
    return reply
