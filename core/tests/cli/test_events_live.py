"""``eventflow events tail`` and ``eventflow events dead``, over the transport that is a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from eventflow.bus.delivery import DeadLetter
from eventflow.cli.main import cli
from eventflow.errors import EventflowError
from eventflow.events import BaseEvent
from eventflow.store.transport import StoreTransport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def transport(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StoreTransport]:
    """Work in a folder with a pipeline file, and return its transport."""
    monkeypatch.chdir(tmp_path)
    text = "name: x\nsource: {use: nobody_has_it}\ntransport: {use: store, path: e.sqlite}\n"
    (tmp_path / "p.yaml").write_text(text)
    opened = StoreTransport(path=tmp_path / "e.sqlite")
    yield opened
    opened.close()


def invoke(*arguments: str) -> Result:
    """Run ``eventflow events …``."""
    return CliRunner().invoke(cli, ["events", *arguments], standalone_mode=False)


def test_tail_prints_matching_events_one_a_line(transport: StoreTransport) -> None:
    """With time, type, source and what they say; a star stands for one segment or more."""
    transport.send([BaseEvent(event_type=t, source="me") for t in ("a.b", "x.y", "a.b.c")])
    found = invoke("tail", "a.*", "--pipeline", "p.yaml", "--all", "--for", "0.2")
    assert found.exception is None
    lines = found.stdout.splitlines()
    assert [line.split()[1:] for line in lines] == [["a.b", "me"], ["a.b.c", "me"]]


def test_tail_as_lines_of_json_ends_after_a_number(transport: StoreTransport) -> None:
    """Each line is the event; what comes after the limit is not printed."""
    sent = [BaseEvent(event_type="a.b") for _ in range(3)]
    transport.send(sent)
    found = invoke("tail", "--pipeline", "p.yaml", "--all", "--limit", "2", "--ndjson")
    told = [json.loads(line)["event_id"] for line in found.stdout.splitlines()]
    assert told == [str(event.event_id) for event in sent[:2]]


def test_dead_letters_are_listed_shown_sent_again_and_forgotten(transport: StoreTransport) -> None:
    """What is sent again arrives under its own id, and its letter is gone."""
    event = BaseEvent(event_type="a.b", source="me")
    letters = transport.dead_letters()
    kept = DeadLetter(content=event.to_bytes(), reason="no paper", attempts=3, group="print")
    other = DeadLetter(content=b"no event", reason="it is none")
    letters.put(kept)
    letters.put(other)

    listed = invoke("dead", "list", "--pipeline", "p.yaml", "--json")
    shown = invoke("dead", "show", kept.letter_id, "--pipeline", "p.yaml")
    sent = invoke("dead", "resend", kept.letter_id, "--pipeline", "p.yaml")
    tailed = invoke("tail", "--pipeline", "p.yaml", "--all", "--for", "0.2", "--ndjson")
    gone = invoke("dead", "remove", "--all", "--pipeline", "p.yaml")

    told = json.loads(listed.stdout)["letters"]
    assert [(x["reason"], x["attempts"]) for x in told] == [("no paper", 3), ("it is none", 0)]
    assert "no paper" in shown.stdout
    assert str(event.event_id) in shown.stdout
    assert "sent again: 1" in sent.stderr
    assert json.loads(tailed.stdout)["event_id"] == str(event.event_id)
    assert "forgotten: 1" in gone.stderr
    assert list(letters.letters()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["tail", "--pipeline", "memory.yaml"], "EF731", "in the process of the run"),
        (["tail", "--pipeline", "none.yaml"], "EF731", "names no transport"),
        (["tail"], "EF731", "no pipeline file was given"),
        (["dead", "show", "nothing", "--pipeline", "p.yaml"], "EF732", "nothing"),
    ],
)
def test_what_cannot_be_listened_to_says_what_to_do(
    tmp_path: Path, transport: StoreTransport, arguments: list[str], code: str, says: str
) -> None:
    """Each with its code and a fix."""
    del transport
    (tmp_path / "memory.yaml").write_text("source: {use: x}\ntransport: {use: memory}\n")
    (tmp_path / "none.yaml").write_text("source: {use: x}\n")
    error = invoke(*arguments).exception
    assert isinstance(error, EventflowError)
    [problem] = error.problems
    assert problem.code == code
    assert says in problem.message
    assert problem.fix
