"""A secret that went in never comes out: not on a terminal, not in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

CANARY = "canary-4f9d2c71"
PIPELINE = """\
name: secret
source:
  use: csv
  path: rows.csv
steps:
  - use: derive
    columns:
      marked: "'${SECRET}'"
  - use: select
    columns: [id]
sink:
  use: parquet
  path: out/rows.parquet
trackers:
  - use: jsonl
    path: out/tracked
transport:
  use: memory
"""
PLACES = {"environment": "${env:CANARY}", "file": "${file:canary.txt}"}


@pytest.fixture(params=list(PLACES.values()), ids=list(PLACES))
def pipeline(request: pytest.FixtureRequest, eventflow: CommandLine) -> str:
    """A pipeline that uses a secret in an option of a step."""
    eventflow.write("rows.csv", "id,amount\n1,2\n2,3\n")
    eventflow.write("canary.txt", f"{CANARY}\n")
    return eventflow.write("secret.yaml", PIPELINE.replace("${SECRET}", request.param))


@pytest.mark.parametrize(
    "arguments",
    [("run",), ("run", "--json"), ("run", "--debug"), ("explain",), ("check", "--json")],
    ids=" ".join,
)
def test_no_output_and_no_file_holds_the_secret(
    eventflow: CommandLine, pipeline: str, arguments: tuple[str, ...]
) -> None:
    """Output, report, run record, log, tracker, events: none has it."""
    command, *options = arguments
    ended = eventflow(command, pipeline, *options, CANARY=CANARY)
    assert ended.code == 0, ended.stderr
    assert CANARY not in ended.stdout + ended.stderr
    assert _holders(eventflow.folder) == []


def test_a_failed_run_does_not_tell_the_secret_either(
    eventflow: CommandLine, pipeline: str
) -> None:
    """Error texts quote values; a secret among them is masked."""
    text = (eventflow.folder / pipeline).read_text(encoding="utf-8")
    broken = eventflow.write("broken.yaml", text.replace("[id]", "[id, nope]"))
    ended = eventflow("run", broken, "--debug", CANARY=CANARY)
    assert ended.code == 1, ended.stderr
    assert CANARY not in ended.stdout + ended.stderr
    assert _holders(eventflow.folder) == []


def _holders(folder: Path) -> list[str]:
    """Return the files that hold the secret, but for the file it came from."""
    files = (p for p in folder.rglob("*") if p.is_file() and "examples" not in p.parts)
    holding = [p.relative_to(folder) for p in files if CANARY.encode() in p.read_bytes()]
    return [str(p) for p in holding if p.name != "canary.txt"]
