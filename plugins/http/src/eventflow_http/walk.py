"""From the options to every request they mean, page by page."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin

import httpx2
import jmespath
from attrs import frozen

from eventflow_http.errors import PagesError
from eventflow_http.rows import records_of, searched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventflow_http.client import JsonClient
    from eventflow_http.recordings import Answer
    from eventflow_http.request import Request
    from eventflow_http.source_options import HttpJsonOptions, Pages


@frozen
class Page:
    """The rows of one answer.

    Attributes:
        answer: The answer.
        records: Its rows, as they came.
        each: What `for_each` asked it for.
    """

    answer: Answer
    records: list[Any]
    each: Mapping[str, Any]


def walk(options: HttpJsonOptions, client: JsonClient) -> Iterator[Page]:
    """Yield every page of every list of rows.

    Raises:
        HttpError: An answer is missing, or is not what the options describe.
    """
    client.trust(options.url)
    for values in product(*options.for_each.values()):
        each = dict(zip(options.for_each, values, strict=True))
        yield from _List(options, client, each).read()


@frozen
class _List:
    """One list of rows, on one page or more.

    Attributes:
        options: What is asked.
        client: Who asks.
        each: What `for_each` asks it for.
    """

    options: HttpJsonOptions
    client: JsonClient
    each: Mapping[str, Any]

    def read(self) -> Iterator[Page]:
        """Yield the pages."""
        pages, seen = self.options.pages, set[str]()
        request: Request | None = self._numbered(0)
        while request is not None:
            if request.key in seen:
                raise PagesError.circle(str(request))
            if pages is not None and len(seen) >= pages.max_pages:
                raise PagesError.too_many(str(request), pages.max_pages)
            seen.add(request.key)
            answer = self.client.answer(request)
            data = self.client.parsed(answer)
            records = records_of(answer.request, data, self.options)
            yield Page(answer, records, self.each)
            request = self._after(request, answer, data, len(seen) if records else 0)

    def _after(self, request: Request, answer: Answer, data: Any, number: int) -> Request | None:
        """Return the request of the next page; None after the last.

        Args:
            request: That of this page.
            answer: What was answered.
            data: The same, parsed.
            number: Number of the next page, the first being 0; 0 if this one has no rows.
        """
        pages = self.options.pages
        if pages is None:
            return None
        if pages.by == "number":
            return self._numbered(number) if number else None
        told = answer.following if pages.by == "link" else _at(pages, data, answer.request)
        if told is None or told is False or told == "":
            return None
        if pages.by == "cursor":
            return self._request({pages.param or "": told})
        try:
            return self.client.request(urljoin(request.url, str(told)))
        except (ValueError, httpx2.InvalidURL):
            raise PagesError.unreadable(answer.request, told) from None

    def _numbered(self, number: int) -> Request:
        """Return the request of a page by its number, the first being 0."""
        pages = self.options.pages
        if pages is None or pages.by != "number":
            return self._request({})
        return self._request({pages.param or "": pages.start + number * pages.step})

    def _request(self, more: Mapping[str, Any]) -> Request:
        """Put values into the address, the parameters, or the body of a POST."""
        options, values = self.options, {**self.each, **more}
        url = options.url
        for name in options.named_in_url:
            url = url.replace(f"{{{name}}}", quote(_text(values.pop(name)), safe=""))
        if options.method == "GET":
            return self.client.request(url, {**options.params, **values})
        body = {**(options.body or {}), **values} if values else options.body
        return self.client.request(url, options.params, method="POST", body=body)


def _at(pages: Pages, data: Any, request: str) -> Any:
    return searched(jmespath.compile(pages.at or ""), data, request, "pages.at")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
