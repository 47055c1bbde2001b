"""Options that everything on a Redis server shares, and those of the two transports."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it at run time
from typing import Literal

from pydantic import ConfigDict, Field, SecretStr, field_validator

from eventflow.base import ComponentConfig
from eventflow_redis.address import Address


class RedisOptions(ComponentConfig):
    """How a server is reached.

    Attributes:
        url: ``redis://host:6379/0``, ``rediss://`` for TLS, ``unix:///path/to/socket``,
            ``redis+sentinel://host:26379,host:26379/name/0``, ``redis+cluster://host:6379``; the
            last two with TLS as ``rediss+sentinel`` and ``rediss+cluster``. A user and password may
            stand before the host; it is never shown.
        username: ACL user; overrides the one in `url`.
        password: Its password; overrides the one in `url`.
        sentinel_username: User at the sentinels themselves, where they ask for one.
        sentinel_password: Its password.
        prefix: What all keys and channels begin with; those of one prefix are one bus.
        connect_seconds: Seconds that connecting may take.
        timeout_seconds: Seconds that a reply may take.
        retries: How often a command is sent again at once when the connection broke.
        tls_verify: What is checked of the server's certificate: all, all but its name, or nothing.
        tls_ca: File with certificates of the authorities to trust; the system's by default.
        tls_cert: File with the client's certificate, where the server asks for one.
        tls_key: File with its key.
        client: What the server calls this connection in ``CLIENT LIST``.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    url: SecretStr = Field(
        default=SecretStr("redis://localhost:6379/0"), examples=["redis://localhost"]
    )
    username: str | None = None
    password: SecretStr | None = None
    sentinel_username: str | None = None
    sentinel_password: SecretStr | None = None
    prefix: str = Field(default="eventflow", pattern=r"^[A-Za-z0-9_.:-]+$")
    connect_seconds: float = Field(default=5.0, gt=0)
    timeout_seconds: float = Field(default=5.0, gt=0)
    retries: int = Field(default=1, ge=0)
    tls_verify: Literal["full", "authority", "none"] = "full"
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    client: str = Field(default="eventflow", pattern=r"^\S*$")

    @field_validator("url")
    @classmethod
    def _address(cls, value: SecretStr) -> SecretStr:
        Address.of(value.get_secret_value())
        return value


class StreamOptions(RedisOptions):
    """Options of the transport over Redis Streams.

    Attributes:
        max_events: Events that the stream keeps at least; older ones are removed, also those that a
            group is not done with. None keeps all.
        max_age_seconds: Seconds that it keeps an event at least; likewise.
        visibility_seconds: Seconds after which an event that a consumer took and neither finished
            nor extended is handed to another one. Workers extend what takes longer than 5 s, so
            less than 10 s hands slow events out twice.
        consumer: Name of this process within its groups; a process that comes back under its name
            finds at once what it had not finished. Two processes must not share a name. By default
            one that no other process has.
        replicas: How many replicas must have confirmed events before they count as sent (``WAIT``);
            with fewer of them the events wait here, and may be on the server twice. 0 waits for
            none: a replica that takes over then lacks what it had not received yet.
        batch_bytes: Bytes that are sent in one command at most, unless one event is larger.
    """

    max_events: int | None = Field(default=None, ge=1)
    max_age_seconds: float | None = Field(default=None, gt=0)
    visibility_seconds: float = Field(default=30.0, gt=0)
    consumer: str | None = Field(default=None, pattern=r"^\S+$")
    replicas: int = Field(default=0, ge=0)
    batch_bytes: int = Field(default=8 * 2**20, ge=1)
