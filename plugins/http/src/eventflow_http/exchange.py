"""One request, one answer: secrets to the stated server only, limits, and errors with their fix."""

from __future__ import annotations

import re
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self
from urllib.request import getproxies, proxy_bypass

import httpx2
from attrs import define, field

from eventflow_http.deadline import hurried, within
from eventflow_http.errors import (
    AnswerTooLargeError,
    CertificateError,
    DeniedError,
    HttpError,
    StatusError,
    UnreachableError,
)
from eventflow_http.options import MASK
from eventflow_http.recordings import Answer, http_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from eventflow_http.options import ClientOptions
    from eventflow_http.request import Request

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_DENIED = frozenset({401, 403, 407})
_NOT_MODIFIED = 304
_HEAD = 1000
_SURELY = 8
_MOST_REDIRECTS = 5


class PassingError(Exception):
    """A failure that may be over a moment later; nobody sees it.

    Attributes:
        error: What is told if it is not.
        wait: Seconds after which the server wants to be asked again; None if it does not say.
        unsent: Whether the server cannot have acted on the request.
    """

    def __init__(
        self, error: HttpError, wait: float | None = None, *, unsent: bool = False
    ) -> None:
        """Keep what will be told."""
        self.error, self.wait, self.unsent = error, wait, unsent
        super().__init__(error.code)


class Secretive(httpx2.BaseTransport):
    """Adds secrets on the way out, to the stated servers only.

    The client, its log and its errors see requests without them, and a redirect to another server
    takes none along.
    """

    def __init__(self, options: ClientOptions) -> None:
        """Take the secrets and what to trust."""
        self.options, self.origins = options, set[str]()
        self._context = _trusting(options.tls_ca) if options.tls_ca else True
        self._ways: dict[str | None, httpx2.HTTPTransport] = {}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request."""
        url, headers = request.url, httpx2.Headers(request.headers)
        if origin_of(url) in self.origins:
            told = {n: s.get_secret_value() for n, s in self.options.secret_params.items()}
            url = url.copy_merge_params(told) if told else url
            headers.update(self.options.secret_headers)
        sent = httpx2.Request(
            request.method, url, headers=headers, stream=request.stream,
            extensions=request.extensions,
        )  # fmt: skip
        response = self._way(url).handle_request(sent)
        if "location" in response.headers:
            response.headers["location"] = self._cleaned(response.headers["location"])
        return response

    def _cleaned(self, location: str) -> str:
        """Take out secrets that a server repeats in a redirect: another one may be its end."""
        for secret in self.options.secret_params:
            location = re.sub(rf"(?<=[?&]){re.escape(secret)}=[^&#]*&?", "", location)
        for secret in self.options.secret_values:
            location = location.replace(secret, MASK)
        return location

    def close(self) -> None:
        """Close all connections."""
        for way in self._ways.values():
            way.close()

    def _way(self, url: httpx2.URL) -> httpx2.HTTPTransport:
        """Return the transport to a server: through the system's proxy, if it has one."""
        proxy = None if proxy_bypass(url.host) else getproxies().get(url.scheme)
        if proxy not in self._ways:
            self._ways[proxy] = hurried(httpx2.HTTPTransport(verify=self._context, proxy=proxy))
        return self._ways[proxy]


@define
class Exchange:
    """Sends requests, each once.

    Attributes:
        options: Secrets, patience and limits.
        hide: Masks secrets in a text.
    """

    options: ClientOptions
    hide: Callable[[str], str]
    _way: Secretive = field(init=False)
    _client: httpx2.Client = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Make the client; it connects when it is used."""
        self._way = Secretive(self.options)
        self._client = httpx2.Client(
            transport=self._way,
            timeout=self.options.timeout.total_seconds(),
            follow_redirects=True,
            max_redirects=_MOST_REDIRECTS,
            headers={"Accept": "application/json", "Accept-Encoding": "gzip, deflate"},
        )

    def __enter__(self) -> Self:
        """Open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self._client.close()

    def trust(self, url: str) -> None:
        """Let the server of an address have the secrets."""
        self._way.origins.add(origin_of(httpx2.URL(url)))

    def send(
        self, request: Request, known: Answer | None, attempts: int
    ) -> Answer | dict[str, str]:
        """Ask once; return the answer, or the headers that say the known one still holds.

        Args:
            request: What is asked.
            known: The answer that is recorded.
            attempts: How often it was asked, this time included: for messages.

        Raises:
            PassingError: It may be answered a moment later.
            HttpError: It will not.
        """
        try:
            with within(self.options.timeout.total_seconds()):
                return self._send(request, known)
        except httpx2.TooManyRedirects:
            raise StatusError.redirects(str(request)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            raise self._failure(request, error, attempts) from None

    def _send(self, request: Request, known: Answer | None) -> Answer | dict[str, str]:
        headers = known.conditions if known is not None else {}
        if request.body is not None:
            headers = {**headers, "Content-Type": "application/json"}
        stream = self._client.stream(
            request.method, request.url, content=request.body, headers=headers
        )
        with stream as response:
            if response.status_code == _NOT_MODIFIED and known is not None:
                return dict(response.headers)
            whole = response.is_success
            data = self._read(request, response, None if whole else _HEAD)
            text = _decoded(data, response.charset_encoding)
            if not whole:
                raise self._refusal(request, response, self.hide(text))
            headers = {name: self._kept(value) for name, value in response.headers.items()}
            following = self._kept(response.links.get("next", {}).get("url", ""))
            return Answer.of(str(request), self._kept(text), headers, following)

    def _kept(self, text: str) -> str:
        """Mask secrets that a server repeats in what it answers; short ones may be data."""
        for secret in self.options.secret_values:
            text = text.replace(secret, MASK) if len(secret) >= _SURELY else text
        return text

    def _read(self, request: Request, response: httpx2.Response, head: int | None) -> bytes:
        """Read a body in bounded pieces, decompressed; of an error only the beginning."""
        data, limit = bytearray(), self.options.max_bytes
        for piece in response.iter_bytes():
            data += piece
            if head is not None and len(data) >= head:
                break
            if len(data) > limit:
                raise AnswerTooLargeError.over(str(request), limit)
        return bytes(data)

    def _refusal(self, request: Request, response: httpx2.Response, said: str) -> Exception:
        status, asked = response.status_code, str(request)
        if status in _DENIED:
            elsewhere = origin_of(response.url) not in self._way.origins
            return DeniedError.by(asked, status, said, redirected=elsewhere)
        wait = _asked_wait(response.headers)
        error = StatusError.of_status(asked, status, said, wait)
        return PassingError(error, wait) if status in _PASSING else error

    def _failure(self, request: Request, error: Exception, attempts: int) -> Exception:
        asked, reason = str(request), self.hide(str(error)) or type(error).__name__
        if (problem := _tls(error)) is not None:
            return CertificateError.at(asked, self.hide(str(problem)))
        told = UnreachableError.after(asked, _worded(error, reason), attempts)
        if not isinstance(error, httpx2.TransportError) or isinstance(
            error, (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)
        ):
            return told
        unsent = isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout))
        return PassingError(told, unsent=unsent)


def origin_of(url: httpx2.URL) -> str:
    """Return scheme, host and port: who gets the secrets."""
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    return f"{url.scheme}://{url.host}:{port}"


def _trusting(authorities: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=authorities)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or str(error)
        raise CertificateError.of_authorities(authorities, reason) from None


def _decoded(data: bytes, charset: str | None) -> str:
    """Return a body as text: in the charset it claims, if that is one, else in UTF-8 (RFC 8259)."""
    try:
        text = data.decode(charset or "utf-8").removeprefix("\ufeff")
        text.encode()
    except (LookupError, UnicodeError):
        return data.decode("utf-8", errors="replace")
    return text


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of ``Retry-After``: a number, or a date (RFC 9110, 10.2.3)."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = http_date(text)
    return None if until is None else max((until - datetime.now(UTC)).total_seconds(), 0.0)


def _tls(error: BaseException | None) -> ssl.SSLError | None:
    """Return what the TLS library said, if that is what the failure came from."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _worded(error: Exception, reason: str) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return "it took longer than timeout allows"
    return reason
