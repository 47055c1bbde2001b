"""Drift: values compared with a file, and with what an earlier run saved of them."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

import eventflow
from eventflow import BaseSource, PluginHost
from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from judging import judged, the

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventflow.quality import CheckResult


def found_by(check: CheckResult) -> float:
    """Return the number a check found."""
    assert check.detail is not None
    return float(check.detail.partition(" is ")[2].partition(",")[0])


def decile_edges(values: Sequence[float]) -> list[float]:
    """Return deciles by linear interpolation (Hyndman and Fan's type 7), by hand."""
    ordered = sorted(values)
    edges = []
    for i in range(1, 10):
        place = (len(ordered) - 1) * i / 10
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        edges.append(ordered[low] + (place - low) * (ordered[high] - ordered[low]))
    return edges


def psi(now: Sequence[float], then: Sequence[float]) -> float:
    """Return the population stability index, with a loop."""
    edges = decile_edges(then)

    def shares(values: Sequence[float]) -> list[float]:
        bins = [sum(v > edge for edge in edges) for v in values]
        return [max(bins.count(b) / len(bins), 1e-4) for b in range(10)]

    pairs = zip(shares(now), shares(then), strict=True)
    return sum((p - q) * log(p / q) for p, q in pairs)


def ks(now: Sequence[float], then: Sequence[float]) -> float:
    """Return the two-sample Kolmogorov-Smirnov distance, by its definition."""

    def share(values: Sequence[float], x: float) -> float:
        return sum(v <= x for v in values) / len(values)

    return max(abs(share(now, x) - share(then, x)) for x in (*now, *then))


_values = st.lists(st.integers(-20, 20).map(float), min_size=1, max_size=40)


@settings(max_examples=50, deadline=None)
@given(now=_values, then=_values)
def test_drift_against_a_file_agrees_with_the_definitions(
    tmp_path_factory: pytest.TempPathFactory, now: list[float], then: list[float]
) -> None:
    """PSI over deciles and the exact KS distance, each against a loop."""
    path = tmp_path_factory.mktemp("then") / "then.parquet"
    pl.DataFrame({"x": then}).write_parquet(path)
    rule = {"columns": ["x"], "reference": path, "ks": 0.5}
    verdict = judged({"x": now}, drift=rule)
    assert found_by(the(verdict, "drift psi")) == pytest.approx(psi(now, then), abs=6e-5)
    assert found_by(the(verdict, "drift ks")) == pytest.approx(ks(now, then), abs=6e-5)


@settings(max_examples=30, deadline=None)
@pytest.mark.filterwarnings("ignore::RuntimeWarning:scipy")  # of a p-value, which is not used
@given(now=_values, then=_values)
def test_distances_that_scipy_gives(
    tmp_path_factory: pytest.TempPathFactory, now: list[float], then: list[float]
) -> None:
    """The distance is the statistic of scipy.stats.ks_2samp, ties included."""
    path = tmp_path_factory.mktemp("then") / "then.parquet"
    pl.DataFrame({"x": then}).write_parquet(path)
    verdict = judged({"x": now}, drift={"columns": ["x"], "reference": path, "psi": None, "ks": 1})
    expected = ks_2samp(now, then, method="exact").statistic
    assert found_by(the(verdict, "drift ks")) == pytest.approx(expected, abs=6e-5)


def test_text_is_binned_by_value_and_worked_out_by_hand(tmp_path: Path) -> None:
    """Half and half against nine in ten: (0.5-0.9) ln(0.5/0.9) + (0.5-0.1) ln(0.5/0.1)."""
    pl.DataFrame({"k": ["a"] * 9 + ["b"]}).write_parquet(tmp_path / "then.parquet")
    rule = {"columns": ["k"], "reference": tmp_path / "then.parquet"}
    verdict = judged({"k": ["a", "b", None]}, drift=rule)
    expected = -0.4 * log(0.5 / 0.9) + 0.4 * log(0.5 / 0.1)
    assert found_by(the(verdict, "drift psi")) == pytest.approx(expected, abs=6e-5)
    assert not the(verdict, "drift psi").ok


def test_a_new_value_is_drift_and_a_missing_one_is_not_told_of(tmp_path: Path) -> None:
    """Values the reference lacks share one bin; nulls are left to completeness."""
    pl.DataFrame({"k": ["a", None]}).write_parquet(tmp_path / "then.parquet")
    rule = {"columns": ["k"], "reference": tmp_path / "then.parquet"}
    assert the(judged({"k": ["a", None, None]}, drift=rule), "drift psi").ok
    assert not the(judged({"k": ["a", "new"]}, drift=rule), "drift psi").ok


@pytest.mark.parametrize("values", [[5.0] * 9, [5.0], [float("inf"), 1.0]])
def test_odd_columns_equal_themselves(tmp_path: Path, values: list[float]) -> None:
    """A constant, a single value and an infinite one do not drift from themselves."""
    pl.DataFrame({"x": values}).write_parquet(tmp_path / "then.parquet")
    rule = {"columns": ["x"], "reference": tmp_path / "then.parquet", "ks": 0.1}
    verdict = judged({"x": values}, drift=rule)
    assert [found_by(the(verdict, f"drift {m}")) for m in ("psi", "ks")] == [0, 0]


def test_no_values_are_no_evidence(tmp_path: Path) -> None:
    """An empty reference, or nothing to compare, is never a pass."""
    empty = pl.DataFrame({"x": [None]}, schema={"x": pl.Float64})
    empty.write_parquet(tmp_path / "then.parquet")
    rule = {"columns": ["x"], "reference": tmp_path / "then.parquet", "ks": 0.1}
    for data in (empty, pl.DataFrame({"x": [1.0]})):
        verdict = judged(data, drift=rule)
        assert [the(verdict, f"drift {m}").total for m in ("psi", "ks")] == [0, 0]


class Numbers(BaseSource):
    """Rows a test sets."""

    name = "numbers"
    rows: pl.DataFrame

    def scan(self) -> EventFrame:
        return EventFrame.of(self.rows)


def run(host: PluginHost, home: Path, rows: pl.DataFrame, **quality: Any) -> Any:
    """Run a pipeline on these rows and return its result."""
    Numbers.rows = rows
    config = {
        "name": "watched",
        "source": {"use": "numbers"},
        "quality": {"minimum_score": None, "columns": {"x": {}}, **quality},
        "runs": {"path": str(home)},
    }
    return eventflow.run(config, host=host)


@pytest.fixture
def host() -> PluginHost:
    """Return a host that offers the rows."""
    host = PluginHost()
    host.register(Numbers)
    return host


def test_a_run_is_compared_with_what_an_earlier_run_saved(host: PluginHost, tmp_path: Path) -> None:
    """The first run only saves; a later one finds the same index as against the file itself."""
    then = pl.DataFrame({"x": [float(n % 7) for n in range(70)], "k": ["a", "b"] * 35})
    now = pl.DataFrame({"x": [float(n % 5) for n in range(70)], "k": ["a"] * 70})
    first = run(host, tmp_path, then, drift={"columns": ["x", "k"]})
    assert not [c for c in first.record.verdict.checks if c.check.startswith("drift")]
    rule: dict[str, Any] = {"columns": ["x", "k"], "ks": 0.9, "psi": 99}
    later = run(host, tmp_path, now, drift={**rule, "reference": first.record.run_dir})
    then.write_parquet(tmp_path / "then.parquet")
    filed = judged(now, drift={**rule, "reference": tmp_path / "then.parquet"})
    by_run = [c for c in later.record.verdict.checks if c.check == "drift psi"]
    by_file = [c for c in filed.checks if c.check == "drift psi"]
    assert [c.detail for c in by_run] == [c.detail for c in by_file]
    exact, binned = (found_by(the(v, "drift ks")) for v in (filed, later.record.verdict))
    assert exact - 0.15 <= binned <= exact


def test_volume_is_compared_with_the_runs_of_a_store(host: PluginHost, tmp_path: Path) -> None:
    """Completed runs of the same name are the history; the first run has none."""
    rule = {"runs": str(tmp_path), "name": "watched", "within": 0.1}
    ten, twelve = (pl.DataFrame({"x": range(n)}) for n in (10, 12))
    details = [
        the(run(host, tmp_path, rows, volume=rule).record.verdict, "volume")
        for rows in (ten, ten, twelve)
    ]
    assert [c.total for c in details] == [0, 1, 1]
    assert [c.ok for c in details] == [False, True, False]
    assert details[2].detail == "12 rows, expected 9 to 11 after 2 earlier runs"


@pytest.mark.parametrize("missing", ["nowhere.parquet", "."])
def test_a_reference_that_is_not_there_is_found_before_reading(
    tmp_path: Path, missing: str
) -> None:
    """Neither a file nor the folder of a run."""
    with pytest.raises(EventflowError, match="EF415"):
        judged({"x": [1.0]}, drift={"columns": ["x"], "reference": tmp_path / missing})


def test_a_column_of_another_type_cannot_be_compared(tmp_path: Path) -> None:
    """Text with numbers, a column the reference lacks, and what is neither."""
    pl.DataFrame({"x": ["a"]}).write_parquet(tmp_path / "then.parquet")
    rule = {"reference": tmp_path / "then.parquet"}
    for data in ({"x": [1.0]}, {"y": [1.0]}, {"x": [[1]]}):
        with pytest.raises(EventflowError, match="EF410"):
            judged(data, drift={**rule, "columns": list(data)})
