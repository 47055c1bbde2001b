"""Errors of a Redis server (EF740 to EF749): text, cause and fix in one place."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from redis import exceptions

from eventflow.errors import EventflowError, facts_of
from eventflow_redis.advice import advice, whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class RedisServerError(EventflowError):
    """A Redis server did not do what it was asked; the base of those that are told apart."""

    code = "EF740"
    said = "cannot do that"
    fix = "look at the server's own log; eventflow-redis needs Redis 6.2 or newer"

    @classmethod
    def at(cls, where: str, error: BaseException) -> Self:
        """Name the server, what was said, and what helps; addresses carry no passwords."""
        message = f"the Redis server at {where} {cls.said}"
        fix = advice(cls.code, error, tls=where.endswith("TLS)")) or cls.fix
        return cls.of(message, detail=facts_of(error)[:2], fix=fix)


class RedisUnreachableError(RedisServerError):
    """Nobody answers at the address, or not in time."""

    code = "EF741"
    said = "cannot be reached"
    fix = "start it, or correct the url; redis-cli -u URL ping says PONG where it answers"


class RedisRefusedError(RedisServerError):
    """The server knows no such user, or does not let it do this."""

    code = "EF742"
    said = "refuses this user"
    fix = "correct username and password"


class RedisTlsError(RedisServerError):
    """One side speaks TLS and the other does not, or a certificate is not trusted."""

    code = "EF743"
    said = "does not agree on TLS"
    fix = "rediss:// speaks TLS and redis:// does not; tls_ca names who signed the certificate"

    @classmethod
    def for_file(cls, option: str, path: Path, error: OSError) -> Self:
        """Name the option and its file, which cannot be read."""
        return cls.of(
            f"{option} cannot be read: {path}",
            detail=facts_of(error)[:2],
            fix=f"{option} is a PEM file that this user may read; correct its path",
        )


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


class RedisReplicasError(RedisServerError):
    """Fewer replicas than asked for have what was written, or are there at all."""

    code = "EF749"
    said = "has too few replicas"
    fix = "see INFO replication there; replicas, or its own min-replicas-to-write, asks for them"

    @classmethod
    def short(cls, where: str, found: int, wanted: int, wait: float) -> Self:
        """Say how many of how many confirmed."""
        return cls.of(
            f"the Redis server at {where} {cls.said}: "
            f"{found} of {wanted} confirmed within {wait:g} s",
            fix=f"{cls.fix}; what was sent may be on it, and is sent again",
        )


_TLS = ("ssl", "certificate", "tls", "handshake")
_BY_WORD: dict[str, type[RedisServerError]] = {
    "NOAUTH": RedisRefusedError,
    "WRONGPASS": RedisRefusedError,
    "NOPERM": RedisRefusedError,
    "can't run this command": RedisRefusedError,  # what scripts say of it before Redis 7
    "can't access": RedisRefusedError,
    "OOM": RedisFullError,
    "NOREPLICAS": RedisReplicasError,
    "READONLY": RedisReadOnlyError,
    "MISCONF": RedisReadOnlyError,
    "MASTERDOWN": RedisReadOnlyError,
    "LOADING": RedisUnreachableError,
    "CLUSTERDOWN": RedisUnreachableError,
    "TRYAGAIN": RedisUnreachableError,
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
_GONE = (exceptions.ConnectionError, exceptions.TimeoutError)


def coded(error: Exception, where: str) -> RedisServerError:
    """Return the coded form of what the client raised."""
    text = str(error)
    for word, kind in _BY_WORD.items():
        if text.startswith(word) or f"{word} " in text:
            return kind.at(where, error)
    if isinstance(error, _GONE) and any(word in whole(error) for word in _TLS):
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
