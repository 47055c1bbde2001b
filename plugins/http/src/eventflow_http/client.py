"""Asking a server for JSON, as often as it takes and no more often than it may be."""

from __future__ import annotations

from threading import Lock
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Self

import msgspec
import stamina
from attrs import define, field

from eventflow_http.errors import HttpError, NotJsonError
from eventflow_http.exchange import Exchange, PassingError
from eventflow_http.options import MASK, ClientOptions
from eventflow_http.recordings import Recordings
from eventflow_http.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow_http.recordings import Answer

_FIRST_WAIT = 0.2
_HEAD = 1000


class JsonClient:
    """Asks servers for JSON: patiently, within limits, and from a folder where that is enough.

    What `eventflow_http.HttpJsonSource` fetches with; a context source whose rows take more than
    options to describe uses it too. It may be used by several threads.

    Example:
        >>> from eventflow_http import ClientOptions, JsonClient
        >>> options = ClientOptions(rate="5/s", cache="recorded", max_age="1d")
        >>> with JsonClient(options) as client:  # doctest: +SKIP
        ...     rates = client.get("https://rates.example/latest", {"base": "EUR"})["rates"]
    """

    def __init__(self, options: ClientOptions | None = None) -> None:
        """Take the options; nothing connects before something is asked."""
        self.options = options or ClientOptions()
        self._recordings = Recordings(self.options.cache) if self.options.cache else None
        self._exchange = Exchange(self.options, self.hide)
        self._pace = _Pace(self.options.spacing)

    def __enter__(self) -> Self:
        """Open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self._exchange.__exit__()

    def get(self, url: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return what the server answers to GET, parsed.

        Raises:
            HttpError: EF651 to EF656 and EF659.
        """
        return self._parsed(url, self.request(url, params))

    def post(self, url: str, body: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Return what the server answers to POST of a body as JSON, parsed; likewise."""
        return self._parsed(url, self.request(url, params, method="POST", body=body))

    def request(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        *,
        method: str = "GET",
        body: Any = None,
    ) -> Request:
        """Put a request together, without secrets."""
        secret = self.options.secret_params
        return Request.of(url, params, method=method, body=body, secret=secret)

    def trust(self, url: str) -> None:
        """Let the server of an address have the secrets."""
        self._exchange.trust(url)

    def answer(self, request: Request) -> Answer:
        """Return the recorded answer if it counts, else ask the server.

        Raises:
            HttpError: EF651 to EF654, EF656 and EF659.
        """
        kept = self._recordings
        known = kept.find(request) if kept is not None else None
        if kept is not None and self.options.offline:
            if known is None:
                raise kept.missing(request)
            return known
        if known is not None and known.is_fresh(self.options.max_age):
            return known
        try:
            found = self._asked(request, known)
        except HttpError as error:
            error.hide = self.hide
            raise
        if kept is None:
            assert not isinstance(found, dict)  # noqa: S101 - nothing was known, so nothing still holds
            return found
        if isinstance(found, dict):
            assert known is not None  # noqa: S101 - only what is known can still hold
            return kept.confirm(request, known, found)
        kept.keep(request, found)
        return found

    def parsed(self, answer: Answer) -> Any:
        """Return an answer's JSON.

        Raises:
            NotJsonError: EF655, it is something else.
        """
        try:
            return msgspec.json.decode(answer.text)
        except (msgspec.DecodeError, RecursionError) as error:
            raise NotJsonError.of_text(
                answer.request, answer.kind, str(error), self.hide(answer.text[:_HEAD])
            ) from None

    def hide(self, text: str) -> str:
        """Mask every secret in a text."""
        for secret in self.options.secret_values:
            text = text.replace(secret, MASK)
        return text

    def _parsed(self, url: str, request: Request) -> Any:
        self.trust(url)
        return self.parsed(self.answer(request))

    def _asked(self, request: Request, known: Answer | None) -> Answer | dict[str, str]:
        """Ask until there is an answer that stays."""
        longest = self.options.max_wait.total_seconds()
        repeatable = self.options.idempotent
        repeatable = request.changes_nothing if repeatable is None else repeatable

        def again(error: Exception) -> bool | float:
            if not isinstance(error, PassingError) or not (repeatable or error.unsent):
                return False
            if error.wait is None:
                return True
            return error.wait if error.wait <= longest else False

        tries = stamina.retry_context(
            on=again, attempts=self.options.attempts, timeout=None,
            wait_initial=_FIRST_WAIT, wait_max=longest,
        )  # fmt: skip
        try:
            for attempt in tries:
                with attempt:
                    self._pace.wait()
                    return self._exchange.send(request, known, attempt.num)
        except PassingError as error:
            raise error.error from None
        raise AssertionError  # pragma: no cover - the last attempt returns or raises


@define
class _Pace:
    """Spaces requests evenly.

    Attributes:
        spacing: Seconds between two.
    """

    spacing: float
    _next: float = 0.0
    _lock: Lock = field(factory=Lock)

    def wait(self) -> None:
        """Wait until the next may be sent."""
        if not self.spacing:
            return
        with self._lock:
            now = monotonic()
            at = max(self._next, now)
            self._next = at + self.spacing
        sleep(max(at - now, 0.0))
