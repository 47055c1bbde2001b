"""Options of the transport."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it at run time

from pydantic import ConfigDict, Field, SecretStr, field_validator

from eventflow.base import ComponentConfig
from eventflow_nats.address import Address


class NatsOptions(ComponentConfig):
    """How the servers are reached, and what their streams keep.

    Attributes:
        url: ``nats://host:4222``, ``tls://host:4222`` for TLS; several servers of a cluster with
            commas between them. A user and password, or a token, may stand before the first host;
            it is never shown.
        user: User; overrides the one in `url`.
        password: Its password; overrides the one in `url`.
        token: Token, where the server asks for one instead; overrides the one in `url`.
        credentials: File with a user's JWT and seed, ``*.creds``.
        nkey: File with a user's NKey seed.
        prefix: What all streams and subjects begin with; those of one prefix are one bus.
        connect_seconds: Seconds that connecting may take.
        timeout_seconds: Seconds that a reply may take.
        tls_ca: File with certificates of the authorities to trust; the system's by default.
        tls_cert: File with the client's certificate, where the server asks for one.
        tls_key: File with its key.
        client: What the server calls this connection.
        max_events: Events that the stream keeps at most; the oldest leave, also those that a group
            is not done with. None leaves it as it is: unlimited in a stream that is made here.
        max_bytes: Bytes that it keeps at most; likewise.
        max_age_seconds: Seconds that it keeps an event; likewise.
        replicas: Servers that keep each event, in a cluster, of a stream that is made here.
        duplicate_seconds: Seconds in which an event that is sent again is stored once, in a stream
            that is made here.
        visibility_seconds: Seconds after which an event that a receiver took and neither finished
            nor extended is handed to another one. Workers extend what takes longer than 5 s, so
            less than 10 s hands slow events out twice. The last receiver of a group decides.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    url: SecretStr = Field(
        default=SecretStr("nats://localhost:4222"), examples=["nats://localhost"]
    )
    user: str | None = None
    password: SecretStr | None = None
    token: SecretStr | None = None
    credentials: Path | None = None
    nkey: Path | None = None
    prefix: str = Field(default="eventflow", pattern=r"^[A-Za-z0-9_-]+$")
    connect_seconds: float = Field(default=5.0, gt=0)
    timeout_seconds: float = Field(default=5.0, gt=0)
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    client: str = "eventflow"
    max_events: int | None = Field(default=None, ge=1)
    max_bytes: int | None = Field(default=None, ge=1)
    max_age_seconds: float | None = Field(default=None, ge=0.1)
    replicas: int = Field(default=1, ge=1, le=5)
    duplicate_seconds: float = Field(default=120.0, ge=0.1)
    visibility_seconds: float = Field(default=30.0, gt=0)

    @field_validator("url")
    @classmethod
    def _address(cls, value: SecretStr) -> SecretStr:
        Address.of(value.get_secret_value())
        return value
