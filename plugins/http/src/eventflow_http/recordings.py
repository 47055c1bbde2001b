"""Answers in a folder: a cache while there is a network, a recording where there is none.

One JSON file for each request, to be read, compared and kept under version control. It holds no
secret: neither headers nor secret parameters of the request, and no header of the answer but those
of caching (RFC 9111).
"""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import msgspec
from attrs import evolve, frozen

from eventflow_http.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow_http.request import Request

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d+)", re.IGNORECASE)
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_ALWAYS = re.compile(r"(?:^|[\s,])(?:no-cache|no-store)\b", re.IGNORECASE)


@frozen
class Answer:
    """What a server answered.

    Attributes:
        request: What was asked, in words.
        text: The body.
        checked_at: When the server last said so.
        kind: Media type it claims.
        following: Address of the next page, if the header ``Link`` tells one.
        etag: Version of the answer, by which the server tells whether it changed.
        last_modified: When it last changed, in the server's words.
        cache_control: How long it may be kept, in the server's words.
        expires: When it may no longer be kept, likewise.
    """

    request: str
    text: str
    checked_at: Moment
    kind: str = ""
    following: str = ""
    etag: str = ""
    last_modified: str = ""
    cache_control: str = ""
    expires: str = ""

    @classmethod
    def of(cls, request: str, text: str, headers: Mapping[str, str], following: str = "") -> Answer:
        """Keep a body and the headers that count."""
        return cls(
            request,
            text,
            datetime.now(UTC),
            kind=headers.get("content-type", "").partition(";")[0].strip(),
            following=following,
            etag=headers.get("etag", ""),
            last_modified=headers.get("last-modified", ""),
            cache_control=headers.get("cache-control", ""),
            expires=headers.get("expires", ""),
        )

    @property
    def conditions(self) -> dict[str, str]:
        """Headers by which a server is asked whether it changed."""
        told = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in told.items() if value}

    def is_fresh(self, max_age: timedelta | None) -> bool:
        """Whether it counts without asking again.

        Args:
            max_age: How long; what the server said if None.
        """
        age = datetime.now(UTC) - self.checked_at
        return age < (self._lifetime() if max_age is None else max_age)

    def _lifetime(self) -> timedelta:
        if _ALWAYS.search(self.cache_control):
            return timedelta()
        if found := _MAX_AGE.search(self.cache_control):
            return timedelta(seconds=min(int(found[1]), 10**9))
        until = http_date(self.expires)
        return timedelta() if until is None else until - self.checked_at


@frozen
class Recordings:
    """A folder of recorded answers.

    Attributes:
        folder: Where they are; made when the first is kept.
    """

    folder: Path

    def find(self, request: Request) -> Answer | None:
        """Return the recorded answer; None if there is none.

        Raises:
            RecordingError: EF659, there is one, and it cannot be read.
        """
        path = self._path(request)
        try:
            return msgspec.json.decode(path.read_bytes(), type=Answer)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise RecordingError.damaged(path, str(error)) from None

    def keep(self, request: Request, answer: Answer) -> None:
        """Record an answer, whole or not at all.

        Raises:
            RecordingError: EF659, it cannot be written.
        """
        path = self._path(request)
        data = msgspec.json.format(msgspec.json.encode(answer), indent=1)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _put(data, path)
        except OSError as error:
            raise RecordingError.unwritable(self.folder, error.strerror or str(error)) from None

    def confirm(self, request: Request, answer: Answer, headers: Mapping[str, str]) -> Answer:
        """Record that an answer still holds, with what the server says of keeping it now."""
        now = Answer.of(answer.request, answer.text, headers)
        told = {n: v for n in ("cache_control", "expires", "etag") if (v := getattr(now, n))}
        confirmed = evolve(answer, checked_at=now.checked_at, **told)
        self.keep(request, confirmed)
        return confirmed

    def missing(self, request: Request) -> RecordingError:
        """Return the error of an answer that is not there."""
        return RecordingError.missing(str(request), self.folder)

    def _path(self, request: Request) -> Path:
        host = re.sub(r"[^\w.-]", "_", urlsplit(request.url).hostname or "")
        return self.folder / f"{host}-{request.key}.json"


def http_date(text: str) -> datetime | None:
    """Return a date as headers have it (RFC 9110, 5.6.7); None if it is none."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _put(data: bytes, path: Path) -> None:
    """Write a file aside and give it its place once it is whole, or leave nothing of it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        aside = Path(file.name)
    try:
        aside.write_bytes(data)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
