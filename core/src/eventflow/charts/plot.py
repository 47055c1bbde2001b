"""Pictures in notebooks: ``frame.plot.map()``."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import frozen
from pydantic import ValidationError

from eventflow.charts import words
from eventflow.charts.answer import answered
from eventflow.charts.asking import ChartConfig, asked
from eventflow.charts.draw.picture import alone
from eventflow.component import plainly

if TYPE_CHECKING:
    from eventflow.charts.chart import Chart
    from eventflow.charts.record import ChartRecord
    from eventflow.frame import EventFrame


@frozen
class Picture:
    """A chart that is answered; a notebook shows it.

    Attributes:
        chart: Its numbers.
    """

    chart: ChartRecord

    @property
    def svg(self) -> str:
        """The picture as an SVG file of its own."""
        return alone(self.chart)

    def save(self, path: Path | str) -> Path:
        """Write the picture as an SVG file, and return its path."""
        target = Path(path)
        target.write_text(self.svg, encoding="utf-8")
        return target

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        lines = "".join(
            f"<tr><th scope='row' style='text-align:left'>{escape(line.name)}</th>"
            f"<td>{escape(line.value)}</td></tr>"
            for line in words.top(self.chart)
        )
        return (
            f"<figure style='margin:0'>{self.svg}<details><summary>The highest numbers</summary>"
            f"<table><tbody>{lines}</tbody></table></details></figure>"
        )

    def __repr__(self) -> str:
        """Say what it shows."""
        return f"{self.chart.title}: {words.sentence(self.chart)}"


@frozen(eq=False)
class Plot:
    """Pictures of a frame's rows; each call reads them once, and keeps a few numbers.

    Options are those of the step `chart`.

    Attributes:
        frame: The rows.
    """

    frame: EventFrame

    def map(self, value: str | None = None, **options: Any) -> Picture:
        """Draw places: positions, or the areas of a column of ids (`cell`).

        Args:
            value: Column that is measured; events are counted if not given.
            options: ``aggregate``, ``cell``, ``latitude``, ``longitude``, ``title``, ``unit``.
        """
        return self._drawn(kind="map", value=value, **options)

    def heatmap(self, x: str, y: str, value: str | None = None, **options: Any) -> Picture:
        """Draw a field for each pair of two columns' values.

        Args:
            x: Column from left to right.
            y: Column from top to bottom.
            value: Column that is measured; events are counted if not given.
            options: ``aggregate``, ``every``, ``title``, ``unit``.
        """
        return self._drawn(kind="heatmap", x=x, y=y, value=value, **options)

    def bars(self, x: str, value: str | None = None, **options: Any) -> Picture:
        """Draw a bar for each value of a column.

        Args:
            x: The column.
            value: Column that is measured; events are counted if not given.
            options: ``aggregate``, ``title``, ``unit``.
        """
        return self._drawn(kind="bars", x=x, value=value, **options)

    def histogram(self, x: str, **options: Any) -> Picture:
        """Draw how the values of a column are spread.

        Args:
            x: A column of numbers or times.
            options: ``every``, ``title``, ``unit``.
        """
        return self._drawn(kind="histogram", x=x, **options)

    def _drawn(self, **options: Any) -> Picture:
        try:
            config = ChartConfig(**options)
        except ValidationError as error:
            raise plainly(error, f"plot.{options['kind']}", ChartConfig) from None
        return picture(asked(self.frame, config))


def picture(chart: Chart) -> Picture:
    """Answer a chart now, by reading the rows it is of."""
    return Picture(answered(chart, pl.collect_all(chart.queries(), engine="streaming")))
