"""``eventflow events verify`` and ``eventflow events replay``."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from eventflow.cli.main import cli
from eventflow.events import BaseEvent
from eventflow.store import EventStore

if TYPE_CHECKING:
    from pathlib import Path

DAY = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return the file of a store with six events."""
    path = tmp_path / "e.sqlite"
    with EventStore(path) as opened:
        opened.append_many(
            BaseEvent(
                event_type=("a.x", "b.x")[n % 2],
                source=f"s{n}",
                correlation_id=f"run-{n % 3}",
                timestamp=DAY + timedelta(hours=n),
            )
            for n in range(6)
        )
    return path


def invoke(*arguments: str | Path) -> Result:
    """Run ``eventflow events …``."""
    return CliRunner().invoke(cli, ["events", *map(str, arguments)], standalone_mode=False)


@pytest.mark.parametrize(
    ("options", "sources"),
    [
        ([], "012345"),
        (["--run", "run-1"], "14"),
        (["--type", "b.*"], "135"),
        (["--since", "2026-03-01T03:00"], "345"),
        (["--since", "2026-03-01T04:00+01:00", "--until", "2026-03-01T05:00Z"], "34"),
        (["--from", "5"], "45"),
        (["--run", "run-1", "--type", "b.*"], "1"),
        (["--run", "nobody"], ""),
    ],
)
def test_replay_prints_the_events_that_were_asked_for(
    store: Path, options: list[str], sources: str
) -> None:
    """One JSON object a line, as it was stored."""
    lines = invoke("replay", "--store", store, *options).stdout.splitlines()
    assert [json.loads(line)["source"] for line in lines] == [f"s{digit}" for digit in sources]
    assert all(BaseEvent.from_json(line).to_json() == line for line in lines)


def test_verify_tells_what_was_proven(store: Path) -> None:
    """As text and as JSON; the hash that it prints can be asked for later."""
    told = json.loads(invoke("verify", store, "--json").stdout)
    assert (told["sound"], told["events"], told["first"], told["last"]) == (True, 6, 1, 6)
    text = invoke("verify", store, "--hash", told["hash"])
    assert "6 events are as they were appended" in text.stdout
    assert told["hash"] in text.stdout
    assert text.return_value == 0


def test_verify_names_the_first_bad_position(store: Path) -> None:
    """It exits with 1, and says so in both forms."""
    with sqlite3.connect(store) as db:
        db.execute("UPDATE event SET event_type = 'changed' WHERE position = 3")
    db.close()
    result = invoke("verify", store)
    assert result.return_value == 1
    assert "first bad position 3" in result.stdout
    assert "EF722" in result.stderr
    told = json.loads(invoke("verify", store, "--json").stdout)
    assert (told["sound"], told["first_bad"], told["events"]) == (False, 3, 2)


def test_verify_refuses_a_chain_without_the_noted_hash(store: Path) -> None:
    """A chain that fits is not enough."""
    result = invoke("verify", store, "--hash", "00" * 32)
    assert result.return_value == 1
    assert "does not contain the hash that was noted down" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [["replay", "--since", "yesterday"], ["replay", "--type", "a..b"], ["replay", "--from", "0"],
     ["verify", "--hash", "12"]],
)  # fmt: skip
def test_mistakes_of_use_are_told(arguments: list[str]) -> None:
    """What is no time, pattern, position or hash is refused before anything is opened."""
    result = CliRunner().invoke(cli, ["events", *arguments])
    assert result.exit_code == 2
    assert "Invalid value" in result.stderr
