"""KLL sketches of Apache DataSketches in Binary columns; the one place that calls the library."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import field, frozen

from eventflow_features.aggregates.errors import MissingLibraryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np


def _library() -> Any:
    try:
        import datasketches  # noqa: PLC0415 - delayed: optional, and needs NumPy
    except ImportError as error:
        raise MissingLibraryError.sketches() from error
    return datasketches.kll_doubles_sketch


@frozen
class Sketched:
    """Lists of numbers to sketches of size `k`; null for an empty list.

    Attributes:
        k: Size of the sketches.
    """

    k: int
    kind: Any = field(factory=_library, init=False, eq=False)

    def __call__(self, lists: pl.Series) -> pl.Series:
        """Sketch each list."""
        return pl.Series(lists.name, [self._one(v) for v in _arrays(lists)], dtype=pl.Binary)

    def _one(self, values: np.ndarray[Any, Any]) -> bytes | None:
        if not len(values):
            return None
        sketch = self.kind(self.k)
        sketch.update(values)
        made: bytes = sketch.serialize()
        return made


@frozen
class Merged:
    """Lists of sketches to one sketch each; null for an empty list.

    Attributes:
        k: Size of the sketches.
    """

    k: int
    kind: Any = field(factory=_library, init=False, eq=False)

    def __call__(self, lists: pl.Series) -> pl.Series:
        """Merge each list."""
        return pl.Series(lists.name, [self._one(p) for p in lists.to_list()], dtype=pl.Binary)

    def _one(self, parts: list[bytes]) -> bytes | None:
        if len(parts) < 2:  # noqa: PLR2004 - one is as it is
            return parts[0] if parts else None
        sketch = self.kind(self.k)
        for part in parts:
            sketch.merge(self.kind.deserialize(part))
        made: bytes = sketch.serialize()
        return made


@frozen
class Asked:
    """Sketches to the value of one rank; null for null.

    Attributes:
        q: The rank, between 0 and 1.
    """

    q: float
    kind: Any = field(factory=_library, init=False, eq=False)

    def __call__(self, sketches: pl.Series) -> pl.Series:
        """Ask each sketch."""
        found = [None if s is None else self._one(s) for s in sketches.to_list()]
        return pl.Series(sketches.name, found, dtype=pl.Float64)

    def _one(self, serialised: bytes) -> float:
        sketch = self.kind.deserialize(serialised)
        nearest = math.floor(self.q * (sketch.n - 1) + 0.5)
        value: float = sketch.get_quantile((nearest + 0.5) / sketch.n, inclusive=True)
        return value


def _arrays(lists: pl.Series) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the numbers of each list, which are those of one array."""
    values = lists.explode(keep_nulls=False, empty_as_null=False).to_numpy(writable=True)
    for begin, end in pairwise([0, *lists.list.len().cum_sum().to_list()]):
        yield values[begin:end]
