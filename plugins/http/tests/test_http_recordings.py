"""Recorded answers: asked for again only when it is time, and enough without a network."""

from __future__ import annotations

import errno
import json
import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Event
from types import SimpleNamespace as Reply
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from eventflow.errors import EventflowError
from eventflow_http import ClientOptions, HttpJsonSource, JsonClient

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Serve = Callable[..., Any]

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


def _get(url: str, folder: Path, **options: Any) -> Any:
    with JsonClient(ClientOptions(cache=folder, attempts=1, **options)) as asking:
        return asking.get(url)


@pytest.mark.parametrize(
    ("headers", "options", "asked"),
    [
        ({}, {}, 3),
        ({}, {"max_age": "1h"}, 2),
        ({}, {"max_age": "1d"}, 1),
        ({"Cache-Control": "public, max-age=3600"}, {}, 2),
        ({"Cache-Control": "max-age=86400"}, {}, 1),
        ({"Cache-Control": "max-age=86400"}, {"max_age": "0s"}, 3),
        ({"Cache-Control": "no-cache, max-age=86400"}, {}, 3),
        ({"Expires": format_datetime(NOW + timedelta(days=1), usegmt=True)}, {}, 1),
        ({"Expires": "0"}, {}, 3),
        ({"Expires": "Sun, 01 Mar 2026 13:00:00 -0000"}, {}, 2),
    ],
)
def test_an_answer_counts_as_long_as_is_said(
    serve: Serve, tmp_path: Path, headers: dict[str, str], options: dict[str, Any], asked: int
) -> None:
    """By the options, else by the server (RFC 9111): asked at once, again, and two hours later."""
    web = serve(Reply(body=[1], headers=headers))
    for moment in (NOW, NOW, LATER):
        with time_machine.travel(moment, tick=False):
            assert _get(web.url, tmp_path, **options) == [1]
    assert len(web.asked) == asked


@pytest.mark.parametrize(
    ("told", "asks"),
    [
        ({"ETag": '"v1"'}, {"if-none-match": '"v1"'}),
        ({"Last-Modified": "Sun, 01 Mar 2026 00:00:00 GMT"},
         {"if-modified-since": "Sun, 01 Mar 2026 00:00:00 GMT"}),
    ],
    ids=["etag", "last-modified"],
)  # fmt: skip
def test_an_unchanged_answer_is_not_sent_again(
    serve: Serve, tmp_path: Path, told: dict[str, str], asks: dict[str, str]
) -> None:
    """The server is asked whether it changed, by what it said of its version; then it is kept."""

    def answer(asked: Any) -> Any:
        same = asks.items() <= asked.headers.items()
        return Reply(status=304, headers=told) if same else Reply(body=[1], headers=told)

    web = serve(answer)
    with time_machine.travel(NOW, tick=False):
        assert _get(web.url, tmp_path) == [1]
    with time_machine.travel(LATER, tick=False):
        assert _get(web.url, tmp_path) == [1]
        assert _get(web.url, tmp_path, max_age="1m") == [1]
    assert len(web.asked) == 2


def test_a_changed_answer_replaces_the_recorded_one(serve: Serve, tmp_path: Path) -> None:
    """And a failure leaves it as it was."""
    replies = iter([[1], [2], Reply(status=404), [3]])
    web = serve(lambda _: next(replies))
    assert [_get(web.url, tmp_path) for _ in range(2)] == [[1], [2]]
    with pytest.raises(EventflowError, match="EF654"):
        _get(web.url, tmp_path)
    assert _get(web.url, tmp_path, offline="replay") == [2]


def _source(url: str, folder: Path, **options: Any) -> HttpJsonSource:
    pages = {"by": "number", "param": "page"}
    given = {"url": url, "columns": {"n": "i64"}, "pages": pages, "cache": folder}
    return HttpJsonSource(**{**given, **options})


def _pages(asked: Any) -> Any:
    return [{"n": int(asked.params["page"])}] if int(asked.params["page"]) < 4 else []


def test_what_is_recorded_is_replayed_without_a_server(serve: Serve, tmp_path: Path) -> None:
    """The same rows and the same fingerprint, whatever the age and whoever asks with what token."""
    web = serve(_pages)
    live = _source(web.url, tmp_path, token="sesame-open")  # noqa: S106 - made up
    assert live.fingerprint() is None
    rows = live.scan().collect().sort("n")
    web.stop()
    replayed = _source(web.url, tmp_path, offline="replay")
    assert replayed.fingerprint() == live.fingerprint() is not None
    assert replayed.scan().collect().sort("n").equals(rows)
    assert rows["n"].to_list() == [1, 2, 3]


def test_a_missing_recording_names_the_request_and_how_to_record_it(
    serve: Serve, tmp_path: Path
) -> None:
    """No server is asked."""
    web = serve(_pages)
    _source(web.url, tmp_path).scan().collect()
    before = len(web.asked)
    source = _source(web.url, tmp_path, params={"year": 2026}, offline="replay")
    with pytest.raises(EventflowError) as raised:
        source.scan().collect()
    text = str(raised.value)
    assert f"EF659  offline: no answer to GET {web.url}?page=1&year=2026 is recorded" in text
    assert "eventflow run PIPELINE.yaml --set steps.N.context.offline=null" in text
    assert len(web.asked) == before
    assert source.fingerprint() is None


@pytest.mark.parametrize("text", ["", '{"request": 1}', "\udcff"])
def test_a_damaged_recording_is_told(serve: Serve, tmp_path: Path, text: str) -> None:
    """With its file, which may simply be removed."""
    web = serve([1])
    _get(web.url, tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(EventflowError, match=r"(?s)EF659.*remove the file") as raised:
        _get(web.url, tmp_path)
    assert path.name in str(raised.value)
    path.unlink()
    assert _get(web.url, tmp_path) == [1]


def test_a_folder_that_cannot_be_written_is_told(serve: Serve, tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(EventflowError, match=r"EF659.*cannot be"):
        _get(serve([1]).url, tmp_path / "file")


def test_a_full_disk_is_told_and_leaves_nothing(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a recording would take space, and be of no use."""

    def fill(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:5])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", fill)
    with pytest.raises(EventflowError, match=r"(?s)EF659.*No space left.*free space"):
        _get(serve([1]).url, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_was_edited_must_say_when_it_was_checked(
    serve: Serve, tmp_path: Path
) -> None:
    """A moment without a zone is none."""
    url = serve([1]).url
    _get(url, tmp_path)
    (path,) = tmp_path.iterdir()
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**told, "checked_at": "2026-03-01T12:00:00"}), encoding="utf-8")
    with pytest.raises(EventflowError, match=r"EF659.*cannot be read"):
        _get(url, tmp_path, max_age="1d")


def test_recordings_can_be_read_and_compared(serve: Serve, tmp_path: Path) -> None:
    """One JSON file for each request, named by its server and what was asked."""
    url = serve(Reply(body='{"a": 1}', headers={"Set-Cookie": "session=abc"})).url
    _get(url + "/v1", tmp_path)
    (path,) = tmp_path.iterdir()
    told = json.loads(path.read_text(encoding="utf-8"))
    assert path.name.startswith("127.0.0.1-")
    assert (told["request"], told["text"]) == (f"GET {url}/v1", '{"a": 1}')
    assert "session" not in path.read_text(encoding="utf-8")


_KILLED = """
import sys
from eventflow_http import HttpJsonSource
HttpJsonSource(
    url=sys.argv[1],
    cache=sys.argv[2],
    columns={"n": "i64"},
    pages={"by": "number", "param": "page"},
).scan().collect()
"""


def test_a_killed_run_leaves_whole_recordings(serve: Serve, tmp_path: Path) -> None:
    """The next one goes on where it stopped: only what is missing is asked for."""
    waits, go_on = Event(), Event()

    def answer(asked: Any) -> Any:
        if asked.params["page"] == "3" and not go_on.is_set():
            waits.set()
            go_on.wait(30)
        return _pages(asked)

    web = serve(answer)
    run = subprocess.Popen([sys.executable, "-c", _KILLED, web.url, tmp_path])
    assert waits.wait(60)
    run.kill()
    run.wait()
    go_on.set()
    web.asked.clear()
    assert sorted(_source(web.url, tmp_path, max_age="1d").scan().collect()["n"]) == [1, 2, 3]
    assert [asked.params["page"] for asked in web.asked] == ["3", "4"]


def test_a_source_can_go_to_another_process(serve: Serve, tmp_path: Path) -> None:
    """It fetches there for itself, or replays."""
    web = serve(_pages)
    source = _source(web.url, tmp_path)
    source.scan().collect()
    assert pickle.loads(pickle.dumps(source)).scan().collect().height == 3  # noqa: S301 - our own
