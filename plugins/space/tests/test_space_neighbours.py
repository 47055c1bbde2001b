"""What cells around hold, against loops over a table and the h3 library."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import h3
import numpy as np
import polars as pl
import pytest

from eventflow import EventFrame
from eventflow_space import SpatialLagStep, SpatialNeighboursStep
from eventflow_space.errors import ColumnTakenError
from eventflow_space.path_errors import UnfitTimeError, UnknownCellsError, UnknownTrackError
from eventflow_space.squares import packed

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = dict[str, Any]
    Values = dict[Any, list[int | None]]

AGGREGATES = ["sum", "mean", "min", "max", "count"]


def _squares(seed: int) -> EventFrame:
    """Some squares of a small field, on both sides of 0, some twice, some without a value."""
    dice = random.Random(seed)  # noqa: S311 - test data, no secret
    rows = [
        {"row": n, "x": dice.randrange(-3, 3), "y": dice.randrange(-3, 3),
         "bin": dice.choice([0, 1]), "n": dice.choice([None, *range(-9, 9)])}
        for n in range(40)
    ]  # fmt: skip
    data = pl.DataFrame(rows).with_columns(cell=packed(pl.col("x"), pl.col("y")))
    return EventFrame.of(data)


def _hexagons(resolution: int = 6) -> EventFrame:
    """A disk of H3 cells around a pentagon, with holes."""
    pentagon = sorted(h3.get_pentagons(resolution))[3]
    cells = sorted(h3.grid_disk(pentagon, 4))
    rows = [
        {"row": n, "cell": h3.str_to_int(cell), "bin": 0, "n": n % 7}
        for n, cell in enumerate(cells)
        if n % 5
    ]
    return EventFrame.of(pl.DataFrame(rows, schema_overrides={"cell": pl.UInt64}))


def _moore(row: Row, k: int) -> list[Any]:
    return [
        (row["x"] + dx, row["y"] + dy)
        for dx, dy in product(range(-k, k + 1), repeat=2)
        if (dx, dy) != (0, 0)
    ]


def _disk(row: Row, k: int) -> list[Any]:
    cell = h3.int_to_str(row["cell"])
    return [h3.str_to_int(c) for c in h3.grid_disk(cell, k) if c != cell]


def _expected(near: list[list[int | None]], *, zeros: bool) -> dict[str, Any]:
    held = [n for values in near for n in values if n is not None]
    held += [0] * sum(not values for values in near) if zeros else []
    return {
        "sum": sum(held),
        "count": len(held),
        "mean": sum(held) / len(held) if held else None,
        "min": min(held, default=None),
        "max": max(held, default=None),
    }


CASES: dict[str, tuple[Callable[[], EventFrame], Any, Any, int]] = {
    "squares": (lambda: _squares(1), lambda r: (r["x"], r["y"]), _moore, 1),
    "two rings": (lambda: _squares(2), lambda r: (r["x"], r["y"]), _moore, 2),
    "H3": (_hexagons, lambda r: r["cell"], _disk, 1),
    "two rings of H3": (_hexagons, lambda r: r["cell"], _disk, 2),
}


@pytest.mark.parametrize("missing", ["absent", "zero"])
@pytest.mark.parametrize("centre", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_aggregates_are_those_of_a_loop(case: str, missing: str, *, centre: bool) -> None:
    """Sums, means, extremes and counts of the cells around that are there, or of all as 0."""
    made, cell_of, around, k = CASES[case]
    frame = made()
    held: dict[Any, list[int | None]] = defaultdict(list)
    for row in frame.collect().iter_rows(named=True):
        held[row["bin"], cell_of(row)].append(row["n"])
    step = SpatialNeighboursStep(
        columns="n", aggregates=AGGREGATES, rings=k, by="bin", centre=centre, missing=missing
    )
    found = step.apply(frame, None).collect()
    assert found.height == frame.collect().height
    for row in found.iter_rows(named=True):
        cells = [*around(row, k), *([cell_of(row)] if centre else [])]
        near = [held.get((row["bin"], cell), []) for cell in cells]
        for aggregate, value in _expected(near, zeros=missing == "zero").items():
            told = row[f"n_{aggregate}_ring{k}"]
            assert (told is None) == (value is None)
            assert (told or 0) == pytest.approx(value or 0)


@pytest.mark.parametrize("weights", ["row", "binary"])
@pytest.mark.parametrize(
    ("contiguity", "order", "lower"),
    [("queen", 1, False), ("rook", 1, False), ("rook", 2, False), ("queen", 2, True)],
)
def test_the_lag_is_a_matrix_times_a_vector(
    contiguity: str, order: int, weights: str, *, lower: bool
) -> None:
    """W·x, with W written out cell by cell; islands are null."""
    dice = np.random.default_rng(3)
    x, y = (a.ravel() for a in np.meshgrid(np.arange(-3, 4), np.arange(-3, 4)))
    kept = dice.random(len(x)) < 0.6
    x, y = np.append(x[kept], 90), np.append(y[kept], 90)
    value = dice.normal(size=len(x))
    apart = np.abs(x[:, None] - x), np.abs(y[:, None] - y)
    steps = np.maximum(*apart) if contiguity == "queen" else sum(apart)
    matrix = ((steps > 0) & (steps <= order) if lower else steps == order).astype(float)
    islands = matrix.sum(axis=1) == 0
    if weights == "row":
        matrix = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    data = pl.DataFrame({"x": x, "y": y, "v": value}).with_columns(
        cell=packed(pl.col("x"), pl.col("y"))
    )
    step = SpatialLagStep(
        columns="v", contiguity=contiguity, order=order, lower_orders=lower, weights=weights
    )
    found = step.apply(EventFrame.of(data), None).collect()
    joined = data.join(found, on=["x", "y"], how="left", maintain_order="left")["v_lag"]
    assert joined.is_null().to_list() == islands.tolist()
    np.testing.assert_allclose(joined.fill_null(0.0), matrix @ value, atol=1e-12)


def test_the_lag_of_hexagons_is_the_mean_of_the_ring() -> None:
    """Of order 2: the ring of exactly two steps, as the h3 library draws it."""
    frame = _hexagons()
    held = {row["cell"]: row["n"] for row in frame.collect().iter_rows(named=True)}
    found = SpatialLagStep(columns="n", order=2).apply(frame, None).collect()
    for row in found.iter_rows(named=True):
        inner = set(_disk(row, 1)) | {row["cell"]}
        near = [held[c] for c in _disk(row, 2) if c in held and c not in inner]
        assert row["n_lag"] == pytest.approx(sum(near) / len(near))


def test_text_and_said_integers_are_hexagons_too() -> None:
    """Ids of H3 as text, or as Int64 where the options say so, give the same answer."""
    frame = _hexagons()
    step = SpatialNeighboursStep(columns="n", aggregates="sum", grid="h3")
    whole = _by_row(step.apply(frame, None))
    text = frame.pipe(lambda lazy: lazy.with_columns(pl.col("cell").map_elements(
        h3.int_to_str, return_dtype=pl.String)))  # fmt: skip
    signed = frame.pipe(lambda lazy: lazy.with_columns(pl.col("cell").cast(pl.Int64)))
    assert _by_row(step.apply(text, None)) == _by_row(step.apply(signed, None)) == whole


def _by_row(frame: EventFrame) -> list[int]:
    found: list[int] = frame.collect().sort("row")["n_sum_ring1"].to_list()
    return found


def test_neighbours_of_the_period_before_tell_nothing_of_this_one() -> None:
    """`earlier` takes the period that began that much earlier, also where a day has 23 hours."""
    zone = ZoneInfo("Europe/Berlin")
    days = [datetime(2026, 3, d, tzinfo=zone) for d in (28, 29, 30)]
    data = pl.DataFrame(
        {"day": days * 2, "x": [0, 0, 0, 1, 1, 1], "n": [1, 2, 3, 10, 20, 30]},
        schema_overrides={"day": pl.Datetime("us", "Europe/Berlin")},
    ).with_columns(cell=packed(pl.col("x"), pl.lit(0)))
    step = SpatialLagStep(columns="n", time="day", earlier="1d", suffix="_before")
    same = SpatialLagStep(columns="n", time="day")
    found = same.apply(step.apply(EventFrame.of(data), None), None).collect().sort("x", "day")
    assert found["n_before"].to_list() == [None, 10, 20, None, 1, 2]
    assert found["n_lag"].to_list() == [10, 20, 30, 1, 2, 3]


def test_rows_without_a_cell_or_a_period_are_counted() -> None:
    """They stay, know nothing, and nobody is told of them; a schema's timestamp is the period."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    data = {"cell": [0, 1, None, 1, 1], "n": [1, 2, 4, 8, 16],
            "at": [at, at, at, None, at + timedelta(hours=1)]}  # fmt: skip
    frame = EventFrame.of(data, timestamp="at")
    made = SpatialNeighboursStep(columns="n", aggregates="sum").apply(frame, None)
    assert made.collect().sort("n")["n_sum_ring1"].to_list() == [2, 1, None, None, 0]
    [account] = made.accounts
    assert dict(account.counts.collect().iter_rows()) == {"no cell or period": 2}


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"cell": "f"}, UnknownCellsError, "the cells of no grid"),
        ({"grid": "h3", "cell": "f"}, UnknownCellsError, "H3 cells are UInt64"),
        ({"grid": "square", "cell": "t"}, UnknownCellsError, "the cells of no grid"),
        ({"earlier": "1d"}, UnknownTrackError, "time is not given"),
        ({"earlier": "6h", "time": "d"}, UnfitTimeError, "shorter than a day"),
        ({"earlier": "6h", "time": "cell"}, UnfitTimeError, "not a date or datetime"),
        ({"suffix": "_taken"}, ColumnTakenError, "n_mean_taken"),
    ],
)
def test_what_cannot_be_meant_is_said(
    options: dict[str, Any], error: type[Exception], words: str
) -> None:
    """Cells of no grid, periods that are none or too short, names that are taken."""
    data = {"cell": [1], "f": [0.5], "t": ["x"], "n": [1], "d": [date(2026, 1, 1)],
            "n_mean_taken": [0]}  # fmt: skip
    with pytest.raises(error, match=words):
        SpatialNeighboursStep(columns="n", **options).apply(EventFrame.of(data), None)
