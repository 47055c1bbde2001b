"""Cells of any kind: their centres, and their outlines for drawing.

from eventflow_space.cells import SquareCells, outlines

rings = outlines(features["cell"], SquareCells("EPSG:32618", size_m=300))
"""

from __future__ import annotations

from eventflow_space.geohash import GeohashCells
from eventflow_space.hexagons import H3Cells
from eventflow_space.outlines import Cells, Ring, centres, outlines
from eventflow_space.squares import SquareCells

__all__ = ["Cells", "GeohashCells", "H3Cells", "Ring", "SquareCells", "centres", "outlines"]
