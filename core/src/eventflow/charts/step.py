"""The step `chart`: a picture of the rows that arrive, for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from eventflow.base import BaseStep
from eventflow.charts.asking import ChartConfig, asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Rows


class ChartStep(BaseStep):
    """A picture of the rows that arrive, for the report, trackers and ``--json``.

    Rows pass unchanged. The picture's numbers are gathered with the run's next pass over the data:
    at most 800 points or 500 areas of a map, 96 × 40 fields of a heatmap, 30 bars, 32 bins of
    numbers; those with most events are shown, and the others counted. A picture that cannot be
    made fails nothing: the run goes on with a warning (EF640).

    Positions are degrees; null, out of range and 0, 0 are counted as missing, and so are rows
    whose `x`, `y` or `cell` is null. Times fall into calendar steps, numbers into bins of one
    width, text, categories and Booleans are taken by name.

    Shape: the same rows and columns.

    Example:
        >>> from eventflow import ChartStep, EventFrame, Pipeline
        >>> sales = EventFrame.of({"shop": ["a", "b", "a"], "amount": [3, 4, 5]})
        >>> step = ChartStep(kind="bars", x="shop", value="amount", aggregate="sum")
        >>> Pipeline([step]).run(sales).collect().height
        3

    Errors: EF301 for a column that is not there, EF308 for one that cannot be drawn or measured,
    EF641 for a map without positions.

    Parity: exact.
    """

    Config: ClassVar[type[BaseModel]] = ChartConfig
    rows: ClassVar[Rows] = "kept"
    fixed_schema: ClassVar[bool] = True

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """The columns it shows."""
        del columns
        names: frozenset[str] = self.config.columns(schema)
        return names

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Ask for the chart."""
        del state
        return frame.charted(asked(frame, self.config))
