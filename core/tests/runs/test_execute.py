"""Execution: passes, rows, statistics, gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from eventflow.base import BaseStep
from eventflow.engines.local import LocalEngine
from eventflow.frame import EventFrame, Rejection
from eventflow.quality import Verdict
from eventflow.runs.errors import GateClosedError, SourceFailedError, StateMismatchError
from eventflow.runs.execute import Execution
from eventflow.runs.plan import StepFailedError, hand_made
from eventflow.types import Locality, Rows, aggregate, ordered

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventflow.schema import EventSchema


class Reject(BaseStep):
    """Takes out rows of which `column` is above `above`."""

    rows: ClassVar[Rows] = "accounted"

    def __init__(self, column: str, above: int, outcome: str = "dropped") -> None:
        super().__init__()
        self.rule = Rejection(f"{column} above {above}", pl.col(column) > above, outcome)  # type: ignore[arg-type] # a literal in each call

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.reject(self.rule)


class Silent(BaseStep):
    """Filters without saying so, as a careless plugin does."""

    def __init__(self, expr: pl.Expr) -> None:
        super().__init__()
        self.expr = expr

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.pipe(lambda lf: lf.filter(self.expr))


class SumBy(BaseStep):
    """Folds rows into one per key."""

    @property
    def locality(self) -> Locality:
        return aggregate("k")

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.pipe(lambda lf: lf.group_by("k").agg(pl.col("a").sum()))


class Named(BaseStep):
    """Takes out rows for a reason of its own."""

    rows: ClassVar[Rows] = "accounted"

    def __init__(self, reason: str, when: pl.Expr) -> None:
        super().__init__()
        self.rule = Rejection(reason, when)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.reject(self.rule)


class Liar(BaseStep):
    """Says that it keeps every row, and keeps those of which `a` is not 3."""

    rows: ClassVar[Rows] = "kept"

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.pipe(lambda lf: lf.filter(pl.col("a") != 3))


class Latest(BaseStep):
    """Needs each key's rows in order."""

    rows: ClassVar[Rows] = "kept"

    @property
    def locality(self) -> Locality:
        return ordered("k", time="a")

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame


class Disconnected(BaseStep):
    """Loses its connection."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        raise ConnectionResetError


class Panics(BaseStep):
    """Panics, as Polars does on some damaged input."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        raise pl.exceptions.PanicException("index out of bounds")  # noqa: EM101, TRY003 - as Rust says it


class Explode(BaseStep):
    """Makes two rows of each."""

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.pipe(lambda lf: pl.concat([lf, lf]))


@frozen
class Mean:
    """State of `Centre`."""

    value: float


class Centre(BaseStep):
    """Subtracts the mean it learned."""

    rows: ClassVar[Rows] = "kept"

    def learn(self, frame: EventFrame) -> pl.LazyFrame:
        return frame.lazy.select(pl.col("a").mean())

    def fit(self, statistics: pl.DataFrame) -> Mean:
        return Mean(statistics.item())

    def apply(self, frame: EventFrame, state: Mean) -> EventFrame:
        return frame.pipe(lambda lf: lf.with_columns(centred=pl.col("a") - state.value))


class Gate(BaseStep):
    """Asks for a mean of at least `minimum`."""

    rows: ClassVar[Rows] = "kept"

    def __init__(self, minimum: float) -> None:
        super().__init__()
        self.minimum = minimum

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        return frozenset({"a"})

    def measure(self, frame: EventFrame) -> pl.LazyFrame:
        return frame.lazy.select(pl.col("a").mean())

    def judge(self, metrics: pl.DataFrame) -> Verdict:
        low = metrics.item() < self.minimum
        return Verdict(score=metrics.item(), minimum=self.minimum, reasons=("low",) if low else ())

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame


class Explodes(BaseStep):
    """Fails when its rows are computed, not when they are planned."""

    rows: ClassVar[Rows] = "kept"

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.pipe(lambda lf: lf.with_columns(bad=pl.col("t").str.to_integer()))


def execute(
    data: dict[str, Any], steps: Sequence[BaseStep], folder: Path | None = None, share: float = 0.25
) -> tuple[Execution, pl.DataFrame]:
    """Run steps on data, and return the execution and its rows."""
    engine = LocalEngine(memory_share=share)
    execution = Execution(engine, EventFrame.of(data), estimated_bytes=1000, run_dir=folder)
    execution.steps(hand_made(steps))
    [rows] = execution.gather([execution.frame.lazy], "end")
    execution.trail.count(rows=rows.height)
    return execution, rows


DATA = {"a": [1, 2, 3, 3, 99, 9, 8, 5], "k": list("aabbccdd")}


def test_ledger_names_every_reason_and_adds_up(tmp_path: Path) -> None:
    """Dropped, quarantined, silently filtered and folded rows are all in the ledger."""
    steps = [Reject("a", 50), Reject("a", 7, "quarantined"), Silent(pl.col("a") != 3), SumBy()]

    execution, rows = execute(DATA, steps, tmp_path)

    ledger = execution.trail.ledger()
    assert (ledger.read, ledger.result) == (8, rows.height)
    assert [(e.stage, e.kind, e.rows) for e in ledger.entries] == [
        ("steps.0", "dropped", 1),
        ("steps.1", "quarantined", 2),
        ("steps.2", "dropped", 2),
        ("steps.3", "folded", 1),
    ]
    assert "gives no reason" in ledger.entries[2].reason
    assert ledger.adds_up


def test_quarantined_rows_are_kept_with_their_reason(tmp_path: Path) -> None:
    """The quarantine file holds the rows as they were, and why they left."""
    execution, _ = execute(DATA, [Reject("a", 7, "quarantined")], tmp_path)

    [entry] = execution.trail.ledger().entries
    assert entry.kept is not None
    kept = pl.read_parquet(entry.kept).sort("a")
    assert kept["a"].to_list() == [8, 9, 99]
    assert set(kept["reason"]) == {"a above 7"}


def test_nothing_quarantined_leaves_no_file(tmp_path: Path) -> None:
    """A rule that matched nothing leaves no empty file behind."""
    execution, _ = execute(DATA, [Reject("a", 1000, "quarantined")], tmp_path)

    assert execution.trail.ledger().entries == ()
    assert list(tmp_path.rglob("*.parquet")) == []


def test_equal_reasons_of_two_steps_stay_apart() -> None:
    """Two steps that give the same reason each keep their own line in the ledger."""
    execution, _ = execute(DATA, [Reject("a", 50), Silent(pl.col("a") != 9), Reject("a", 50)])
    same = execute(DATA, [Named("odd", pl.col("a") == 99), Named("odd", pl.col("a") == 9)])[0]

    assert [e.stage for e in execution.trail.ledger().entries] == ["steps.0", "steps.1"]
    assert [(e.stage, e.rows) for e in same.trail.ledger().entries] == [
        ("steps.0", 1),
        ("steps.1", 1),
    ]


def test_rows_a_source_could_not_deliver_are_the_sources(tmp_path: Path) -> None:
    """What left before the first step is not laid at the first step's door."""
    frame = EventFrame.of(DATA).reject(Rejection("bad row", pl.col("a") == 99))
    execution = Execution(LocalEngine(), frame, run_dir=tmp_path)
    execution.steps(hand_made([Reject("a", 8)]))
    execution.gather([execution.frame.lazy], "end")

    entries = execution.trail.ledger().entries
    assert [(e.stage, e.reason) for e in entries] == [
        ("source", "bad row"),
        ("steps.0", "a above 8"),
    ]


def test_account_that_does_not_fit_the_rows_leaves_them_unexplained() -> None:
    """A step that says it accounts for its rows and does not is found out by the next count."""
    execution, rows = execute(DATA, [Reject("a", 50), Liar()])

    ledger = execution.trail.ledger()
    assert (ledger.read, ledger.result) == (8, rows.height)
    assert ledger.unexplained == 2


def test_step_must_not_learn_where_a_state_was_given() -> None:
    """A saved state that lacks a step's part is an error, not a reason to learn again."""
    execution = Execution(LocalEngine(), EventFrame.of(DATA), learns=False)

    with pytest.raises(StateMismatchError, match="must learn"):
        execution.steps(hand_made([Centre()]))


def test_lost_connection_is_nobodys_mistake() -> None:
    """What may work when tried again leaves the execution as it is, so that a run can retry."""
    execution = Execution(LocalEngine(), EventFrame.of(DATA))

    with pytest.raises(ConnectionResetError):
        execution.steps(hand_made([Disconnected()]))


def test_panic_of_polars_in_a_step_names_the_step() -> None:
    """A panic is no `Exception`, yet the step that caused it is named."""
    execution = Execution(LocalEngine(), EventFrame.of(DATA))

    with pytest.raises(StepFailedError, match='step "Panics" failed'):
        execution.steps(hand_made([Panics()]))


def test_rows_that_do_not_fit_are_not_held_behind_an_ordering_step() -> None:
    """Only a step that folds rows lets the engine keep what the source was too large for."""
    engine = LocalEngine(memory_share=0.0)
    ordered_, folded = (
        Execution(engine, EventFrame.of(DATA), estimated_bytes=1000) for _ in range(2)
    )
    ordered_.steps(hand_made([Latest()]))
    folded.steps(hand_made([SumBy()]))
    ordered_.hold()
    folded.hold()

    assert (ordered_.held, folded.held) == (False, True)


def test_added_rows_are_accounted_for() -> None:
    """A step that makes rows shows up as `added`."""
    execution, rows = execute(DATA, [Explode()])

    ledger = execution.trail.ledger()
    assert rows.height == 16
    assert [(e.kind, e.rows) for e in ledger.entries] == [("added", 8)]
    assert ledger.adds_up


def test_consecutive_rules_cost_one_pass() -> None:
    """Rules of consecutive steps are merged into one account."""
    frame = EventFrame.of(DATA)
    for step in (Reject("a", 50), Reject("a", 7), Reject("a", 4)):
        frame = step.apply(frame, None)

    assert len(frame.accounts) == 1


def test_statistics_are_learned_after_what_comes_before() -> None:
    """A step learns on the rows that reach it."""
    execution, rows = execute(DATA, [Reject("a", 50), Centre()])

    assert execution.states["steps.1"] == Mean(31 / 7)
    assert rows["centred"].sum() == pytest.approx(0)


@pytest.mark.parametrize("share", [0.25, 0.0])
def test_same_answer_held_in_memory_or_read_again(share: float) -> None:
    """What the engine keeps in memory changes the passes, not the answer."""
    steps = [Reject("a", 50), Gate(1), Centre(), SumBy()]

    execution, rows = execute(DATA, steps, share=share)

    expected = {"a": 3, "b": 6, "c": 9, "d": 13}
    assert dict(rows.select("k", "a").iter_rows()) == expected
    assert execution.trail.ledger().adds_up


def test_closed_gate_stops_and_keeps_the_rows(tmp_path: Path) -> None:
    """Nothing after a closed gate runs; the refused rows are kept for a look."""
    with pytest.raises(GateClosedError) as caught:
        execute(DATA, [Gate(1000), Explodes()], tmp_path)

    assert caught.value.verdict.reasons == ("low",)
    assert pl.read_parquet(tmp_path / "rejected.parquet").height == 8


def test_step_that_fails_in_the_pass_names_itself() -> None:
    """The failing step is found although several steps ran in one query."""
    data = {**DATA, "t": ["x"] * 8}

    with pytest.raises(StepFailedError, match='step "Explodes" failed'):
        execute(data, [Reject("a", 50), Explodes(), Centre()])


def test_source_that_fails_in_the_pass_is_named(tmp_path: Path) -> None:
    """A file that goes away between planning and reading is the source's failure."""
    path = tmp_path / "gone.parquet"
    pl.DataFrame(DATA).write_parquet(path)
    lazy = pl.scan_parquet(path)
    lazy.collect_schema()
    path.write_bytes(b"PAR1 no longer a file PAR1")
    execution = Execution(LocalEngine(), EventFrame(lazy))

    with pytest.raises(SourceFailedError):
        execution.gather([execution.frame.lazy], "end")


rules = st.lists(
    st.one_of(
        st.builds(lambda n: Reject("a", n), st.integers(0, 9)),
        st.builds(lambda n: Reject("a", n, "quarantined"), st.integers(0, 9)),
        st.builds(lambda n: Silent(pl.col("a") != n), st.integers(0, 9)),
        st.builds(Explode),
        st.builds(lambda: Gate(-1)),
        st.builds(Centre),
    ),
    max_size=5,
)


@given(values=st.lists(st.integers(0, 9), min_size=1, max_size=20), steps=rules)
def test_ledger_always_adds_up(values: list[int], steps: list[BaseStep]) -> None:
    """Whatever the steps do to the rows, rows read = result + accounted, with the right ends."""
    data = {"a": values, "k": ["x"] * len(values)}
    kept = [s for s in steps if not isinstance(s, (Gate, Centre))]

    execution, rows = execute(data, kept)

    ledger = execution.trail.ledger()
    assert ledger.read == len(values)
    assert ledger.result == rows.height
    assert ledger.adds_up
