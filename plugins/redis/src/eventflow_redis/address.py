"""Where a Redis server is: what its URL says."""

from __future__ import annotations

from typing import Self
from urllib.parse import unquote, urlsplit

from attrs import frozen

_PORTS = {"": 6379, "sentinel": 26379, "cluster": 6379}
_SCHEMES = "redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://"


@frozen(kw_only=True)
class Address:
    """A URL taken apart.

    Attributes:
        kind: One server, its socket, sentinels that know it, or a cluster.
        tls: Whether the connection is encrypted.
        hosts: Host and port of each server or sentinel named.
        username: ACL user; None for the default one.
        password: Its password.
        database: Number of the database.
        service: Name that sentinels know the server by.
        path: Path of the socket.
    """

    kind: str
    tls: bool = False
    hosts: tuple[tuple[str, int], ...] = ()
    username: str | None = None
    password: str | None = None
    database: int = 0
    service: str = ""
    path: str = ""

    @classmethod
    def of(cls, url: str) -> Self:
        """Take a URL apart.

        Raises:
            ValueError: It is none of a Redis server; the message does not quote it.
        """
        scheme, _, rest = url.partition("://")
        base, _, kind = scheme.partition("+")
        if not rest or (base not in {"redis", "rediss"} and scheme != "unix") or kind not in _PORTS:
            msg = f"the URL does not begin with {_SCHEMES}"
            raise ValueError(msg)
        who, _, place = rest.rpartition("@")
        user, _, secret = who.partition(":")
        username, password = unquote(user) or None, unquote(secret) or None
        if scheme == "unix":
            path = urlsplit(f"unix://{place}").path
            return cls(kind="unix", path=path, username=username, password=password)
        where, _, tail = place.partition("?")[0].partition("/")
        names = [part for part in tail.split("/") if part]
        if kind == "sentinel" and not names:
            msg = "the URL lacks the name of the service: redis+sentinel://host:26379/name"
            raise ValueError(msg)
        service = names.pop(0) if kind == "sentinel" else ""
        return cls(
            kind=kind or "server",
            tls=base == "rediss",
            hosts=tuple(_host(part, _PORTS[kind]) for part in where.split(",")),
            database=_number(names[0], "database") if names else 0,
            service=service,
            username=username,
            password=password,
        )

    def __str__(self) -> str:
        """Name the place, without user and password."""
        if self.kind == "unix":
            return self.path
        hosts = ",".join(f"{host}:{port}" for host, port in self.hosts)
        more = [self.kind] * (self.kind != "server") + ["TLS"] * self.tls
        return f"{hosts} ({', '.join(more)})" if more else hosts


def _host(text: str, port: int) -> tuple[str, int]:
    host, colon, given = text.rpartition(":")
    if not colon or given.endswith("]"):
        host, given = text, ""
    return host.strip("[]") or "localhost", _number(given, "port") if given else port


def _number(text: str, what: str) -> int:
    if not text.isdecimal():
        msg = f"the URL names no {what} where one belongs: it is a number"
        raise ValueError(msg)
    return int(text)
