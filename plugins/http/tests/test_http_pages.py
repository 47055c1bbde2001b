"""Lists of rows on several pages, and several lists: every request is sent once, in order."""

from __future__ import annotations

from types import SimpleNamespace as Reply
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.errors import EventflowError
from eventflow_http import HttpJsonSource

if TYPE_CHECKING:
    from collections.abc import Callable

    Serve = Callable[..., Any]

ROWS = list(range(5))


def _read(web: Any, **options: Any) -> list[int]:
    source = HttpJsonSource(**{"url": web.url + "/", "columns": {"n": "i64"}, **options})
    return sorted(source.scan().collect()["n"])


def _some(start: int) -> list[dict[str, int]]:
    return [{"n": n} for n in ROWS[start : start + 2]]


def test_pages_by_number_end_with_an_empty_one(serve: Serve) -> None:
    """Counted from a start, by ones or by the size of a page."""
    web = serve(lambda asked: _some(2 * (int(asked.params["page"]) - 1)))
    assert _read(web, pages={"by": "number", "param": "page"}) == ROWS
    assert [asked.params["page"] for asked in web.asked] == ["1", "2", "3", "4"]
    web = serve(lambda asked: _some(int(asked.params["offset"])))
    pages = {"by": "number", "param": "offset", "start": 0, "step": 2}
    assert _read(web, pages=pages, params={"limit": 2}) == ROWS
    assert {asked.params["limit"] for asked in web.asked} == {"2"}


def test_pages_by_cursor_end_without_one(serve: Serve) -> None:
    """What an answer names is sent with the next request; with POST in its body."""

    def answer(asked: Any) -> Any:
        start = int((asked.body or asked.params).get("after", 0))
        more = start + 2
        return {"rows": _some(start), "meta": {"next": str(more) if more < len(ROWS) else None}}

    pages = {"by": "cursor", "param": "after", "at": "meta.next"}
    assert _read(serve(answer), records="rows", pages=pages) == ROWS
    web = serve(answer)
    body = {"q": "all"}
    assert _read(web, records="rows", pages=pages, method="POST", body=body) == ROWS
    assert [asked.body for asked in web.asked] == [
        {"q": "all"}, {"q": "all", "after": "2"}, {"q": "all", "after": "4"}
    ]  # fmt: skip


@pytest.mark.parametrize("relative", [True, False])
def test_pages_by_link_end_without_a_next(serve: Serve, *, relative: bool) -> None:
    """The header `Link`, among other links, quoted or not; relative to the page."""

    def answer(asked: Any) -> Any:
        start = int(asked.params.get("from", 0))
        base = "" if relative else web.url
        link = f'<{base}/?from=0>; rel="first", <{base}/?from={start + 2}>; title="a, b"; rel=next'
        return Reply(body=_some(start), headers={"Link": link} if start < 4 else {})

    web = serve(answer)
    assert _read(web, pages={"by": "link"}) == ROWS
    assert len(web.asked) == 3


def test_pages_by_address_end_without_one(serve: Serve) -> None:
    """The address stands in the answer."""

    def answer(asked: Any) -> Any:
        start = int(asked.params.get("from", 0))
        return {"rows": _some(start), "next": f"?from={start + 2}" if start < 4 else ""}

    assert _read(serve(answer), records="rows", pages={"by": "url", "at": "next"}) == ROWS


def test_pages_without_an_end_are_noticed(serve: Serve) -> None:
    """A page that leads to one before it, and more pages than allowed."""
    web = serve(lambda asked: {"rows": [], "next": "/b" if asked.path == "/" else "/"})
    with pytest.raises(EventflowError, match=r"EF658.*in a circle"):
        _read(web, records="rows", pages={"by": "url", "at": "next"})
    assert len(web.asked) == 2
    web = serve(_some(0))
    with pytest.raises(EventflowError, match=r"(?s)EF658.*would be page 4.*max_pages"):
        _read(web, pages={"by": "number", "param": "p", "max_pages": 3})


@pytest.mark.parametrize("told", ["http://[", "http://" + "a" * 70_000])
def test_a_next_page_that_is_no_address_is_told(serve: Serve, told: str) -> None:
    """With what the answer has there, cut short."""
    with pytest.raises(EventflowError, match=r"EF658.*leads to no address: 'http") as raised:
        _read(serve({"rows": [], "next": told}), records="rows", pages={"by": "url", "at": "next"})
    assert len(str(raised.value)) < 1000


def test_each_combination_of_values_is_asked_for(serve: Serve) -> None:
    """In the address where it names them, encoded; else as parameters. Rows know their values."""
    web = serve([{"n": 1}])
    source = HttpJsonSource(
        url=web.url + "/{city}", params={"units": "metric", "none": None, "tag": ["a", "b"]},
        for_each={"city": ["Köln/Bonn", "Ulm"], "year": [2025, 2026]},
        columns={"city": "str", "year": "i64", "n": "i64"},
    )  # fmt: skip
    rows = source.scan().collect().rows()
    assert sorted(rows) == [(c, y, 1) for c in ("Köln/Bonn", "Ulm") for y in (2025, 2026)]
    assert {asked.path for asked in web.asked} == {"/K%C3%B6ln%2FBonn", "/Ulm"}
    assert {asked.params["year"] for asked in web.asked} == {"2025", "2026"}
    assert web.asked[0].params == {"units": "metric", "tag": "b", "year": "2025"}
    assert len(web.asked) == 4


def test_a_source_asks_once_for_all_that_is_read_of_it(serve: Serve) -> None:
    """Passes of a run, scans of a plan and threads see the same rows."""
    numbers = iter(range(100))
    web = serve(lambda _: [{"n": next(numbers)}])
    source = HttpJsonSource(url=web.url, columns={"n": "i64"})
    first, second = source.scan(), source.scan()
    assert web.asked == []
    assert first.lazy.join(second.lazy, on="n", how="full").collect().height == 1
    assert first.collect().equals(second.collect())
    assert len(web.asked) == 1
