"""Options of everything that fetches: secrets, patience, limits, and where answers are kept."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path  # noqa: TC003 - pydantic reads it at run time
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, quote_plus

import msgspec
from pydantic import ConfigDict, Field, SecretStr, field_validator, model_validator

from eventflow.base import ComponentConfig
from eventflow.config.secrets import sounds_secret
from eventflow.config.types import Duration  # noqa: TC001 - likewise

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_RATE = re.compile(r"(\d+)/(s|min|h)")
_SECONDS = {"s": 1, "min": 60, "h": 3600}
_MIB = 2**20

MASK = "********"
"""What is shown in place of a secret."""

SHORTEST = 4
"""Shorter texts are hidden nowhere but in their own place: hiding every ``key`` helps nobody."""


class ClientOptions(ComponentConfig):
    """How answers are fetched.

    Attributes:
        token: Token that is sent as ``Authorization: Bearer …``.
        headers: Headers to send; their values are treated as secrets.
        secret_params: Parameters of the address that are secrets, such as an API key. They are in
            no message and no recording.
        timeout: Longest time for one whole answer.
        attempts: How often a request is sent at most. Only what changes nothing is sent again.
        idempotent: Whether requests change nothing on the server; if not given, GET does not and
            POST may.
        max_wait: Longest wait before another attempt, also where the server asks for one.
        rate: Most requests in a time, evenly spaced: ``5/s``, ``100/min``, ``1000/h``.
        max_bytes: Most bytes of one answer, after decompression.
        tls_ca: File with certificates of the authorities to trust; the system's if not given.
        cache: Folder in which answers are recorded.
        max_age: How long a recorded answer counts without asking again; what the server said if
            not given.
        offline: ``replay`` takes every answer from `cache`, whatever its age, and asks no server.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    token: SecretStr | None = None
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    secret_params: dict[str, SecretStr] = Field(default_factory=dict)
    timeout: Duration = timedelta(seconds=30)
    attempts: int = Field(default=4, ge=1, le=20)
    idempotent: bool | None = None
    max_wait: Duration = timedelta(seconds=60)
    rate: Annotated[str, Field(pattern=rf"^{_RATE.pattern}$")] | None = None
    max_bytes: int = Field(default=64 * _MIB, ge=1)
    tls_ca: Path | None = None
    cache: Path | None = None
    max_age: Duration | None = None
    offline: Literal["replay"] | None = None

    @field_validator("headers", mode="before", json_schema_input_type=str | dict[str, SecretStr])
    @classmethod
    def _header_lines(cls, value: Any) -> Any:
        """Take ``Name: value`` too."""
        return dict([_pair(value, ":")]) if isinstance(value, str) else value

    @field_validator(
        "secret_params", mode="before", json_schema_input_type=str | dict[str, SecretStr]
    )
    @classmethod
    def _param_text(cls, value: Any) -> Any:
        """Take ``name=value`` too."""
        return dict([_pair(value, "=")]) if isinstance(value, str) else value

    @field_validator("headers")
    @classmethod
    def _sendable(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, secret in value.items():
            if not _HEADER_NAME.fullmatch(name):
                msg = f'"{name}" is no name of a header'
                raise ValueError(msg)
            _check_line(name, secret)
        return value

    @field_validator("token")
    @classmethod
    def _one_line(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _check_line("token", value)
        return value

    @field_validator("timeout", "max_wait", "max_age")
    @classmethod
    def _not_negative(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value < timedelta():
            msg = "a length of time cannot be negative"
            raise ValueError(msg)
        return value

    @field_validator("timeout")
    @classmethod
    def _some(cls, value: timedelta) -> timedelta:
        if not value:
            msg = "no answer takes no time; write for example 30s"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _recordings_have_a_folder(self) -> Self:
        if self.cache is None and (self.offline or self.max_age is not None):
            which = "offline" if self.offline else "max_age"
            msg = f"{which} needs recorded answers: write cache: FOLDER"
            raise ValueError(msg)
        return self

    @property
    def secret_headers(self) -> dict[str, str]:
        """The headers that only the stated server gets."""
        told = {name: secret.get_secret_value() for name, secret in self.headers.items()}
        if self.token is not None:
            told["Authorization"] = f"Bearer {self.token.get_secret_value()}"
        return told

    @property
    def secret_values(self) -> tuple[str, ...]:
        """Texts that nobody may see, the longest first, also as addresses and JSON write them.

        Of headers those whose name sounds secret: other values are words like any, and hiding
        ``json`` in an answer would spoil it.
        """
        headers = (secret for name, secret in self.headers.items() if sounds_secret(name))
        secrets = (*headers, *self.secret_params.values(), self.token)
        texts = {secret.get_secret_value() for secret in secrets if secret is not None}
        parts = {part for text in texts for part in (text, text.partition(" ")[2])}
        long = {form for part in parts if len(part) >= SHORTEST for form in _forms(part)}
        return tuple(sorted(long, key=len, reverse=True))

    @property
    def spacing(self) -> float:
        """Seconds between two requests."""
        found = _RATE.fullmatch(self.rate or "")
        return _SECONDS[found[2]] / int(found[1]) if found and int(found[1]) else 0.0


def _forms(text: str) -> tuple[str, ...]:
    """Return a text as it stands in headers, in addresses, and in JSON."""
    written = msgspec.json.encode(text).decode()[1:-1]
    return text, quote(text, safe=""), quote_plus(text), written, written.replace("/", "\\/")


def _pair(text: str, mark: str) -> tuple[str, str]:
    name, _, value = text.partition(mark)
    return name.strip(), value.strip()


def _check_line(name: str, secret: SecretStr) -> None:
    text = secret.get_secret_value()
    if not text.isascii() or not text.isprintable():
        msg = f"the value of {name} has a line break or a character that a header cannot carry"
        raise ValueError(msg)
