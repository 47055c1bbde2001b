"""A secret that went in never comes out: not on a terminal, not in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
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


QUOTED = """\
name: quoted
source:
  use: csv
  path: rows.csv
steps:
  - use: filter
    where: "id <> '${env:CANARY}'"
    outcome: quarantined
  - use: filter
    where: "amount <> 2 and id <> '${env:CANARY}'"
    outcome: quarantined
sink:
  use: csv
  path: out/${env:CANARY}.csv
trackers:
  - use: jsonl
    path: tracked
transport:
  use: memory
"""
REASON = "not (amount <> 2 and id <> '${env:CANARY}')"


@pytest.fixture
def quoted(eventflow: CommandLine) -> str:
    """A pipeline whose reasons, plan and output's path are made of a secret."""
    eventflow.write("rows.csv", "id,amount\na,1\nb,2\n")
    return eventflow.write("quoted.yaml", QUOTED)


@pytest.mark.parametrize(
    "arguments",
    [("run",), ("run", "--json"), ("run", "--debug"), ("explain", "--json"),
     ("explain", "--format", "polars"), ("check",)],
    ids=" ".join,
)  # fmt: skip
def test_what_is_made_of_a_secret_is_masked_too(
    eventflow: CommandLine, quoted: str, arguments: tuple[str, ...]
) -> None:
    """Reasons of the ledger and of rows kept aside, plan text, paths: none has it."""
    command, *options = arguments
    ended = eventflow(command, quoted, *options, CANARY=CANARY)
    assert ended.code == 0, ended.stderr
    assert CANARY not in ended.stdout + ended.stderr
    assert _holders(eventflow.folder) == []
    if command == "run":
        assert (eventflow.folder / "out" / f"{CANARY}.csv").is_file()
        [aside] = (eventflow.folder / ".eventflow").rglob("quarantine/*.parquet")
        kept = pl.read_parquet(aside)
        assert kept["reason"].to_list() == [REASON]
    if arguments == ("run", "--json"):
        assert {entry["reason"] for entry in ended.document["ledger"]["entries"]} == {REASON}
        assert ended.document["outputs"][0]["path"] == "out/${env:CANARY}.csv"


def test_a_failure_that_quotes_the_secret_hides_it(eventflow: CommandLine, quoted: str) -> None:
    """In the message, in the traceback of --debug, in the run's log and its error.txt."""
    text = QUOTED.replace("amount <> 2", "CAST('${env:CANARY}' AS INT) > amount")
    broken = eventflow.write(quoted, text)
    for arguments in (("run",), ("run", "--debug"), ("explain", "--debug")):
        ended = eventflow(arguments[0], broken, *arguments[1:], CANARY=CANARY)
        assert ended.code == 1
        assert "CAST('${env:CANARY}' AS INT)" in ended.stdout + ended.stderr
        assert CANARY not in ended.stdout + ended.stderr
    assert _holders(eventflow.folder) == []


def _holders(folder: Path) -> list[str]:
    """Return the files that hold the secret, but for the file it came from."""
    files = (p for p in folder.rglob("*") if p.is_file() and "examples" not in p.parts)
    holding = [p.relative_to(folder) for p in files if CANARY.encode() in p.read_bytes()]
    return [str(p) for p in holding if p.name != "canary.txt"]
