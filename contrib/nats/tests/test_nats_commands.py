"""``eventflow events tail`` and ``eventflow events dead`` over a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner, Result

from eventflow.bus.delivery import DeadLetter
from eventflow.cli.main import cli
from eventflow.events import BaseEvent
from eventflow_nats.transport import NatsTransport

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _invoke(*arguments: str) -> Result:
    words = ["events", *arguments, "--pipeline", "p.yaml"]
    return CliRunner().invoke(cli, words, standalone_mode=False)


def test_tail_and_dead_letters(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events are printed as they are; a letter is listed, sent again and then gone."""
    monkeypatch.chdir(tmp_path)
    used = {"name": "x", "source": {"use": "nobody"}, "transport": {"use": "nats"} | options}
    (tmp_path / "p.yaml").write_text(json.dumps(used))
    transport = NatsTransport(**options)
    sent = [BaseEvent(event_type=kind) for kind in ("a.b", "x.y", "a.c")]
    transport.send(sent)
    tailed = _invoke("tail", "a.*", "--all", "--limit", "2", "--ndjson")
    told = [json.loads(line)["event_id"] for line in tailed.stdout.splitlines()]
    assert told == [str(sent[0].event_id), str(sent[2].event_id)]
    letter = DeadLetter(content=sent[0].to_bytes(), reason="no paper", attempts=3, group="print")
    transport.dead_letters().put(letter)
    assert "no paper" in _invoke("dead", "list").stdout
    assert _invoke("dead", "show", letter.letter_id).exception is None
    assert _invoke("dead", "resend", letter.letter_id).exception is None
    assert not list(transport.dead_letters().letters())
    kept = [d.event.event_type for d in transport.open("*", start="earliest").receive(9, 1)]
    assert kept == ["a.b", "x.y", "a.c", "a.b"]
    transport.close()
