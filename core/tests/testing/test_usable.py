"""One cause, one failure: a component that cannot be used fails the check that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from eventflow.base import BaseAggregateStep, BaseStep, ComponentConfig
from eventflow.columns import require_columns
from eventflow.testing.terms import terms

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.frame import EventFrame


class Lazy(BaseStep):
    """Returns rows instead of a frame"""  # noqa: D415 - a law of the class, broken as well

    rows = "kept"

    def apply(self, frame: EventFrame, state: Any) -> Any:
        return frame.lazy.with_columns(one=1)


class Doubled(BaseStep):
    """Doubles a column."""

    class Config(ComponentConfig):
        """Options.

        Attributes:
            column: The column.
        """

        column: str

    rows = "kept"

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        column = self.config.column
        require_columns([column], frame.columns(), key="column")
        return frame.pipe(lambda rows: rows.with_columns(double=pl.col(column) * 2))


class Reordered(BaseAggregateStep):
    """Merges into other columns than `partial` gives."""

    by = ("entity",)

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.group_by(self.by).agg(a=pl.col("amount").count(), b=pl.len())

    def merge(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        return partials.group_by(self.by).agg(pl.col("b", "a").sum())

    def finish(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        return partials


def _judged(folder: Path, component: type, **said: Any) -> tuple[dict[str, str], set[str]]:
    """Return messages of the checks that fail, and the reasons of those that are skipped."""
    agreed, failing, reasons = terms(component, **said), {}, set()
    for law in agreed.checks:
        place = folder / law.id
        place.mkdir()
        finding = agreed.judge(law, place)
        if finding.fails:
            failing[law.id] = finding.message
        elif finding.outcome == "skipped":
            reasons.add(finding.reason)
    return failing, reasons


def test_a_result_of_another_type_fails_once(tmp_path: Path) -> None:
    """What judges the class alone is judged all the same."""
    failing, reasons = _judged(tmp_path, Lazy)
    assert set(failing) == {"usable", "documented"}
    seen = failing["usable"].splitlines()[0]
    assert seen.startswith("apply() returns a LazyFrame, not an EventFrame: return frame.pipe(")
    assert reasons == {f"not judged, see usable: {seen}"}


def test_options_that_do_not_fit_fail_once_and_the_columns_are_told(tmp_path: Path) -> None:
    """So that the author sees which column there is, or gives other events."""
    failing, reasons = _judged(tmp_path, Doubled, config={"column": "price"})
    assert set(failing) == {"usable"}
    seen, data, *_ = failing["usable"].splitlines()
    assert seen == 'it cannot be used: EF301 there is no column "price"'
    assert data == (
        "  data: entity (str), time (datetime[us, UTC]), amount (f64), quantity (i64), "
        "category (str), flag (bool)"
    )
    assert "frame={column: values, …}" in failing["usable"]
    assert len(reasons) == 1


def test_a_missing_option_fails_once(tmp_path: Path) -> None:
    """It is named, and where to give it."""
    failing, _ = _judged(tmp_path, Doubled)
    assert set(failing) == {"usable"}
    seen = failing["usable"].splitlines()[0]
    assert seen == "it cannot be built: its options are refused: column: Field required"
    assert "config={…}" in failing["usable"]


def test_partials_with_other_columns_are_told_as_such(tmp_path: Path) -> None:
    """Both lists are shown, in their order."""
    failing, reasons = _judged(tmp_path, Reordered)
    assert set(failing) == {"split-parts"}
    assert failing["split-parts"].splitlines()[0] == (
        "partial gives entity (String), a (UInt32), b (UInt32); "
        "merge gives entity (String), b (UInt32), a (UInt32)"
    )
    assert "in the same order" in failing["split-parts"]
    assert reasons == set()
