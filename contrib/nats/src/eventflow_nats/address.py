"""Where NATS servers are: what their URL says."""

from __future__ import annotations

from typing import Self
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

_PORT = 4222
_SCHEMES = {"nats": False, "tls": True}


@frozen(kw_only=True)
class Address:
    """A URL taken apart.

    Attributes:
        tls: Whether the connection is encrypted.
        hosts: Host and port of each server named; they are of one cluster.
        user: User; None where the URL has none.
        password: The user's password.
        token: A token in place of a user.
    """

    tls: bool = False
    hosts: tuple[tuple[str, int], ...] = ()
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """Take a URL apart: ``nats://user:password@host:4222,host:4222``, or ``tls://token@host``.

        Raises:
            ValueError: It is none of NATS servers; the message does not quote it.
        """
        scheme, _, rest = url.partition("://")
        if scheme not in _SCHEMES or not rest:
            msg = "the URL does not begin with nats:// or tls://"
            raise ValueError(msg)
        who, at, where = rest.rpartition("@")
        user, colon, password = who.partition(":")
        return cls(
            tls=_SCHEMES[scheme],
            hosts=tuple(_host(part) for part in where.rstrip("/").split(",")),
            user=unquote(user) if colon else None,
            password=unquote(password) if colon else None,
            token=unquote(user) if at and not colon else None,
        )

    @property
    def servers(self) -> list[str]:
        """The servers as the client takes them, without user and password."""
        scheme = "tls" if self.tls else "nats"
        return [f"{scheme}://{_named(host)}:{port}" for host, port in self.hosts]

    def __str__(self) -> str:
        """Name the place, without user and password."""
        return ",".join(f"{_named(host)}:{port}" for host, port in self.hosts)


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _host(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"nats://{text}")
        port = parts.port
    except ValueError:
        msg = "the URL has a port that is no number from 0 to 65535"
        raise ValueError(msg) from None
    if not parts.hostname or parts.path:
        msg = "the URL names no host: write nats://host:4222"
        raise ValueError(msg)
    return parts.hostname, port or _PORT
