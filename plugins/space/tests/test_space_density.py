"""How densely events lie, against the exact density of scikit-learn."""

from __future__ import annotations

from math import exp, pi

import h3
import numpy as np
import polars as pl
import pytest
from sklearn.neighbors import KernelDensity

from eventflow import EventFrame
from eventflow_space import SpatialDensityStep
from eventflow_space.path_errors import UnknownCellsError
from eventflow_space.squares import packed

SIDE, BANDWIDTH = 100.0, 400.0
LIPSCHITZ = {"gaussian": exp(-0.5), "epanechnikov": 2.0}
REACH = {"gaussian": 9, "epanechnikov": 1}
HEIGHT = {"gaussian": 1 / (2 * pi), "epanechnikov": 2 / pi}


def _events(seed: int = 4, number: int = 400) -> tuple[EventFrame, np.ndarray, np.ndarray]:
    """Return events, their positions in metres, and the centres of their cells."""
    dice = np.random.default_rng(seed)
    metres = dice.normal(0, 900, (number, 2)) + dice.choice([-1500, 1500], (number, 1))
    index = np.floor(metres / SIDE).astype(int)
    data = pl.DataFrame({"row": range(number), "x": index[:, 0], "y": index[:, 1]})
    frame = EventFrame.of(data.with_columns(cell=packed(pl.col("x"), pl.col("y"))))
    return frame, metres, (index + 0.5) * SIDE


def _exact(kernel: str, positions: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the density in events per km²; scikit-learn's integrates to 1."""
    model = KernelDensity(bandwidth=BANDWIDTH, kernel=kernel, rtol=0, atol=0).fit(positions)
    found: np.ndarray = np.exp(model.score_samples(at)) * len(positions) * 1e6
    return found


@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
def test_density_is_that_of_scikit_learn(kernel: str) -> None:
    """Of events at their cells' centres exactly; of their own positions within what is stated."""
    frame, metres, centres = _events()
    step = SpatialDensityStep(bandwidth_m=BANDWIDTH, kernel=kernel, size_m=SIDE, truncate=9)
    found = step.apply(frame, None).collect().sort("row")["density"].to_numpy()
    np.testing.assert_allclose(found, _exact(kernel, centres, centres), rtol=1e-6)
    near = np.linalg.norm(centres[:, None] - metres, axis=2) <= REACH[kernel] * BANDWIDTH + SIDE
    height = HEIGHT[kernel] * 1e6 / BANDWIDTH**2
    stated = LIPSCHITZ[kernel] * SIDE / BANDWIDTH / 2**0.5 * height * near.sum(axis=1)
    apart = np.abs(found - _exact(kernel, metres, centres))
    assert (apart <= stated).all()
    assert np.median(apart / found) < 0.05


def test_the_cut_costs_what_is_stated() -> None:
    """Cut off at two bandwidths, all events lose at most exp(-2) of the height each."""
    frame, *_ = _events()
    whole, cut = (
        SpatialDensityStep(bandwidth_m=BANDWIDTH, size_m=SIDE, truncate=t)
        .apply(frame, None).collect().sort("row")["density"].to_numpy()
        for t in (9, 2)
    )  # fmt: skip
    height = HEIGHT["gaussian"] * 1e6 / BANDWIDTH**2
    assert (whole > cut).any()
    assert (whole - cut <= 400 * exp(-2) * height).all()


@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov", "quartic"])
def test_each_kernel_integrates_to_the_events(kernel: str) -> None:
    """One event of weight 3 on a wide field of empty squares: the densities add up to 3."""
    size = 41
    x, y = (a.ravel() for a in np.meshgrid(np.arange(size), np.arange(size)))
    data = pl.DataFrame({"x": x, "y": y}).with_columns(
        cell=packed(pl.col("x"), pl.col("y")),
        v=pl.when((pl.col("x") == 20) & (pl.col("y") == 20)).then(3).otherwise(0),
    )
    step = SpatialDensityStep(bandwidth_m=500, kernel=kernel, size_m=100, value="v")
    found = step.apply(EventFrame.of(data), None).collect()
    assert float(found["density"].sum()) * 0.1**2 == pytest.approx(3, rel=0.01)


@pytest.mark.parametrize("resolution", [3, 8])
def test_hexagons_are_weighed_by_their_distance(resolution: int) -> None:
    """The density at each cell is the sum over all cells, by great-circle distance of centres."""
    pentagon = sorted(h3.get_pentagons(resolution))[5]
    cells = sorted(h3.grid_disk(pentagon, 6))
    centres = [h3.cell_to_latlng(c) for c in cells]
    bandwidth = 2 * h3.average_hexagon_edge_length(resolution, "m")
    frame = EventFrame.of(pl.DataFrame({"n": range(len(cells)), "cell": cells}))
    step = SpatialDensityStep(bandwidth_m=bandwidth, kernel="quartic")
    found = step.apply(frame, None).collect().sort("n")["density"]
    ratio = 6_371_008.8 / 6_371_007.180918475  # the library's sphere is 1.6 m smaller
    for density, centre in zip(found, centres, strict=True):
        far = [h3.great_circle_distance(centre, other, "m") * ratio for other in centres]
        near = [(1 - (d / bandwidth) ** 2) ** 2 for d in far if d < bandwidth]
        assert density == pytest.approx(sum(near) * 3 / pi / bandwidth**2 * 1e6, rel=1e-6)


def test_sides_are_told_for_squares_only() -> None:
    """A square's id does not tell its side; an H3 cell's does."""
    square = EventFrame.of({"cell": [1]})
    with pytest.raises(UnknownCellsError, match="how large"):
        SpatialDensityStep(bandwidth_m=100).apply(square, None)
    with pytest.raises(UnknownCellsError, match="tell their size"):
        SpatialDensityStep(bandwidth_m=100, size_m=9).apply(EventFrame.of({"cell": ["8"]}), None)
