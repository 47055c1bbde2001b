"""What the journeys with bad input share: pipelines, and what every failure must be like."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import eventflow

if TYPE_CHECKING:
    from command_line import CommandLine, Ended

COPY = """\
name: copy
source:
  use: csv
  path: in.csv
sink:
  use: csv
  path: out/result.csv
"""
CHURN = """\
name: churn
source:
  use: csv
  path: in.csv
quality:
  minimum_score: 50
  uniqueness: 0.5
blueprint:
  use: customer_churn
  as_of: 2024-01-01
sink:
  use: parquet
  path: out/result.parquet
"""
CUSTOMERS = "customer_id,last_activity_date,account_created_date,total_value\n"
RESULT = re.compile(r"^\S+ (\w+) (.*)$")


def put(eventflow: CommandLine, data: str | bytes, text: str = COPY) -> str:
    """Write ``in.csv`` and a pipeline; return the pipeline's name."""
    raw = data.encode() if isinstance(data, str) else data
    (eventflow.folder / "in.csv").write_bytes(raw)
    return eventflow.write("pipeline.yaml", text)


def outputs(eventflow: CommandLine) -> list[str]:
    """Return the names of the files under ``out``, hidden ones too."""
    out = eventflow.folder / "out"
    return sorted(p.name for p in out.rglob("*") if p.is_file()) if out.is_dir() else []


def problems(ended: Ended) -> list[dict[str, str]]:
    """Return the facts of each problem that a run told into a pipe."""
    told = (RESULT.match(line) for line in ended.stdout.splitlines())
    return [_facts(match[2]) for match in told if match and match[1] == "problem"]


def record(eventflow: CommandLine) -> Any:
    """Return the record of the newest run."""
    return eventflow("runs", "show", "--json").document


def assert_failed_well(eventflow: CommandLine, ended: Ended, code: str, *said: str) -> None:
    """Check what every run that fails owes its user.

    A coded problem that names place and fix and says these words, no traceback, no output, and a
    report that gives the same reason.
    """
    everything = ended.stdout + ended.stderr
    assert "Traceback" not in everything
    found = problems(ended)
    assert [p["code"] for p in found][:1] == [code], everything
    assert found[0].keys() >= {"message", "fix"}, found[0]
    for words in said:
        assert words in " ".join(found[0].values()), found[0]
    assert outputs(eventflow) == []
    _assert_report(eventflow, code)


def _assert_report(eventflow: CommandLine, code: str) -> None:
    [folder] = (eventflow.folder / ".eventflow" / "runs").iterdir()
    assert code in (folder / "report.html").read_text(encoding="utf-8")
    assert sorted(p.name for p in folder.iterdir() if p.name.startswith(".")) == []


def assert_adds_up(ledger: Any) -> None:
    """Check the law of the ledger on a record's own numbers."""
    gone = sum(e["rows"] for e in ledger["entries"] if e["kind"] not in ("added", "flagged"))
    assert ledger["read"] == ledger["result"] + gone
    assert ledger["adds_up"]


def kept(ledger: Any, folder: Path) -> list[Path]:
    """Return the files in which rows were kept aside."""
    return [folder / e["kept"] for e in ledger["entries"] if e["kept"]]


def _facts(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in shlex.split(text) if "=" in pair)


def run(data: str, *, state: Path | None = None, **sections: Any) -> Any:
    """Write ``in.csv`` here and run a pipeline over it in this process; return its result.

    Args:
        data: Text of the file.
        state: What a run before learned.
        sections: Sections of the pipeline; ``source`` gives options beside the path.
    """
    Path("in.csv").write_text(data, encoding="utf-8")
    source = {"use": "csv", "path": "in.csv", **sections.pop("source", {})}
    return eventflow.run({"name": "odd", "source": source, **sections}, state=state)


def refusal(data: str, **sections: Any) -> Any:
    """Run a pipeline that must fail; return the one problem that it tells."""
    with pytest.raises(eventflow.EventflowError) as raised:
        run(data, **sections)
    [problem] = raised.value.problems
    return problem


def left(result: Any) -> dict[str, int]:
    """Return reason → rows of what a run's ledger tells, which must add up."""
    assert result.ledger.adds_up
    return {entry.reason: entry.rows for entry in result.ledger.entries if entry.rows}


def warned(result: Any) -> dict[str, str]:
    """Return code → message of a run's warnings."""
    return {warning.code: warning.message for warning in result.record.warnings}
