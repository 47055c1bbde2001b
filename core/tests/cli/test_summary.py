from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from eventflow.cli.output import ASCII, UNICODE
from eventflow.cli.plain_summary import plain_lines
from eventflow.cli.summary import summary_lines
from eventflow.cli.text import cells, cut, plain, wrap
from eventflow.ledger import LedgerEntry
from eventflow.report import facts
from eventflow.runs.record import RunState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.cli.output import Glyphs
    from eventflow.runs.record import RunRecord

KINDS = ("success", "warnings", "gate_closed", "failed", "cancelled", "nasty", "bare", "wide_100")
NUMBER = re.compile(r"^  ([a-z ]{1,11}) +\+?\(?([\d,]+)\)?(?:   |$)")


def ledger_of(lines: list[str]) -> list[tuple[str, int]]:
    """Read the ledger back from the lines: label and rows."""
    found = [NUMBER.match(line) for line in lines]
    return [(m[1].strip(), int(m[2].replace(",", ""))) for m in found if m]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(
    samples: Mapping[str, RunRecord], kind: str, glyphs: Glyphs, width: int
) -> None:
    """Nothing wraps but a path alone on its line; ASCII terminals get ASCII."""
    for line in summary_lines(samples[kind], glyphs, color=False, width=width):
        if not line.lstrip().startswith(glyphs.arrow):  # a path alone on its line is never cut
            assert cells(line) <= width
        assert "\n" not in line
        assert glyphs is UNICODE or line.isascii()


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_line_is_something_to_do(samples: Mapping[str, RunRecord], kind: str) -> None:
    """It is a command, whole and copyable."""
    record = samples[kind]
    last = summary_lines(record, UNICODE, color=False)[-1]
    assert last.split(maxsplit=1) == ["report", f"eventflow runs open {record.short_id}"]


def test_success_fits_fifteen_lines(samples: Mapping[str, RunRecord]) -> None:
    """At most 15 lines beside those that name the features, even with many reasons and outputs."""
    good = samples["success"]
    assert good.ledger is not None
    many = tuple(
        LedgerEntry(stage="steps.0", kind="dropped", reason=f"reason {i}", rows=i) for i in range(9)
    )
    busy = evolve(good, ledger=evolve(good.ledger, entries=many, result=good.ledger.read - 36))
    for record in (good, busy):
        lines = summary_lines(record, UNICODE, color=False)
        start = next(i for i, line in enumerate(lines) if line.startswith("  features"))
        features = lines[start : lines.index("", start)]
        assert len(lines) - len(features) <= 15
        assert len(features) <= 9


@pytest.mark.parametrize("kind", ["success", "warnings", "gate_closed", "nasty", "wide_100"])
def test_the_ledger_adds_up_in_the_terminal(samples: Mapping[str, RunRecord], kind: str) -> None:
    """The numbers as printed: read = everything below, flagged rows aside."""
    rows = ledger_of(summary_lines(samples[kind], UNICODE, color=False))
    (first, read), *others = rows
    assert first == "read"
    assert others[-1][0] == "result"
    assert read == sum(n for label, n in others if label != "flagged")
    ledger = samples[kind].ledger
    assert ledger is not None
    assert (read, others[-1][1]) == (ledger.read, ledger.result)


@pytest.mark.parametrize(("gone", "stayed"), [(3, 9), (9, 9), (9, 0), (6, 1), (1, 6)])
def test_the_ledger_adds_up_where_reasons_are_many(
    samples: Mapping[str, RunRecord], gone: int, stayed: int
) -> None:
    """What left comes first; rows that stayed are never added to it, and the most of them told."""
    good = samples["success"]
    assert good.ledger is not None
    entries = (
        *(
            LedgerEntry(stage="steps.0", kind="flagged", reason=f"flagged {i}", rows=i + 1)
            for i in range(stayed)
        ),
        *(
            LedgerEntry(stage="steps.0", kind="dropped", reason=f"dropped {i}", rows=i + 1)
            for i in range(gone)
        ),
    )
    result = good.ledger.read - sum(range(gone + 1))
    record = evolve(good, ledger=evolve(good.ledger, entries=entries, result=result))
    lines = summary_lines(record, UNICODE, color=False)
    (_, read), *others = ledger_of(lines)
    assert read == sum(n for label, n in others if label != "flagged")
    assert len(others) <= 7
    assert any(f"dropped {gone - 1} " in f"{line} " for line in lines)
    assert not stayed or any(f"flagged {stayed - 1} " in line for line in lines)


def test_numbers_are_aligned(samples: Mapping[str, RunRecord]) -> None:
    """Every number of the ledger ends in the same column (a parenthesis hangs)."""
    lines = summary_lines(samples["success"], UNICODE, color=False)
    ends = {m.end(2) for m in map(NUMBER.match, lines) if m and m[1].strip() != "flagged"}
    assert len(ends) == 1


def test_success_tells_the_essentials(samples: Mapping[str, RunRecord]) -> None:
    """Rows, reasons, where kept, quality by dimension, features, outputs, time and memory."""
    text = "\n".join(summary_lines(samples["success"], UNICODE, color=False))
    for part in (
        "churn.yaml   retail-churn   as of 2011-12-10",
        "online_retail, 7 of 8 columns",
        "→ .eventflow/runs/7b2c793c/quarantine.parquet",
        "93 of 100, minimum 80: completeness 96, uniqueness 96, validity 98",
        "engagement_score (12.0 % missing)",
        "✓ done in 1.4 s, 412 MiB peak",
        "out/churn.parquet   5,942 rows, 212 KiB",
    ):
        assert part in text


def test_a_result_that_nothing_keeps_is_told(samples: Mapping[str, RunRecord]) -> None:
    """Who expected a file learns why there is none; a sink that wrote nothing is another matter."""
    good = samples["success"]
    without = tuple(node for node in good.nodes if node.role != "sink")
    for nodes, told in ((without, True), (good.nodes, False)):
        lines = summary_lines(evolve(good, nodes=nodes, outputs=()), UNICODE, color=False)
        assert ("  not written: the pipeline has no sink" in lines) is told


def test_warnings_are_listed_with_codes(samples: Mapping[str, RunRecord]) -> None:
    """The run went on, and says what to know."""
    text = "\n".join(summary_lines(samples["warnings"], UNICODE, color=False))
    assert "▲ 2 warnings" in text
    assert "EF402  blueprint.0: 12 % of recency_days is missing" in text


def test_a_closed_gate_says_why_and_what_to_do(samples: Mapping[str, RunRecord]) -> None:
    """Score, the checks that failed with their shares, and how to accept the data."""
    text = "\n".join(summary_lines(samples["gate_closed"], UNICODE, color=False))
    assert "✗ quality 71 of 100, minimum 80: nothing was written" in text
    assert "customer_id   0.772, required 0.95   243,007 rows" in text
    assert "--set quality.minimum_score=70" in text
    assert "done in" not in text


def test_a_failure_says_what_where_whose_and_the_fix(samples: Mapping[str, RunRecord]) -> None:
    """Everything in a problem is there, within twelve lines."""
    lines = summary_lines(samples["failed"], UNICODE, color=False)
    text = "\n".join(lines)
    for part in ("✗ EF501", "churn.yaml:9:5", "eventflow-churn 0.1.0", "fix", "check churn.yaml"):
        assert part in text
    assert len(lines) <= 14


def test_a_plugin_of_a_transport_counts(samples: Mapping[str, RunRecord]) -> None:
    """It is in no node of the plan, and yet took part."""
    success = samples["success"]
    more = evolve(success, versions={**success.versions, "acme-journal": "1.0"})
    assert len(facts.plugins(more)) == len(facts.plugins(success)) + 1


def test_unexplained_rows_are_not_called_done(samples: Mapping[str, RunRecord]) -> None:
    """A ledger that does not add up is marked, not hidden."""
    good = samples["success"]
    assert good.ledger is not None
    short = evolve(good, ledger=evolve(good.ledger, result=5_940))
    text = "\n".join(summary_lines(short, UNICODE, color=False))
    assert "▲ done in 1.4 s, 412 MiB peak, 2 rows not accounted for" in text


@pytest.mark.parametrize("kind", KINDS)
def test_colour_says_nothing_that_words_do_not(samples: Mapping[str, RunRecord], kind: str) -> None:
    """Without its colour codes, the coloured summary is the plain one."""
    coloured = summary_lines(samples[kind], UNICODE, color=True)
    assert [click.unstyle(line) for line in coloured] == summary_lines(
        samples[kind], UNICODE, color=False
    )


@pytest.mark.parametrize("kind", KINDS)
def test_plain_lines_are_one_fact_each(samples: Mapping[str, RunRecord], kind: str) -> None:
    """ISO time, event, key=value; the ledger adds up there as well."""
    record = samples[kind]
    lines = plain_lines(record)
    shape = re.compile(
        r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [a-z_]+( [a-z_]+=("(\\.|[^"\\])*"|[^ "=]+))*$'
    )
    assert [line for line in lines if not shape.match(line)] == []
    assert lines[-1].split(" ")[1] == "end"
    if record.ledger is not None:
        facts_ = [(line.split(" ")[1], re.search(r" rows=(\d+)", line)) for line in lines]
        kinds = {line.kind.replace(" ", "_") for line in facts.ledger_lines(record)}
        rows = [(event, int(m[1])) for event, m in facts_ if m and event in kinds]
        assert rows[0] == ("read", record.ledger.read)
        assert sum(n for event, n in rows[1:] if event != "flagged") == record.ledger.read


def test_every_state_has_a_summary(samples: Mapping[str, RunRecord]) -> None:
    """No state is forgotten."""
    for state in RunState:
        assert summary_lines(evolve(samples["success"], state=state), ASCII, color=False)


@given(st.text(), st.integers(4, 40))
def test_cut_text_fits(text: str, width: int) -> None:
    """Text is cut to the columns it takes, wide characters included."""
    for glyphs in (UNICODE, ASCII):
        clean = plain(text, glyphs)
        assert cells(cut(clean, width, glyphs)) <= width
        if cells(clean) <= width:
            assert cut(clean, width, glyphs) == clean


def test_words_are_wrapped_whole() -> None:
    """A word longer than the line has a line of its own."""
    assert wrap(["a", "bb", "ccc", "dddddd", "e"], 4) == ["a bb", "ccc", "dddddd", "e"]


def test_a_kept_path_is_whole_wherever_it_stands(
    samples: Mapping[str, RunRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be copied: relative to the working directory where that is shorter, never cut."""
    folder = tmp_path / ("deep" * 8)
    folder.mkdir()
    monkeypatch.chdir(folder)
    record = samples["success"]
    assert record.ledger is not None
    path = folder / "runs" / ("x" * 20) / "quarantine" / "steps.2.parquet"
    entries = tuple(evolve(e, kept=str(path)) for e in record.ledger.entries)
    shown = summary_lines(
        evolve(record, ledger=evolve(record.ledger, entries=entries)), UNICODE, color=False
    )
    kept = [line.partition("→ ")[2] for line in shown if "steps.2" in line]

    assert len(kept) == len(entries)
    assert {Path(k).absolute() for k in kept} == {path}
    assert all(not Path(k).is_absolute() for k in kept)
