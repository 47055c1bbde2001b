"""Secrets go to the stated server, and to nobody and nowhere else."""

from __future__ import annotations

import json
import logging
import traceback
from types import SimpleNamespace as Reply
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pytest
from pydantic import SecretStr

from eventflow.errors import EventflowError
from eventflow_http import HttpJsonSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Serve = Callable[..., Any]

TOKEN, KEY, PARAM = "token-4711-xyz", "header-4711-xyz", "param-4711-xyz"
SECRETS = {"token": TOKEN, "headers": {"X-Api-Key": KEY}, "secret_params": {"appid": PARAM}}


def _source(url: str, **options: Any) -> HttpJsonSource:
    given = {"url": url, "columns": {"n": "i64"}, "attempts": 2, **SECRETS}
    return HttpJsonSource(**{**given, **options})


def _carries(asked: Any) -> bool:
    return any(secret in str(asked) for secret in (TOKEN, KEY, PARAM))


def test_the_server_gets_token_headers_and_parameters(serve: Serve) -> None:
    """As it wants them; other headers are sent too."""
    web = serve([{"n": 1}])
    _source(web.url, params={"q": "x"}).scan().collect()
    (asked,) = web.asked
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["x-api-key"] == KEY
    assert asked.params == {"q": "x", "appid": PARAM}


def test_a_header_of_ours_can_be_replaced(serve: Serve) -> None:
    """It is sent once."""
    web = serve([{"n": 1}])
    _source(web.url, headers={"Accept": "application/geo+json"}).scan().collect()
    assert web.asked[0].headers["accept"] == "application/geo+json"


def test_a_redirect_on_the_same_server_keeps_secrets(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """It is the server that was stated; what it repeats of them is not logged."""
    web = serve(
        lambda asked: [{"n": 1}] if asked.path == "/new"
        else Reply(status=307, headers={"Location": f"/new?appid={PARAM}&a=1"})
    )  # fmt: skip
    caplog.set_level(logging.INFO)
    _source(web.url + "/old").scan().collect()
    assert [asked.params for asked in web.asked] == [{"appid": PARAM}, {"a": "1", "appid": PARAM}]
    assert web.asked[1].headers["x-api-key"] == KEY
    assert f"{web.url}/new?a=1 " in caplog.text
    assert PARAM not in caplog.text


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_server_drops_every_secret(serve: Serve, status: int) -> None:
    """Another port is another server; not only the standard header is dropped."""
    other = serve([{"n": 1}])
    web = serve(Reply(status=status, headers={"Location": other.url + "/there"}))
    assert _source(web.url).scan().collect()["n"].to_list() == [1]
    assert len(other.asked) == 1
    assert not _carries(other.asked[0])


def test_a_next_page_on_another_server_gets_no_secret(serve: Serve) -> None:
    """Whatever an answer says; that it is denied there tells why."""
    other = serve(Reply(status=401))
    web = serve({"rows": [], "next": other.url})
    source = _source(web.url, records="rows", pages={"by": "url", "at": "next"})
    with pytest.raises(EventflowError, match=r"(?s)EF653.*another server answered"):
        source.scan().collect()
    assert not _carries(other.asked[0])


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=401, body=f"bad token {TOKEN}"),
        Reply(status=403, body=f"bad key {KEY}"),
        Reply(status=404, body=f"/?appid={PARAM}"),
        Reply(status=429, body=TOKEN),
        Reply(status=500, body=PARAM),
        Reply(body=f"<html>{TOKEN}"),
        Reply(body=f'{{"m": "{PARAM}"}}', status=200),
        Reply(body=f'[{{"n": "{KEY}"}}]'),
        Reply(breaks=True),
        Reply(status=302, headers={"Location": f"http://nobody.invalid/?appid={PARAM}"}),
        Reply(status=302, headers={"Location": f"ftp://nobody.invalid/{TOKEN}"}),
        Reply(status=302, headers={"Location": f"/?appid={PARAM}"}),
    ],
    ids=["401", "403", "404", "429", "500", "html", "lacking", "unfit", "cut", "nobody", "ftp",
         "circle"],
)  # fmt: skip
def test_no_failure_shows_a_secret(
    serve: Serve, reply: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where the server repeats it: not in the message, its causes, the log or a traceback."""
    caplog.set_level(logging.INFO)
    source = _source(serve(reply).url, unknown="error")
    with pytest.raises(EventflowError) as raised:
        source.scan().collect()
    shown = "".join(traceback.format_exception(raised.value)) + caplog.text
    assert "EF65" in shown
    assert [secret for secret in (TOKEN, KEY, PARAM) if secret in shown] == []


def test_recordings_hold_no_secret_and_do_not_depend_on_it(serve: Serve, tmp_path: Path) -> None:
    """Also where an answer repeats it: in its rows, and in the address of its next page."""

    def answer(asked: Any) -> Any:
        more = f"{web.url}/?appid={PARAM}&page=2" if "page" not in asked.params else None
        return {"rows": [{"who": TOKEN}], "next": more}

    web = serve(answer)
    options: dict[str, Any] = {
        "columns": {"who": "str"}, "records": "rows", "pages": {"by": "url", "at": "next"},
        "cache": tmp_path,
    }  # fmt: skip
    rows = _source(web.url, **options).scan().collect()
    assert rows["who"].to_list() == ["********"] * 2
    assert [asked.params.get("appid") for asked in web.asked] == [PARAM, PARAM]
    kept = "".join(path.read_text(encoding="utf-8") for path in tmp_path.iterdir())
    assert len(list(tmp_path.iterdir())) == 2
    assert [secret for secret in (TOKEN, KEY, PARAM) if secret in kept] == []
    others = {"token": "another", "headers": {}, "secret_params": {"appid": "another"}}
    replayed = _source(web.url, **{**options, **others, "offline": "replay"})
    assert replayed.scan().collect().equals(rows)


@pytest.mark.parametrize("form", [quote_plus, json.dumps, lambda t: t.replace("/", "\\/")])
def test_a_secret_is_hidden_however_a_server_writes_it(
    serve: Serve, tmp_path: Path, form: Callable[[str], str]
) -> None:
    """In an address and in JSON, some of whose writers escape a slash."""
    secret = "a+b/c=d=="  # noqa: S105 - nobody's
    said = form(secret).strip('"')
    options = {"token": None, "headers": {}, "secret_params": {"appid": secret}}
    with pytest.raises(EventflowError, match="EF653") as raised:
        _source(serve(Reply(status=403, body=said)).url, **options).scan().collect()
    assert said not in str(raised.value)
    web = serve(Reply(body=f'[{{"n": 1, "self": "{said}"}}]'))
    _source(web.url, **options, cache=tmp_path).scan().collect()
    (path,) = tmp_path.iterdir()
    assert json.loads(path.read_text(encoding="utf-8"))["text"].count("********") == 1


def test_what_is_shown_of_a_source_shows_no_secret() -> None:
    """Its repr, its options, its fingerprint and what it reads."""
    source = _source("https://api.example.org/")
    shown = f"{source!r} {source.config!r} {source.config.model_dump_json()} {source.paths_read()}"
    assert [secret for secret in (TOKEN, KEY, PARAM) if secret in shown] == []
    assert source.config.token == SecretStr(TOKEN)
