"""Law 5, every row accounted for: the ledger adds up, reason by reason, wherever it is shown."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
from attrs import define, field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import eventflow
from eventflow.runs.orchestrate import RunFailedError
from eventflow.runs.store import RunStore
from eventflow.schema import EventSchema
from law_kit import host_with, source_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from command_line import CommandLine
    from eventflow.runs.result import RunResult

AS_OF = datetime(2020, 2, 1)  # noqa: DTZ001 - the events' times are naive
COLUMNS = {"who": pl.String(), "seen": pl.Datetime("us"), "n": pl.String(), "amount": pl.Float64()}
SCHEMA = EventSchema(entity="who", timestamp="seen")
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", None]),
        st.integers(-3, 3).map(lambda days: AS_OF + timedelta(days=days)) | st.none(),
        st.sampled_from(["1", " 2", "3.0", "x", "", None]),
        st.sampled_from([-1.0, 0.0, 1.0, 2.5, None]),
    ),
    max_size=40,
)


@define
class Oracle:
    """Does by DuckDB what the pipeline does, one step after the other, and counts.

    Attributes:
        rows: What is left.
        read: Rows there were.
        gone: Stage, kind and reason → rows.
        aside: The quarantined rows themselves with their reasons.
        closed: Whether a gate found no evidence to judge by.
    """

    rows: pl.DataFrame
    read: int = field(init=False)
    gone: dict[tuple[str, str, str], int] = field(factory=dict)
    aside: list[pl.DataFrame] = field(factory=list)
    closed: bool = False

    def __attrs_post_init__(self) -> None:
        """Count what there is."""
        self.read = self.rows.height

    def take(self, stage: str, kind: str, reason: str, condition: str) -> None:
        """Take out the rows for which a SQL condition is true."""
        gone = self.sql(f"from t where ({condition}) is true")
        self.rows = self.sql(f"from t where ({condition}) is not true")
        self.note(stage, kind, reason, gone)

    def note(self, stage: str, kind: str, reason: str, gone: pl.DataFrame) -> None:
        """Count rows that are gone, and keep them if they are quarantined."""
        if gone.height:
            key = (stage, kind, reason)
            self.gone[key] = self.gone.get(key, 0) + gone.height
        if gone.height and kind == "quarantined":
            self.aside.append(gone.with_columns(reason=pl.lit(reason)))

    def sql(self, query: str) -> pl.DataFrame:
        """Query the rows as ``t``."""
        self.rows.write_parquet("oracle.parquet")
        found = duckdb.execute(f"with t as (from 'oracle.parquet') {query}").fetchall()
        return pl.DataFrame(found, schema=self.rows.schema, orient="row")


Move = tuple[dict[str, Any], "Callable[[Oracle, str], None]"]


def counted_rows(rows: pl.DataFrame) -> list[Any]:
    """Return rows in an order of their own, so that equal multisets are equal lists."""
    return sorted((tuple(map(str, row)) for row in rows.iter_rows()), key=str)


def require(column: str, outcome: str) -> Move:
    """Require a column."""
    options = {"use": "require", "columns": [column], "outcome": outcome}
    return options, lambda o, at: o.take(at, outcome, f"no {column}", f"{column} is null")


def keep(where: str, outcome: str, reason: str | None) -> Move:
    """Filter."""
    options = {"use": "filter", "where": where, "outcome": outcome, "reason": reason}
    said = reason or f"not ({where})"

    def oracle(o: Oracle, at: str) -> None:
        o.take(at, outcome, f"{where} is unknown", f"({where}) is null")
        o.take(at, outcome, said, f"not ({where})")

    return {k: v for k, v in options.items() if v is not None}, oracle


def deduplicate(outcome: str) -> Move:
    """Keep each distinct row once."""

    def oracle(o: Oracle, at: str) -> None:
        once = o.rows.unique()
        columns = ", ".join(o.rows.columns)
        copies = o.sql(f"from t qualify row_number() over (partition by {columns}) > 1")
        o.note(at, outcome, "duplicate", copies)
        o.rows = once

    return {"use": "deduplicate", "outcome": outcome}, oracle


def cast(outcome: str) -> Move:
    """Read text as whole numbers; what is none leaves."""

    def oracle(o: Oracle, at: str) -> None:
        bad = "not regexp_full_match(trim(n), '[0-9]+')"
        o.take(at, outcome, "not a whole number: n", bad)

    return {"use": "cast", "columns": {"n": "i64"}, "outcome": outcome}, oracle


def derive() -> Move:
    """Add a column; no row leaves."""
    return {"use": "derive", "columns": {"amount": "amount * 2"}}, lambda o, _: _double(o)


def _double(oracle: Oracle) -> None:
    oracle.rows = oracle.rows.with_columns(pl.col("amount") * 2)


def gate(on_fail: str) -> Move:
    """Take out rows that fail a rule; the gate itself stays open."""
    options = {
        "use": "quality.gate",
        "minimum_score": None,
        "high_allowed": 99,
        "on_fail": on_fail,
        "columns": {
            "amount": {"minimum": 0, "severity": "low"},
            "who": {"severity": "low"},
            "seen": {"severity": "low"},
        },
    }
    kind = {"drop": "dropped", "quarantine": "quarantined"}[on_fail]

    def oracle(o: Oracle, at: str) -> None:
        o.closed = o.closed or o.rows["amount"].count() == 0
        for column in ("seen", "who"):
            o.take(at, kind, f"{column} not present", f"{column} is null")
        o.take(at, kind, "amount not present", "amount is null")
        o.take(at, kind, "amount not at least 0", "amount < 0")

    return options, oracle


def aggregate() -> Move:
    """One row per entity; what is left out and what is folded is counted."""

    def oracle(o: Oracle, at: str) -> None:
        o.take(at, "dropped", "no who", "who is null")
        o.take(at, "dropped", "no seen", "seen is null")
        o.take(at, "dropped", "not before as_of", f"seen >= timestamp '{AS_OF}'")
        rows = o.rows.height
        o.rows = o.rows.unique("who")
        if lost := rows - o.rows.height:
            o.gone[at, "folded", "folded into one row per who"] = lost

    return {"use": "features.aggregate", "as_of": str(AS_OF), "aggregates": ["count"]}, oracle


OUTCOMES = st.sampled_from(["dropped", "quarantined"])
MOVES = st.lists(
    st.builds(require, st.sampled_from(["who", "seen", "amount"]), OUTCOMES)
    | st.builds(keep, st.sampled_from(["amount > 0", "who = 'a'"]), OUTCOMES, st.just("unfit"))
    | st.builds(keep, st.just("amount < 2"), OUTCOMES, st.none())
    | st.builds(deduplicate, OUTCOMES)
    | st.just(None).map(lambda _: derive())
    | st.builds(gate, st.sampled_from(["drop", "quarantine"])),
    max_size=5,
)
ENDS = st.sampled_from([(), (aggregate(),)]) | OUTCOMES.map(lambda outcome: (cast(outcome),))


def assert_as_counted(result: RunResult, oracle: Oracle) -> None:
    """Compare the ledger, entry by entry, and every quarantine file, row by row."""
    assert result.data is not None
    ledger = result.ledger
    assert ledger.adds_up
    assert (ledger.read, ledger.result) == (oracle.read, result.data.height)
    assert result.data.height == oracle.rows.height
    found: dict[tuple[str, str, str], int] = {}
    for entry in ledger.entries:
        key = (entry.stage, entry.kind, entry.reason)
        found[key] = found.get(key, 0) + entry.rows
    assert found == oracle.gone
    kept = {Path(e.kept) for e in ledger.entries if e.kept}
    files = [pl.read_parquet(path) for path in kept]
    found_aside = [row for rows in files for row in counted_rows(rows.select(_kept_of(rows)))]
    read = _kept_of(files[0]) if files else []  # of columns that nothing reads, nothing is kept
    expected = [row for rows in oracle.aside for row in counted_rows(rows.select(read))]
    assert sorted(found_aside) == sorted(expected)
    for rows in (rows for rows in files if "reasons" in rows.columns):
        assert rows["reasons"].list.first().equals(rows["reason"], check_names=False)


def _kept_of(rows: pl.DataFrame) -> list[str]:
    return [name for name in rows.columns if name != "reasons"]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=EVENTS, moves=MOVES, end=ENDS, share=st.sampled_from([0, 0.25]))
def test_every_row_of_every_pipeline_is_accounted_for(
    rows: list[Any], moves: list[Move], end: tuple[Move, ...], share: float
) -> None:
    """Any pipeline of official steps: what left, where, why and what is kept, as DuckDB says."""
    frame = pl.DataFrame(rows, schema=COLUMNS, orient="row")
    oracle = Oracle(frame)
    pipeline = [*moves, *end]
    for i, (_, expected) in enumerate(pipeline):
        expected(oracle, f"steps.{i}")
    config = {
        "source": {"use": "t"},
        "steps": [options for options, _ in pipeline],
        "engine": {"use": "local", "memory_share": share},
    }
    host = host_with(t=source_of(frame.lazy(), SCHEMA))
    if oracle.closed:
        with pytest.raises(RunFailedError, match="no evidence"):
            eventflow.run(config, host=host)
    else:
        assert_as_counted(eventflow.run(config, host=host), oracle)


def test_the_same_ledger_is_shown_everywhere(eventflow: CommandLine) -> None:
    """What ``--json`` prints is what the run's record holds, and the report and the pipe show."""
    rows = "".join(f"{n},{n % 3}\n" for n in range(3000))
    eventflow.write("t.csv", f"a,b\n{rows}1\n1,2,3\n")
    steps = [
        {"use": "filter", "where": "b > 0", "reason": "b is zero"},
        {"use": "deduplicate", "by": ["b"], "reason": "seen before"},
    ]
    config = {"source": {"use": "csv", "path": "t.csv"}, "steps": steps}
    eventflow.write("p.json", json.dumps(config))
    shown = eventflow("run", "p.json", "--json").document
    record = RunStore(eventflow.folder / ".eventflow").get()
    assert record.ledger is not None
    entries = [(e.stage, e.kind, e.reason, e.rows) for e in record.ledger.entries]
    fields = ("stage", "kind", "reason", "rows")
    assert [tuple(e[f] for f in fields) for e in shown["ledger"]["entries"]] == entries
    assert (record.ledger.read, record.ledger.result) == (3002, 2)
    assert record.ledger.adds_up
    assert sorted(entry[3] for entry in entries) == [1, 1, 1000, 1998]
    assert record.report_path is not None
    report = (eventflow.folder / record.report_path).read_text(encoding="utf-8")
    piped = eventflow("runs", "show", record.short_id).stdout
    for *_, reason, number in entries:
        assert reason in report
        assert f"{number:,}" in report
        assert reason in piped
