"""Whole runs: states, events, retries, cancellation, and observers that fail."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
import pytest
from attrs import frozen

from eventflow.api import orchestrator, run, run_async
from eventflow.base import BaseBlueprint, BaseSink, BaseSource, BaseStep, BaseTracker, BaseTransport
from eventflow.blueprint import EXACT, Binding, FeatureSpec, FieldSpec
from eventflow.errors import ExitCode
from eventflow.frame import EventFrame, Rejection
from eventflow.plugins import PluginHost
from eventflow.quality import Verdict
from eventflow.runs.errors import TransientError
from eventflow.runs.orchestrate import RunFailedError
from eventflow.runs.record import RunRecord, RunState
from eventflow.runs.store import RunStore
from eventflow.schema import EventSchema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.bus.event import Event
    from eventflow.types import Rows

ROWS = {
    "who": ["a", "b", "c", None],
    "at": [datetime(2020, 1, n) for n in (1, 2, 3, 4)],  # noqa: DTZ001 - naive on purpose
    "n": [1.0, 2, 3, 4],
}


class Rows4(BaseSource):
    """Four rows."""

    name = "rows4"

    def scan(self) -> EventFrame:
        return EventFrame(pl.LazyFrame(ROWS), EventSchema(entity="who", timestamp="at"))

    def fingerprint(self) -> str:
        return "four"


class Flaky(Rows4):
    """Fails twice, then delivers."""

    name = "flaky"
    left = 2

    def scan(self) -> EventFrame:
        if Flaky.left:
            Flaky.left -= 1
            raise TransientError.of("busy")  # noqa: EM101 - what a service says
        return super().scan()


class File(BaseSink):
    """Writes aside, then renames."""

    name = "file"
    path = Path("result.parquet")
    aside = Path("result.tmp")

    def write(self, frame: EventFrame) -> pl.LazyFrame:
        sink = frame.lazy.sink_parquet(self.aside, lazy=True)
        assert sink is not None
        return sink

    def commit(self) -> Sequence[Path]:
        self.aside.rename(self.path)
        return [self.path]

    def abort(self) -> None:
        self.aside.unlink(missing_ok=True)


class BadCommit(File):
    """Cannot publish."""

    name = "bad_commit"

    def commit(self) -> Sequence[Path]:
        raise PermissionError("read-only")  # noqa: EM101 - what an operating system says


class NeedWho(BaseStep):
    """Drops rows without `who`."""

    name = "need_who"
    rows: ClassVar[Rows] = "accounted"

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.reject(Rejection("nobody", pl.col("who").is_null()))


class Closed(BaseStep):
    """A gate that is always closed."""

    name = "closed"
    rows: ClassVar[Rows] = "kept"

    def measure(self, frame: EventFrame) -> pl.LazyFrame:
        return frame.lazy.select(pl.len())

    def judge(self, metrics: pl.DataFrame) -> Verdict:
        return Verdict(score=10.0, minimum=80.0, reasons=("score 10, minimum 80",))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame


@frozen
class Top:
    """State of `Share`."""

    value: float


class Share(BaseStep):
    """Divides by the largest value learned."""

    rows: ClassVar[Rows] = "kept"

    def learn(self, frame: EventFrame) -> pl.LazyFrame:
        return frame.lazy.select(pl.col("n").max())

    def fit(self, statistics: pl.DataFrame) -> Top:
        return Top(statistics.item())

    def apply(self, frame: EventFrame, state: Top) -> EventFrame:
        return frame.pipe(lambda lf: lf.select("who", share=pl.col("n") / state.value))


class Shares(BaseBlueprint):
    """Share of the largest value."""

    name = "shares"
    version = "1"
    fields = (
        FieldSpec(name="who", families=("string",), description="whom", role="entity"),
        FieldSpec(name="extra", families=("numeric",), description="more", required=False),
    )
    features = (
        FeatureSpec(name="share", unit="1", formula="n / max", parity=EXACT, nulls="", source="-"),
        FeatureSpec(
            name="more", unit="1", formula="-", parity=EXACT, nulls="", source="-", needs=("extra",)
        ),
    )

    def steps(self, binding: Binding) -> Sequence[Share]:
        return [Share()]


class Deaf(BaseTransport):
    """Raises at everything."""

    name = "deaf"

    def publish(self, event: Event) -> None:
        raise ConnectionError

    def close(self) -> None:
        raise ConnectionError


class Clumsy(BaseTracker):
    """Raises at everything."""

    name = "clumsy"

    def params(self, params: Any) -> None:
        raise OSError


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with the components of this file, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    host = PluginHost()
    for component in (
        Rows4, Flaky, File, BadCommit, NeedWho, Closed, Shares, Deaf, Clumsy,
    ):  # fmt: skip
        host.register(component)
    return host


PIPELINE: dict[str, Any] = {
    "name": "test",
    "source": {"use": "rows4"},
    "steps": [{"use": "need_who"}],
    "blueprint": {"use": "shares", "as_of": "2020-02-01"},
    "sink": {"use": "file"},
}


def test_completed_run_is_recorded_whole(host: PluginHost) -> None:
    """Result, ledger, features, left-out features, provenance and report are all in the record."""
    result = run(PIPELINE, host=host)

    record = RunStore(".eventflow").get(result.record.short_id)
    assert record == result.record
    assert record.state is RunState.COMPLETED
    assert (result.ledger.read, result.ledger.result) == (4, 3)
    assert [(e.reason, e.rows) for e in result.ledger.entries] == [("nobody", 1)]
    assert result.features_created == ("share",)
    assert record.left_out == {"more": ("extra",)}
    assert record.inputs == {"rows4": "four"}
    assert record.as_of == datetime(2020, 2, 1, tzinfo=UTC)
    assert pl.read_parquet("result.parquet")["share"].sort().to_list() == pytest.approx(
        [1 / 3, 2 / 3, 1]
    )
    assert result.report is not None
    assert "nobody" in result.report.read_text()


def test_saved_state_is_used_instead_of_learning(host: PluginHost) -> None:
    """With a state, nothing is learned again: the shares are of the first run's maximum."""
    first = run({**PIPELINE, "steps": []}, host=host)
    second = run(PIPELINE, host=host, state=first.record.short_id)

    assert first.data is not None
    assert second.data is not None
    assert second.data["share"].max() == 3 / 4


def test_events_tell_the_life_of_a_run(host: PluginHost) -> None:
    """The configured transport gets typed events with one correlation id, in order."""
    seen: list[Event] = []

    class Listens(BaseTransport):
        """Keeps events."""

        def publish(self, event: Event) -> None:
            seen.append(event)

    host.register(Listens, name="listens")
    result = run({**PIPELINE, "transport": {"use": "listens"}}, host=host)

    kinds = [e.event_type for e in seen]
    assert kinds[:2] == ["pipeline.started", "pipeline.data.validated"]
    assert "pipeline.data.processed" in kinds
    assert kinds[-1] == "pipeline.completed"
    assert {e.correlation_id for e in seen} == {result.run_id}


def test_failing_observers_are_counted_never_felt(host: PluginHost) -> None:
    """A transport and a tracker that raise leave a warning; the result is the same."""
    result = run(
        {**PIPELINE, "transport": {"use": "deaf"}, "trackers": [{"use": "clumsy"}]}, host=host
    )

    assert result.status is RunState.COMPLETED
    assert {w.code for w in result.record.warnings} >= {"EF701", "EF702"}


def test_transient_failures_are_tried_again(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source that is busy twice delivers at the third attempt; rows are counted once."""
    monkeypatch.setattr(Flaky, "left", 2)

    result = run({**PIPELINE, "source": {"use": "flaky"}}, host=host)

    assert result.ledger.read == 4


def test_lasting_failures_end_the_run(host: PluginHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last attempt the run fails with the source's own error."""
    monkeypatch.setattr(Flaky, "left", 99)

    with pytest.raises(RunFailedError, match="busy") as caught:
        run({**PIPELINE, "source": {"use": "flaky"}}, host=host)

    assert Flaky.left == 96
    assert caught.value.record.state is RunState.FAILED


def test_closed_gate_publishes_nothing(host: PluginHost) -> None:
    """A closed gate ends with exit code 3 and no output, and the record says why."""
    with pytest.raises(RunFailedError, match="minimum 80") as caught:
        run({**PIPELINE, "quality": {"use": "closed"}}, host=host)

    assert caught.value.exit_code is ExitCode.GATE
    assert not Path("result.parquet").exists()
    assert caught.value.record.verdict is not None
    assert not caught.value.record.verdict.passed


def test_failed_commit_leaves_nothing_half_written(host: PluginHost) -> None:
    """When publishing fails, what was written aside is removed and the run has failed."""
    with pytest.raises(RunFailedError, match="read-only") as caught:
        run({**PIPELINE, "sink": {"use": "bad_commit"}}, host=host)

    assert not Path("result.tmp").exists()
    assert not Path("result.parquet").exists()
    record = RunStore(".eventflow").get()
    assert record.state is RunState.FAILED
    assert record.outputs == ()
    assert caught.value.record.run_dir is not None
    assert "PermissionError" in (Path(caught.value.record.run_dir) / "error.txt").read_text()


def test_run_without_rows_left_fails_with_the_reasons(host: PluginHost) -> None:
    """A blueprint with no rows left is an error that says what removed them."""

    class Nobody(NeedWho):
        """Drops everything."""

        def apply(self, frame: EventFrame, state: Any) -> EventFrame:
            return frame.reject(Rejection("all of them", pl.lit(value=True)))

    host.register(Nobody, name="nobody")
    with pytest.raises(RunFailedError, match="no rows are left") as caught:
        run({**PIPELINE, "steps": [{"use": "nobody"}]}, host=host)

    assert "all of them" in str(caught.value)


def test_cancelled_task_publishes_nothing(host: PluginHost) -> None:
    """Cancelling an async run stops it between passes, and leaves a CANCELLED record."""
    reached, release = Flag(), Flag()

    def wait(_: object) -> None:
        reached.set()
        release.wait(10)

    async def main() -> None:
        task = asyncio.create_task(run_async(PIPELINE, host=host, on_pass=wait))
        await asyncio.to_thread(reached.wait, 10)
        task.cancel()
        await asyncio.sleep(0.05)
        release.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())

    assert not Path("result.parquet").exists()
    assert not Path("result.tmp").exists()
    assert RunStore(".eventflow").get().state is RunState.CANCELLED


def test_interrupt_is_recorded_as_cancelled(host: PluginHost) -> None:
    """Ctrl-C ends with exit code 130 and no output."""

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(RunFailedError) as caught:
        run(PIPELINE, host=host, on_pass=interrupt)

    assert caught.value.exit_code is ExitCode.INTERRUPTED
    assert RunStore(".eventflow").get().state is RunState.CANCELLED
    assert not Path("result.parquet").exists()


def test_panic_is_recorded_and_undone(host: PluginHost) -> None:
    """A panic of Polars, which is no `Exception`, ends as a failed run all the same."""

    class Panics(File):
        """Panics when it publishes."""

        def commit(self) -> Sequence[Path]:
            raise pl.exceptions.PanicException("out of bounds")  # noqa: EM101, TRY003 - as Rust says it

    host.register(Panics, name="panics")
    with pytest.raises(RunFailedError, match="out of bounds"):
        run({**PIPELINE, "sink": {"use": "panics"}}, host=host)

    assert RunStore(".eventflow").get().state is RunState.FAILED
    assert not Path("result.tmp").exists()


def test_interrupt_after_publishing_says_so(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupt while the report is written does not claim that nothing was published."""

    def interrupted(_: object) -> str:
        raise KeyboardInterrupt

    class Once:
        """Interrupts the first report only."""

        def __init__(self) -> None:
            self.calls = 0

        def __call__(self, record: RunRecord) -> str:
            self.calls += 1
            return interrupted(record) if self.calls == 1 else ""

    monkeypatch.setattr("eventflow.report.html.render", Once())
    with pytest.raises(RunFailedError, match="after its result had been published"):
        run(PIPELINE, host=host)

    record = RunStore(".eventflow").get()
    assert record.state is RunState.CANCELLED
    assert [o.path for o in record.outputs] == ["result.parquet"]
    assert record.ledger is not None
    assert record.ledger.result == 3
    assert Path("result.parquet").exists()


def test_strict_run_with_warnings_publishes_nothing(host: PluginHost) -> None:
    """With `strict`, a warning ends the run with exit code 3 before anything is visible."""
    work = orchestrator(PIPELINE, make_host=lambda _: host, strict=True)

    with pytest.raises(RunFailedError, match="feature more is left out") as caught:
        work.run()

    assert caught.value.exit_code is ExitCode.GATE
    assert not Path("result.parquet").exists()


def test_unsound_output_is_in_the_record(host: PluginHost) -> None:
    """A feature that is not a number stops the run, and the record has the verdict."""

    class Dust(Shares):
        """Makes NaN."""

        def steps(self, binding: Binding) -> Sequence[Any]:
            return [Nan()]

    class Nan(NeedWho):
        """Divides zero by zero."""

        def apply(self, frame: EventFrame, state: Any) -> EventFrame:
            return frame.pipe(
                lambda lf: lf.select(
                    "who", share=pl.when(pl.col("n") > 2).then(float("nan")).otherwise(1.0)
                )
            )

    host.register(Dust, name="dust")
    with pytest.raises(RunFailedError, match="not finite") as caught:
        run({**PIPELINE, "blueprint": {"use": "dust"}}, host=host)

    verdict = caught.value.record.output_verdict
    assert verdict is not None
    assert not verdict.passed
    assert not Path("result.parquet").exists()


def test_older_runs_are_removed_beyond_what_is_kept(host: PluginHost) -> None:
    """`runs.keep` holds for one pipeline: of another's runs none is removed."""
    keeping = {**PIPELINE, "runs": {"keep": 2}}
    other = run({**PIPELINE, "name": "other"}, host=host)
    runs = [run(keeping, host=host) for _ in range(3)]

    kept = {row.run_id for row in RunStore(".eventflow").list(None)}
    assert kept == {other.run_id, runs[1].run_id, runs[2].run_id}
    assert not Path(str(runs[0].record.run_dir)).exists()


def test_logs_of_a_run_carry_its_correlation_id(host: PluginHost) -> None:
    """The run's log is JSON lines, each with the run's id, and only of this run."""
    result = run(PIPELINE, host=host)

    assert result.record.run_dir is not None
    log = (Path(result.record.run_dir) / "log.jsonl").read_text().splitlines()
    lines = [json.loads(line) for line in log]
    assert any("feature more is left out" in line["message"] for line in lines)
    assert {line["correlation_id"] for line in lines} == {result.run_id}


def test_unwritable_store_does_not_fail_the_run(host: PluginHost) -> None:
    """Where no record can be kept, the result is still made."""
    Path("blocked").write_text("a file where the store's folder should be")

    result = run({**PIPELINE, "runs": {"path": "blocked"}}, host=host)

    assert result.status is RunState.COMPLETED
    assert "EF523" in {w.code for w in result.record.warnings}
    assert Path("result.parquet").exists()


def test_two_hosts_and_runs_at_once_do_not_disturb_each_other(host: PluginHost) -> None:
    """Concurrent runs in one process keep their own records, ledgers and logs."""

    async def main() -> list[RunRecord]:
        config = {k: v for k, v in PIPELINE.items() if k != "sink"}
        results = await asyncio.gather(*(run_async(config, host=host) for _ in range(5)))
        return [r.record for r in results]

    records = asyncio.run(main())

    assert len({r.run_id for r in records}) == 5
    assert all(r.ledger is not None and r.ledger.adds_up for r in records)
