"""Runs that fail: retries, gates, failed commits, cancellation, interrupts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from eventflow.api import orchestrator, run, run_async
from eventflow.errors import ExitCode
from eventflow.frame import EventFrame, Rejection
from eventflow.runs.orchestrate import RunFailedError
from eventflow.runs.record import RunRecord, RunState
from eventflow.runs.store import RunStore
from run_components import (
    PIPELINE,
    File,
    Flaky,
    NeedWho,
    Shares,
    host_in,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.blueprint import Binding
    from eventflow.plugins import PluginHost


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with the components of these tests, in an empty working directory."""
    return host_in(tmp_path, monkeypatch)


def test_transient_failures_are_tried_again(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source that is busy twice delivers at the third attempt; rows are counted once."""
    monkeypatch.setattr(Flaky, "left", 2)

    result = run({**PIPELINE, "source": {"use": "flaky"}}, host=host)

    assert result.ledger.read == 4


def test_what_the_engine_dumps_of_its_plan_is_left_out(host: PluginHost) -> None:
    """The error says what is wrong, without the heading of a plan and without empty lines."""

    class Misses(NeedWho):
        """Reads a column that is not there."""

        def apply(self, frame: EventFrame, state: object) -> EventFrame:
            return frame.pipe(lambda rows: rows.select("nothere"))

    host.register(Misses, name="misses")
    with pytest.raises(RunFailedError) as caught:
        run({**PIPELINE, "steps": [{"use": "misses"}]}, host=host)

    (problem,) = caught.value.problems
    assert problem.code == "EF501"
    assert "nothere" in problem.message
    said = [problem.message, *problem.detail]
    assert [line for line in said if not line.strip() or "Resolved plan" in line] == []
    assert "Resolved plan until failure" in str(caught.value.__cause__.__cause__)  # type: ignore[union-attr] # it has both


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
