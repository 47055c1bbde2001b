"""Errors of fetching (EF650 to EF659): what the server or its answer did, and what to do.

No message shows a secret: addresses are those without secret parameters, and what a server wrote
is masked before it comes here.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Self

from eventflow.errors import EventflowError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

OWNER = f"eventflow-http {version('eventflow-http')}"

_SHOWN = 200
_FEW = 12


class HttpError(EventflowError):
    """Something is wrong with what was asked of a server, or with its answer."""

    code = "EF650"

    @classmethod
    def of(cls, message: str, **facts: Any) -> Self:
        """Build the error with one problem that names this package."""
        return super().of(message, owner=OWNER, **facts)


class UnreachableError(HttpError):
    """A server did not answer, or not wholly."""

    code = "EF651"

    @classmethod
    def after(cls, request: str, reason: str, attempts: int) -> Self:
        """Give the reason of the last attempt, and how many there were."""
        times = "once" if attempts == 1 else f"{attempts} times"
        return cls.of(
            f"{request} got no answer, asked {times}: {reason}",
            key="url",
            fix="check the address and the network; else raise timeout or attempts, or write"
            " offline: replay where answers are recorded",
        )


class CertificateError(HttpError):
    """A server's identity cannot be verified."""

    code = "EF652"

    @classmethod
    def at(cls, request: str, reason: str) -> Self:
        """Give what the TLS library said."""
        plain = "WRONG_VERSION" in reason or "record layer" in reason.lower()
        return cls.of(
            f"{request}: the server cannot be trusted: {reason[:_SHOWN]}",
            key="url" if plain else "tls_ca",
            fix="the server speaks no TLS there: write http://, or its right port"
            if plain
            else "name the authority that signed its certificate: tls_ca: FILE.pem",
        )

    @classmethod
    def of_authorities(cls, path: Path, reason: str) -> Self:
        """The file of authorities cannot be read."""
        return cls.of(
            f'tls_ca: no certificates can be read from "{path}": {reason[:_SHOWN]}',
            key="tls_ca",
            fix="name a file of certificates in PEM format",
        )


class DeniedError(HttpError):
    """A server wants other credentials."""

    code = "EF653"

    @classmethod
    def by(cls, request: str, status: int, said: str, *, redirected: bool) -> Self:
        """Give the status and what the server said.

        Args:
            request: Method and address.
            status: 401, 403 or 407.
            said: The beginning of its answer.
            redirected: Whether another server answered, which gets no secrets.
        """
        fix = "send what it asks for: token: ${env:NAME}, headers or secret_params"
        if redirected:
            fix = "another server answered, which is not sent secrets: write its address as url"
        return cls.of(f"{request} was denied: {status}", key="token", detail=_said(said), fix=fix)


class StatusError(HttpError):
    """A server answered that it has no answer."""

    code = "EF654"

    @classmethod
    def of_status(cls, request: str, status: int, said: str, wait: float | None) -> Self:
        """Give the status, what the server said, and when it may be asked again."""
        if status in {404, 410}:
            fix = "check the address and its parameters"
        elif status == 429:  # noqa: PLR2004 - Too Many Requests
            later = f", or ask again in {wait:.0f} s" if wait else ""
            fix = f"ask less often: rate: 1/s{later}; cache: FOLDER keeps what was answered"
        elif status >= 500:  # noqa: PLR2004 - server errors
            fix = "try again later; offline: replay takes recorded answers"
        else:
            fix = "check url, params and body against the server's documentation"
        return cls.of(f"{request} answered {status}", key="url", detail=_said(said), fix=fix)

    @classmethod
    def redirects(cls, request: str) -> Self:
        """The server sends from address to address."""
        return cls.of(
            f"{request} was redirected too often",
            key="url",
            fix="write the address it should end at as url",
        )


class NotJsonError(HttpError):
    """An answer is not JSON."""

    code = "EF655"

    @classmethod
    def of_text(cls, request: str, kind: str, reason: str, text: str) -> Self:
        """Say what it is instead.

        Args:
            request: Method and address.
            kind: The media type it claims.
            reason: What the parser said.
            text: Its beginning.
        """
        page = text.lstrip()[:15].lower().startswith(("<!doctype", "<html"))
        what = "a web page" if page else f"no JSON ({kind or 'of no stated type'}): {reason}"
        fix = "write the address of the data, not of the page about it" if page else (
            "check the address; if the server can answer in JSON, ask for it in params or headers"
        )  # fmt: skip
        return cls.of(f"{request} answered with {what}", key="url", detail=_said(text), fix=fix)


class AnswerTooLargeError(HttpError):
    """An answer is larger than the options allow."""

    code = "EF656"

    @classmethod
    def over(cls, request: str, limit: int) -> Self:
        """Name the limit."""
        return cls.of(
            f"{request} answered with more than {limit:,} bytes",
            key="max_bytes",
            fix="ask for less at a time (params, pages), or raise max_bytes",
        )


class RecordsError(HttpError):
    """An answer does not hold the rows that the options describe."""

    code = "EF657"

    @classmethod
    def nowhere(cls, request: str, path: str, found: object) -> Self:
        """The path leads to no list of rows."""
        keys = list(found) if isinstance(found, dict) else []
        near = nearest(path.partition(".")[0], map(str, keys))
        return cls.of(
            f'{request}: records "{path}" leads to no rows',
            key="records",
            detail=(f"the answer has: {_names(keys)}",) if keys else (),
            fix=f'did you mean "{near}"?' if near else "write the JMESPath of the list of rows",
        )

    @classmethod
    def unsearchable(cls, request: str, key: str, path: str, reason: str) -> Self:
        """A function of a path does not take what the answer has."""
        return cls.of(
            f'{request}: {key} "{path}" cannot be applied to the answer: {reason[:_SHOWN]}',
            key=key,
            fix="write the JMESPath for values of other types too, or ask for another answer",
        )

    @classmethod
    def unfit(cls, request: str, column: str, dtype: str, value: object) -> Self:
        """A value cannot be the declared dtype."""
        counted = isinstance(value, (int, float)) and dtype.startswith("date")
        form = "s" if counted else '"%d.%m.%Y"'
        timely = f", or how it is written: {column}: {{dtype: {dtype}, format: {form}}}"
        return cls.of(
            f'{request}: {str(value)[:_SHOWN]!r} in "{column}" is no {dtype}',
            key=f"columns.{column}",
            fix=f"declare another dtype{timely if dtype.startswith('date') else ''}",
        )

    @classmethod
    def unknown(cls, request: str, keys: Collection[str], columns: Collection[str]) -> Self:
        """Rows have keys that no column declares."""
        return cls.of(
            f"{request}: rows have keys that columns does not declare: {_names(sorted(keys))}",
            key="unknown",
            detail=(f"columns: {_names(columns)}",),
            fix="declare them in columns, or write unknown: ignore",
        )


class PagesError(HttpError):
    """Pages have no end."""

    code = "EF658"

    @classmethod
    def circle(cls, request: str) -> Self:
        """A page leads to one that was read."""
        return cls.of(
            f"{request} was asked for already: its pages go round in a circle",
            key="pages",
            fix="check how the server tells the next page: by link, url, cursor or number",
        )

    @classmethod
    def unreadable(cls, request: str, told: object) -> Self:
        """What an answer tells of the next page is no address."""
        return cls.of(
            f"{request} leads to no address: {str(told)[:_SHOWN]!r}",
            key="pages.at",
            fix="check how the server tells the next page: by link, url, cursor or number",
        )

    @classmethod
    def too_many(cls, request: str, most: int) -> Self:
        """There are more than the options allow."""
        return cls.of(
            f"{request} would be page {most + 1:,}",
            key="pages.max_pages",
            fix="ask for more rows a page, or raise max_pages",
        )


class RecordingError(HttpError):
    """A recorded answer is missing or damaged, or cannot be kept."""

    code = "EF659"

    @classmethod
    def missing(cls, request: str, folder: Path) -> Self:
        """Say what was not recorded, and how it is."""
        return cls.of(
            f'offline: no answer to {request} is recorded in "{folder}"',
            key="offline",
            fix="run once with the network and keep the folder",
            command="eventflow run PIPELINE.yaml --set steps.N.context.offline=null",
        )

    @classmethod
    def damaged(cls, path: Path, reason: str) -> Self:
        """Name the file."""
        return cls.of(
            f'the recorded answer "{path}" cannot be read: {reason[:_SHOWN]}',
            key="cache",
            fix="remove the file; the next run with the network records it anew",
        )

    @classmethod
    def unwritable(cls, folder: Path, reason: str) -> Self:
        """Give the system's reason."""
        return cls.of(
            f'answers cannot be recorded in "{folder}": {reason}',
            key="cache",
            fix="grant write permission there, free space, or name another folder",
        )


def _said(text: str) -> tuple[str, ...]:
    line = " ".join(text.split())
    return (f"it said: {line[:_SHOWN]}",) if line else ()


def _names(names: Sequence[str] | Collection[str]) -> str:
    listed = list(map(str, names))
    return ", ".join(listed[:_FEW]) + (", …" if len(listed) > _FEW else "")
