"""Errors of NATS servers (EF750 to EF758): text, cause and fix in one place."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from nats import errors as client
from nats.js import errors as stream

from eventflow.errors import EventflowError, facts_of
from eventflow.events.errors import EventError

if TYPE_CHECKING:
    from collections.abc import Iterator


class NatsServerError(EventflowError):
    """A NATS server did not do what it was asked; the base of those that are told apart."""

    code = "EF750"
    said = "cannot do that"
    fix = "look at the server's own log; eventflow-nats needs nats-server 2.10 or newer"

    @classmethod
    def at(cls, where: str, error: BaseException) -> Self:
        """Name the server and what was said; addresses carry no passwords."""
        message = f"the NATS server at {where} {cls.said}"
        return cls.of(message, detail=facts_of(error)[:2], fix=cls.fix)


class NatsUnreachableError(NatsServerError):
    """Nobody answers at the address, or not in time."""

    code = "EF751"
    said = "cannot be reached"
    fix = "start it with `nats-server -js`, or correct the url"


class NatsRefusedError(NatsServerError):
    """The server knows no such user, or does not let it do this."""

    code = "EF752"
    said = "refuses this user"
    fix = "correct user, password, token or credentials; the user needs PREFIX.> and $JS.>"


class NatsTlsError(NatsServerError):
    """One side speaks TLS and the other does not, or a certificate is not trusted."""

    code = "EF753"
    said = "does not agree on TLS"
    fix = "tls:// speaks TLS and nats:// does not; tls_ca names who signed the certificate"


class NatsFullError(NatsServerError):
    """The server, the account or the stream has no room for more."""

    code = "EF754"
    said = "is full"
    fix = "raise its max_file_store, or let the stream keep less: max_events, max_bytes"


class NatsNoStreamsError(NatsServerError):
    """The server runs without JetStream, or its account may not use it."""

    code = "EF755"
    said = "offers no JetStream"
    fix = "start it with `nats-server -js -sd FOLDER`, and enable JetStream for the account"


class NatsTooLargeError(EventError):
    """An event is larger than the server takes in one message."""

    code = "EF756"

    @classmethod
    def for_event(cls, event_type: str, size: int, largest: int, where: str) -> Self:
        """Name the event and both sizes."""
        return cls.of(
            f'an event of type "{event_type[:100]}" has {size:,} bytes; '
            f"the NATS server at {where} takes {largest:,}",
            fix="raise max_payload in the server's configuration (64MB at most), or store the "
            "data elsewhere and send where it lies",
        )


class NatsClosedError(NatsServerError):
    """The transport was closed before."""

    code = "EF757"

    @classmethod
    def of_transport(cls) -> Self:
        """Say what was asked of a closed transport."""
        return cls.of("the NATS transport is closed", fix="close it after its last use")


class NatsProtocolError(NatsServerError):
    """What answers at the address does not speak the protocol of NATS."""

    code = "EF758"
    said = "does not answer as NATS does"
    fix = "another service listens at this address, or something between changes what is sent"


_BY_CLASS: tuple[tuple[type[BaseException], type[NatsServerError]], ...] = (
    (ssl.SSLError, NatsTlsError),
    (client.SecureConnRequiredError, NatsTlsError),
    (client.SecureConnWantedError, NatsTlsError),
    (client.SecureConnFailedError, NatsTlsError),
    (client.AuthorizationError, NatsRefusedError),
    (client.InvalidUserCredentialsError, NatsRefusedError),
    (client.JsonParseError, NatsProtocolError),
    (client.ProtocolError, NatsProtocolError),
    (client.NoRespondersError, NatsNoStreamsError),
    (stream.NoStreamResponseError, NatsNoStreamsError),
    (stream.ServiceUnavailableError, NatsNoStreamsError),
    (stream.APIError, NatsServerError),
    (FileNotFoundError, NatsRefusedError),  # of credentials, of a certificate
    (OSError, NatsUnreachableError),
    (TimeoutError, NatsUnreachableError),
    (client.Error, NatsUnreachableError),
    (ValueError, NatsProtocolError),
)
_BY_WORD: tuple[tuple[str, type[NatsServerError]], ...] = (
    ("authorization violation", NatsRefusedError),
    ("authentication", NatsRefusedError),
    ("permissions violation", NatsRefusedError),
    ("jetstream not enabled", NatsNoStreamsError),
    ("maximum messages exceeded", NatsFullError),
    ("maximum bytes exceeded", NatsFullError),
    ("insufficient storage", NatsFullError),
    ("insufficient resources", NatsFullError),
    ("resource limits exceeded", NatsFullError),
    ("no space left", NatsFullError),
    ("expecting info message", NatsProtocolError),
    ("json parse error", NatsProtocolError),
    ("unexpected eof", NatsUnreachableError),
    ("tls", NatsTlsError),
    ("certificate", NatsTlsError),
)
_RAISED = (client.Error, OSError, TimeoutError, ValueError)


def coded(error: BaseException, where: str) -> NatsServerError:
    """Return the coded form of what the client raised."""
    text = str(error).lower()
    for word, kind in _BY_WORD:
        if word in text:
            return kind.at(where, error)
    for cls, kind in _BY_CLASS:
        if isinstance(error, cls):
            return kind.at(where, error)
    return NatsServerError.at(where, error)


@contextmanager
def told(where: str) -> Iterator[None]:
    """Raise what the client raises in its coded form.

    Raises:
        NatsServerError: Something went wrong; its class says what.
    """
    try:
        yield
    except _RAISED as error:
        raise coded(error, where) from error
