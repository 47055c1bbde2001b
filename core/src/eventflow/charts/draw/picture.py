"""A chart as SVG: part of a page, or a file of its own."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from eventflow.charts import words
from eventflow.charts.draw import maps, tables
from eventflow.charts.draw.canvas import WIDTH, Drawing, short, text
from eventflow.formatting import printable

if TYPE_CHECKING:
    from eventflow.charts.record import ChartRecord


@cache
def style() -> str:
    """Return the rules that every picture needs once on its page, for light, dark and print."""
    css = files("eventflow.charts.draw").joinpath("chart.css").read_text(encoding="utf-8")
    return " ".join(css.split())


def inline(chart: ChartRecord) -> str:
    """Return a chart as an element of a page that has `style`."""
    drawing = _drawn(chart)
    return _svg(chart, drawing.markup, drawing.height)


def alone(chart: ChartRecord) -> str:
    """Return a chart as a file of its own, with its title, its notes, and its style."""
    drawing, notes = _drawn(chart), words.notes(chart)
    title = text(0, 17, chart.title, "t", 84)
    below = "".join(
        text(0, drawing.height + 48 + 17 * i, note, "s", 110) for i, note in enumerate(notes)
    )
    height = drawing.height + 44 + 17 * len(notes)
    back = f'<rect class="page" x="-12" y="-6" width="{WIDTH + 24}" height="{short(height + 12)}"/>'
    body = f"<style>{style()}</style>{back}{title}"
    body += f'<g transform="translate(0 32)">{drawing.markup}</g>{below}'
    return _svg(chart, body, height, alone=True) + "\n"


def _drawn(chart: ChartRecord) -> Drawing:
    says = words.measured(chart)
    if chart.map is not None:
        return maps.draw(chart.map, says)
    if chart.heatmap is not None:
        return tables.heatmap(chart.heatmap, says)
    if chart.bars is not None:
        return tables.bars(chart.bars)
    assert chart.histogram is not None  # noqa: S101 - one of the four is there
    return tables.histogram(chart.histogram)


def _svg(chart: ChartRecord, body: str, height: float, *, alone: bool = False) -> str:
    label, said = (escape(printable(t), quote=True) for t in (chart.title, words.sentence(chart)))
    box = f"-12 -6 {WIDTH + 24} {short(height + 12)}" if alone else f"0 0 {WIDTH} {short(height)}"
    space = ' xmlns="http://www.w3.org/2000/svg"' if alone else ""
    size = f' width="{WIDTH + 24}" height="{short(height + 12)}"' if alone else ""
    markup = (
        f'<svg{space} role="img" class="ef-chart" aria-label="{label}"{size} viewBox="{box}">'
        f"<desc>{said}</desc>{body}</svg>"
    )
    return markup.encode("utf-8", "replace").decode("utf-8")
