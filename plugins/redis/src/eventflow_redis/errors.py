"""Errors of a Redis server (EF740 to EF748): text, cause and fix in one place."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from redis import exceptions

from eventflow.errors import EventflowError, facts_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class RedisServerError(EventflowError):
    """A Redis server did not do what it was asked; the base of those that are told apart."""

    code = "EF740"
    said = "cannot do that"
    fix = "look at the server's own log; eventflow-redis needs Redis 6.2 or newer"

    @classmethod
    def at(cls, where: str, error: BaseException) -> Self:
        """Name the server and what was said; addresses carry no passwords."""
        message = f"the Redis server at {where} {cls.said}"
        return cls.of(message, detail=facts_of(error)[:2], fix=cls.fix)


class RedisUnreachableError(RedisServerError):
    """Nobody answers at the address, or not in time."""

    code = "EF741"
    said = "cannot be reached"
    fix = "start it, or correct the url; redis-cli -u URL ping says PONG where it answers"


class RedisRefusedError(RedisServerError):
    """The server knows no such user, or does not let it do this."""

    code = "EF742"
    said = "refuses this user"
    fix = "correct username and password; the user needs ~prefix* &prefix* and +@all -@admin"


class RedisTlsError(RedisServerError):
    """One side speaks TLS and the other does not, or a certificate is not trusted."""

    code = "EF743"
    said = "does not agree on TLS"
    fix = "rediss:// speaks TLS and redis:// does not; tls_ca names who signed the certificate"


class RedisFullError(RedisServerError):
    """The server has reached its maxmemory and takes nothing more."""

    code = "EF744"
    said = "is full"
    fix = "raise maxmemory, or let the stream keep less: max_events, max_age_seconds"


class RedisReadOnlyError(RedisServerError):
    """The server is a replica, or does not write since its disk failed."""

    code = "EF745"
    said = "takes no writes"
    fix = "name the primary, or redis+sentinel:// which finds it; if it is one, look at its disk"


class RedisProtocolError(RedisServerError):
    """What answers at the address does not speak Redis' protocol."""

    code = "EF746"
    said = "does not answer as Redis does"
    fix = "another service listens at this address, or something between changes what is sent"


class RedisClosedError(RedisServerError):
    """The transport was closed before."""

    code = "EF747"

    @classmethod
    def of_transport(cls) -> Self:
        """Say what was asked of a closed transport."""
        return cls.of("the Redis transport is closed", fix="close it after its last use")


class RedisLockedError(RedisServerError):
    """A lock was held by another for all the time that was waited."""

    code = "EF748"

    @classmethod
    def for_name(cls, name: str, wait: float) -> Self:
        """Name the lock."""
        return cls.of(
            f'lock "{name}" was held by another for {wait:g} s',
            fix="wait longer, or see what its holder does; a killed one holds it for `seconds`",
        )


_TLS = ("ssl", "certificate", "tls", "handshake")
_BY_WORD: dict[str, type[RedisServerError]] = {
    "NOAUTH": RedisRefusedError,
    "WRONGPASS": RedisRefusedError,
    "NOPERM": RedisRefusedError,
    "can't run this command": RedisRefusedError,  # what scripts say of it before Redis 7
    "can't access": RedisRefusedError,
    "OOM": RedisFullError,
    "READONLY": RedisReadOnlyError,
    "MISCONF": RedisReadOnlyError,
    "MASTERDOWN": RedisReadOnlyError,
    "LOADING": RedisUnreachableError,
    "CLUSTERDOWN": RedisUnreachableError,
}
_BY_CLASS: tuple[tuple[type[Exception], type[RedisServerError]], ...] = (
    (ssl.SSLError, RedisTlsError),
    (exceptions.AuthenticationError, RedisRefusedError),
    (exceptions.AuthorizationError, RedisRefusedError),
    (exceptions.NoPermissionError, RedisRefusedError),
    (exceptions.OutOfMemoryError, RedisFullError),
    (exceptions.ReadOnlyError, RedisReadOnlyError),
    (exceptions.InvalidResponse, RedisProtocolError),
    (exceptions.ConnectionError, RedisUnreachableError),
    (exceptions.TimeoutError, RedisUnreachableError),
    (exceptions.ClusterDownError, RedisUnreachableError),
    (exceptions.RedisClusterException, RedisUnreachableError),
    (ValueError, RedisProtocolError),
    (IndexError, RedisProtocolError),
    (UnicodeError, RedisProtocolError),
)


_RAISED = (
    exceptions.RedisError, exceptions.RedisClusterException, OSError, ValueError, IndexError,
)  # fmt: skip
_CAUSES = 5
_GONE = (exceptions.ConnectionError, exceptions.TimeoutError)


def _whole(error: BaseException) -> str:
    """Return what an error and its causes say, in small letters."""
    said: list[str] = []
    now: BaseException | None = error
    while now is not None and len(said) < _CAUSES:
        said.append(str(now).lower())
        now = now.__cause__ or now.__context__
    return " ".join(said)


def coded(error: Exception, where: str) -> RedisServerError:
    """Return the coded form of what the client raised."""
    text = str(error)
    for word, kind in _BY_WORD.items():
        if text.startswith(word) or f"{word} " in text:
            return kind.at(where, error)
    if isinstance(error, _GONE) and any(word in _whole(error) for word in _TLS):
        return RedisTlsError.at(where, error)
    for cls, kind in _BY_CLASS:
        if isinstance(error, cls):
            return kind.at(where, error)
    return RedisServerError.at(where, error)


@contextmanager
def told(where: str) -> Iterator[None]:
    """Raise what the client raises in its coded form.

    Raises:
        RedisServerError: Something went wrong; its class says what.
    """
    try:
        yield
    except _RAISED as error:
        raise coded(error, where) from error
