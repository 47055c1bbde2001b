"""What is checked behind a step that learns, and what a component of the wrong shape is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
import pytest
from attrs import frozen
from click.testing import CliRunner

import eventflow
from eventflow.base import BaseAggregateStep, BaseStep
from eventflow.cli.main import cli
from eventflow.errors import EventflowError
from eventflow.runs.errors import IncompatibleDataError, WrongReturnError
from eventflow.runs.plan import StepFailedError
from run_components import PIPELINE, Rows4, host_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventflow.frame import EventFrame
    from eventflow.plugins import PluginHost


@frozen
class Middle:
    """A median."""

    value: float | None


class Fill(BaseStep):
    """Fills gaps with a median."""

    name = "fill"
    column = "n"
    fixed_schema: ClassVar[bool] = True

    def learn(self, frame: EventFrame) -> pl.LazyFrame:
        return frame.lazy.select(pl.col(self.column).median())

    def fit(self, statistics: pl.DataFrame) -> Middle:
        return Middle(statistics.item())

    def apply(self, frame: EventFrame, state: Middle) -> EventFrame:
        return frame.pipe(
            lambda rows: rows.with_columns(
                filled=pl.col(self.column).fill_null(pl.lit(state.value))
            )
        )


class FillsNothing(Fill):
    """Reads a column that does not arrive."""

    name = "fills_nothing"
    column = "amuont"


class NeedsRows(Fill):
    """Cannot learn from no rows, and says nothing of its columns without having learned."""

    name = "needs_rows"

    def fit(self, statistics: pl.DataFrame) -> Middle:
        return Middle(float(statistics.item()))


class OneHot(Fill):
    """Makes a column for each value."""

    name = "one_hot"
    fixed_schema: ClassVar[bool] = False


class Read(BaseStep):
    """Reads a column."""

    name = "read_zzz"
    column = "zzz"

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return frame.pipe(lambda rows: rows.with_columns(pl.col(self.column).alias("again")))


class ReadFilled(Read):
    """Reads what `Fill` makes."""

    name = "read_filled"
    column = "filled"


class LazySource(Rows4):
    """Returns its rows, not a frame."""

    name = "lazy_source"

    def scan(self) -> EventFrame:
        return super().scan().lazy  # type: ignore[return-value] # the mistake


class Nothing(BaseStep):
    """Forgets to return."""

    name = "nothing"

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        return None  # type: ignore[return-value] # the mistake


class SumOf(BaseAggregateStep):
    """Sums per key."""

    name = "sum_of"
    by = ("who",)

    def reads(self, schema: Any, columns: Sequence[str]) -> frozenset[str]:
        return frozenset({"who", "at", "n"})

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.group_by("who").agg(pl.col("n").sum())

    def merge(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        return partials.group_by("who").agg(pl.col("n").sum())

    def finish(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        return partials


class Wide(Rows4):
    """Four rows with a column nobody needs."""

    name = "wide"

    def scan(self) -> EventFrame:
        return super().scan().pipe(lambda rows: rows.with_columns(unused=pl.lit("x")))


class Torn(Wide):
    """A file that breaks off while it is read."""

    name = "torn"

    def scan(self) -> EventFrame:
        def broken(_: pl.DataFrame) -> pl.DataFrame:
            raise OSError("invalid utf8")  # noqa: EM101, TRY003 - what a decoder says

        return (
            super().scan().pipe(lambda rows: rows.map_batches(broken, schema=rows.collect_schema()))
        )

    def paths_read(self) -> list[str]:
        return ["logs/access.log"]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with the components of these tests, in an empty working directory."""
    host = host_in(tmp_path, monkeypatch)
    for component in (
        Fill, FillsNothing, NeedsRows, OneHot, Read, ReadFilled, LazySource, Nothing, SumOf,
        Wide, Torn,
    ):  # fmt: skip
        host.register(component)
    return host


def config(*steps: str, **other: Any) -> dict[str, Any]:
    """A pipeline with these steps, and no blueprint."""
    return {
        "name": "test",
        "source": {"use": "wide"},
        "steps": [{"use": step} for step in steps],
        **other,
    }


def test_what_follows_a_step_that_learns_is_planned(host: PluginHost) -> None:
    """`check` finds the step behind it that reads a column nobody makes, and no other."""
    eventflow.check(config("fill", "read_filled"), host=host)
    with pytest.raises(StepFailedError, match="zzz") as caught:
        eventflow.check(config("fill", "read_filled", "read_zzz"), host=host)
    assert caught.value.problems[0].key == "steps.2"


def test_a_blueprint_behind_it_is_bound(host: PluginHost) -> None:
    """Fields that no column serves are found although a step learns before."""
    wanted = {**PIPELINE, "source": {"use": "rows4"}, "steps": [{"use": "sum_of"}, {"use": "fill"}]}
    eventflow.check(wanted, host=host)
    elsewhere = {**PIPELINE["blueprint"], "columns": {"who": "zzz"}}
    with pytest.raises(IncompatibleDataError):
        eventflow.check({**wanted, "blueprint": elsewhere}, host=host)


def test_a_learners_own_column_is_looked_for(host: PluginHost) -> None:
    """The step that learns from a column that does not arrive is named before data is read."""
    with pytest.raises(StepFailedError, match="amuont") as caught:
        eventflow.check(config("fills_nothing"), host=host)
    assert caught.value.problems[0].key == "steps.0"


@pytest.mark.parametrize("learner", ["one_hot", "needs_rows"])
def test_what_cannot_be_known_is_told_and_refuses_nothing(
    host: PluginHost, learner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where columns depend on what is learned, the check says what it did not judge."""
    monkeypatch.setattr("eventflow.cli.options.Settings.host_for", lambda _self, _options: host)
    steps = f"[{{use: {learner}}}, {{use: read_filled}}]"
    (tmp_path / "p.yaml").write_text(
        f"name: t\nsource: {{use: wide}}\nsteps: {steps}\n", encoding="utf-8"
    )
    said = CliRunner().invoke(cli, ["check", "p.yaml"])
    assert said.exit_code == 0, said.output
    assert "only a run can tell which columns arrive at: read_filled" in said.output
    assert eventflow.run(config(learner, "read_filled"), host=host).ledger.adds_up


def test_a_source_that_returns_no_frame_is_told_what_to_return(host: PluginHost) -> None:
    """EF510, with what to write."""
    with pytest.raises(WrongReturnError, match=r"scan returned a LazyFrame.*EventFrame") as caught:
        eventflow.check(config(source={"use": "lazy_source"}), host=host)
    assert "EventSchema" in str(caught.value.problems[0].fix)


@pytest.mark.parametrize("verb", [eventflow.check, eventflow.run])
def test_a_step_that_returns_nothing_is_told_what_to_return(host: PluginHost, verb: Any) -> None:
    """EF510, of the step, by `check` and by a run."""
    with pytest.raises(EventflowError) as caught:
        verb(config("nothing"), host=host)
    [problem] = caught.value.problems
    assert (problem.code, problem.owner) == ("EF510", "runtime")
    assert "apply returned nothing" in problem.message


def test_an_aggregate_tells_which_columns_are_read(host: PluginHost) -> None:
    """Behind a fold no other column exists, so the source need not deliver it."""
    result = eventflow.run(config("sum_of"), host=host)
    assert result.record.source_columns == (3, 4)
    assert eventflow.run(config("fill"), host=host).record.source_columns == (4, 4)


def test_a_file_that_breaks_off_is_the_sources(host: PluginHost, tmp_path: Path) -> None:
    """Not the sink's: place, owner and path are those of the source."""
    (tmp_path / "p.yaml").write_text(
        "name: t\nsource: {use: torn}\nsink: {use: file}\n", encoding="utf-8"
    )
    with pytest.raises(EventflowError) as caught:
        eventflow.run("p.yaml", host=host)
    [problem] = caught.value.problems
    assert (problem.code, problem.owner) == ("EF506", "runtime")
    assert "logs/access.log" in problem.message
    assert str(problem.location) == "p.yaml:2:15"
