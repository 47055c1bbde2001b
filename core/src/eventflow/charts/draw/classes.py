"""Classes of numbers, so that colours can be told apart: as many values in each as can be."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final

from attrs import frozen

from eventflow.formatting import number

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST: Final = 6
"""Classes at most; the style has as many colours."""


@frozen
class Classes:
    """Neighbouring ranges of numbers, each with a colour.

    Attributes:
        lowest: The smallest number of each class, rising.
        highest: The largest number of each class.
    """

    lowest: tuple[float, ...]
    highest: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Classes:
        """Cut numbers at quantiles; equal numbers are in one class.

        Args:
            values: The numbers, in any order; None takes no part.
        """
        known = sorted(value for value in values if value is not None)
        different = sorted(set(known))
        if len(different) <= MOST:
            return cls(tuple(different), tuple(different))
        cuts = sorted({known[len(known) * i // MOST] for i in range(MOST)})
        ends = [known[bisect_left(known, cut) - 1] for cut in cuts[1:]]
        return cls(tuple(cuts), (*ends, known[-1]))

    def style(self, value: float | None) -> str:
        """Return the style of a number: ``f0`` (low) to ``f5`` (high), or ``none``."""
        if value is None or not self.lowest:
            return "none"
        at = max(bisect_right(self.lowest, value) - 1, 0)
        return self.styles()[at]

    def styles(self) -> list[str]:
        """Return the style of each class; few classes lie far apart in colour."""
        steps = max(len(self.lowest) - 1, 1)
        spread = [round(i * (MOST - 1) / steps) for i in range(len(self.lowest))]
        return [f"f{i}" for i in (spread if len(spread) > 1 else [MOST - 2] * len(spread))]

    def words(self) -> list[str]:
        """Return each class in words: ``1 – 12``."""
        return [
            _brief(low) if low == high else f"{_brief(low)} – {_brief(high)}"
            for low, high in zip(self.lowest, self.highest, strict=True)
        ]


def _brief(value: float) -> str:
    return number(value if value.is_integer() else float(f"{value:.3g}"))
