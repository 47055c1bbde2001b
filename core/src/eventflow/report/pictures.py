"""The pictures of a report: as many as fit in the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from eventflow.charts import words
from eventflow.charts.draw import picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.charts.record import ChartRecord
    from eventflow.charts.words import Line
    from eventflow.runs.record import RunRecord

_PAGE: Final = 128_000
_FEATURE: Final = 860
_LEAST: Final = 42_000
_RECORD: Final = 6_000
"""Characters: of a page without its frame, of a line of its table of features, of pictures at
least, and of the record inside the page beside as many pictures as fit."""

_WHAT: Final = {"map": "place", "heatmap": "field", "bars": "name", "histogram": "bin"}


@frozen(kw_only=True)
class Shown:
    """A picture as the page shows it.

    Attributes:
        title: What it shows.
        origin: Component and plan node that asked for it; empty where several did.
        markup: The drawing; empty where the page has no room for it.
        notes: What is not in it.
        what: What the marks are.
        measured: What their numbers are.
        top: The highest numbers.
    """

    title: str
    origin: str
    markup: str
    notes: Sequence[str]
    what: str
    measured: str
    top: Sequence[Line]


def style(record: RunRecord) -> str:
    """Return the style of pictures; empty text when there are none."""
    return picture.style() if record.charts else ""


def room(record: RunRecord) -> int:
    """Return how many characters pictures may take together; beyond, they are only named.

    A page with 100 features is 150 kB at most.
    """
    return max(_PAGE - _FEATURE * len(record.features), _LEAST)


def room_beside(record: RunRecord, drawn: Sequence[Shown]) -> int | None:
    """Return how many characters pictures leave to the record inside the page; None: any number."""
    used = sum(len(picture.markup) for picture in drawn)
    return room(record) + _RECORD - used if drawn else None


def shown(record: RunRecord) -> Sequence[Shown]:
    """Return the charts of a run, drawn in order while there is room."""
    return list(_shown(record))


def _shown(record: RunRecord) -> Iterator[Shown]:
    left = room(record)
    for chart in record.charts:
        markup = picture.inline(chart)
        fits = len(markup) <= left
        left -= len(markup) if fits else 0
        yield Shown(
            title=chart.title,
            origin=_origin(record, chart),
            markup=markup if fits else "",
            notes=words.notes(chart),
            what=_WHAT[chart.kind],
            measured=words.measured(chart),
            top=words.top(chart),
        )


def _origin(record: RunRecord, chart: ChartRecord) -> str:
    node = next((n for n in record.nodes if n.name == chart.node), None)
    return f"{node.component} ({node.name})" if node is not None else chart.node
