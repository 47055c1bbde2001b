"""The source `http_json`: rows of JSON that a server answers."""

from __future__ import annotations

import hashlib
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import polars as pl
from attrs import define, field

from eventflow.base import BaseContextSource
from eventflow_http.client import JsonClient
from eventflow_http.errors import HttpError
from eventflow_http.rows import table
from eventflow_http.source_options import HttpJsonOptions
from eventflow_http.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventflow.context.schema import ContextSchema
    from eventflow.frame import EventFrame
    from eventflow_http.walk import Page


class HttpJsonSource(BaseContextSource):
    """Rows of JSON that a server answers: weather, rates, demographics, prices.

    Shapes: one row per record, one column per entry of `columns`, with its dtype. Planning asks
    nothing. When rows are read, every request that the options mean is sent once, and the rows are
    kept as long as the source: all passes of a run see the same. A value that a record lacks is
    null; one that does not fit its dtype fails the run, as does everything else that is wrong with
    an answer. Whole numbers in text columns become text. Times without an offset are those of
    `timezone`, UTC if not given; of a local time that occurs twice it is the earlier.

    With `cache`, each answer is recorded in a folder, without secrets, and asked for again only
    when it is no longer fresh (`max_age`, else RFC 9111), by its version where it has one (ETag,
    Last-Modified). ``offline: replay`` takes all answers from there, so that a run is repeatable
    and tests need no network. What a server knows changes: name `known_at` or `timestamp` where it
    tells one, so that no event learns of what came later.

    Raises:
        HttpError: EF651 to EF659; the package's README has a table.
    """

    Config = HttpJsonOptions
    config: HttpJsonOptions

    def __init__(self, **options: Any) -> None:
        """Validate the options; ask nothing."""
        super().__init__(**options)
        self._rows = _Once()

    @property
    def context(self) -> ContextSchema:  # type: ignore[override] # it is what the options say
        """What the columns mean."""
        return self.config.context

    def scan(self) -> EventFrame:
        """Return the rows, lazily; the server is asked when the plan is executed."""
        return self.frame(lambda: self._fetched().rows, name=urlsplit(self.config.url).hostname)

    def fingerprint(self) -> str | None:
        """Return a hash over all answers; None before a server was asked for them."""
        if (fetched := self._rows.value) is not None:
            return fetched.fingerprint
        if self.config.offline is None:
            return None
        try:
            with JsonClient(self.config) as client:
                return _fingerprint(walk(self.config, client))
        except HttpError:
            return None

    def paths_read(self) -> tuple[str, ...]:
        """Return the address, without secrets."""
        return (self.config.url,)

    def _fetched(self) -> _Fetched:
        with self._rows.lock:
            if self._rows.value is None:
                with JsonClient(self.config) as client:
                    pages = list(walk(self.config, client))
                schema = {name: column.dtype for name, column in self.config.columns.items()}
                parts = [pl.DataFrame(schema=schema), *(table(p, self.config) for p in pages)]
                self._rows.value = _Fetched(pl.concat(parts), _fingerprint(pages))
            return self._rows.value


@define
class _Fetched:
    rows: pl.DataFrame
    fingerprint: str


@define
class _Once:
    """What is fetched once for a source; a copy in another process fetches its own."""

    value: _Fetched | None = None
    lock: Lock = field(factory=Lock, repr=False)

    def __reduce__(self) -> tuple[type[_Once], tuple[()]]:
        """Leave behind what was fetched."""
        return _Once, ()


def _fingerprint(pages: Iterable[Page]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for page in pages:
        digest.update(f"{page.answer.request}\0{page.answer.text}\0".encode())
    return f"blake2b:{digest.hexdigest()}"
