"""Pictures of a run that stand alone, for where runs are compared: one SVG file each.

They bring their own size and colours, follow the reader's light or dark theme, and fetch nothing.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from eventflow.charts.draw.picture import alone
from eventflow.formatting import NOTHING, clip, number, printable, share
from eventflow.report import svg
from eventflow.tracking import FEATURES_FIGURE, QUALITY_FIGURE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.quality import Verdict
    from eventflow.runs.record import FeatureRecord, RunRecord

MOST_FEATURES: Final = 60
"""Features that are drawn at most; beyond, the picture says how many there are."""

_STYLE: Final = (
    "text{font:12px system-ui,sans-serif;fill:#24292f}.s{font-size:10px;fill:#57606a}"
    "path,.v{fill:#0969da}.t{fill:#d0d7de}.g{fill:#fff}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#9198a1}path,.v{fill:#4493f8}"
    ".t{fill:#3d444d}.g{fill:#0d1117}}"
)
_COLUMNS, _WIDTH, _HEIGHT, _MARGIN = 4, 224, 104, 12
_LETTERS, _SCALE = 30, 2
_BAR_LEFT, _BAR_WIDTH, _BAR_HEIGHT, _LINE = 170, 300, 12, 24


def figures(record: RunRecord) -> dict[str, str]:
    """Return the pictures of a run by their names, those that show something.

    ``features.svg`` has a histogram for each feature, ``quality.svg`` a bar for each dimension of
    the verdicts on input and output, ``chart-1.svg`` and so on the charts that steps asked for.
    """
    made = {FEATURES_FIGURE: _features(record), QUALITY_FIGURE: _quality(record)}
    made |= {f"chart-{i}.svg": alone(chart) for i, chart in enumerate(record.charts, 1)}
    return {name: picture for name, picture in made.items() if picture}


def _features(record: RunRecord) -> str:
    drawn = [f for f in record.features if svg.histogram_path(f.histogram)]
    shown = drawn[:MOST_FEATURES]
    if not shown:
        return ""
    parts = [_cell(feature, *divmod(i, _COLUMNS)) for i, feature in enumerate(shown)]
    rows = -(-len(shown) // _COLUMNS)
    height = _MARGIN + rows * _HEIGHT
    if more := len(drawn) - len(shown):
        parts.append(_text(_MARGIN, height + _MARGIN, f"and {more:,} more"))
        height += _LINE
    columns = min(len(shown), _COLUMNS)
    about = f"Distributions of {len(shown)} features of {record.name}"
    return _picture(about, _MARGIN + columns * _WIDTH, height, parts)


def _cell(feature: FeatureRecord, row: int, column: int) -> str:
    left, top = _MARGIN + column * _WIDTH, _MARGIN + row * _HEIGHT
    missing = f" · {share(feature.missing)} missing" if feature.missing else ""
    return (
        f"<g><title>{_plain(svg.in_words(feature))}</title>"
        f"{_text(left, top + 12, clip(feature.name, _LETTERS))}"
        f'<g transform="translate({left} {top + 20}) scale({_SCALE})">'
        f'<path d="{svg.histogram_path(feature.histogram)}"/></g>'
        f"{_text(left, top + 82, clip(_ends(feature) + missing, 42), 's')}</g>"
    )


def _ends(feature: FeatureRecord) -> str:
    """Return what stands at the two ends of a histogram."""
    if feature.top:
        return ", ".join(value for value, _ in feature.top[:3])
    if feature.earliest:
        return f"{feature.earliest} … {feature.latest}"
    ends = (feature.minimum, feature.maximum)
    return f"{number(ends[0])} … {number(ends[1])}" if None not in ends else NOTHING


def _quality(record: RunRecord) -> str:
    verdicts = {"input": record.verdict, "output": record.output_verdict}
    lines = [line for title, v in verdicts.items() if v is not None for line in _lines(title, v)]
    if not lines:
        return ""
    parts = [_bar(i, name, score) for i, (name, score) in enumerate(lines)]
    width = _BAR_LEFT + _BAR_WIDTH + 70
    return _picture(f"Quality of {record.name}", width, 2 * _MARGIN + len(lines) * _LINE, parts)


def _lines(title: str, verdict: Verdict) -> Iterator[tuple[str, float]]:
    if verdict.score is not None:
        yield title, verdict.score
    yield from ((f"{title}: {name}", score) for name, score in verdict.dimensions.items())


def _bar(line: int, name: str, score: float) -> str:
    """Draw a score of 0 to 100; anything above zero is visible."""
    top = _MARGIN + line * _LINE
    filled = min(max(score, 0.0), 100.0) / 100 * _BAR_WIDTH
    filled = max(filled, 1.0) if score > 0 else 0.0
    size = f'x="{_BAR_LEFT}" y="{top}" height="{_BAR_HEIGHT}"'
    return (
        f"<g>{_text(_MARGIN, top + 10, clip(name, 24))}"
        f'<rect class="t" {size} width="{_BAR_WIDTH}"/>'
        f'<rect class="v" {size} width="{filled:.4g}"/>'
        f"{_text(_BAR_LEFT + _BAR_WIDTH + 8, top + 10, f'{score:.1f}')}</g>"
    )


def _picture(about: str, width: int, height: int, parts: Sequence[str]) -> str:
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{_plain(about)}" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<style>{_STYLE}</style><rect class="g" width="{width}" height="{height}"/>'
        f"{''.join(parts)}</svg>\n"
    )
    return picture.encode("utf-8", "replace").decode("utf-8")


def _text(left: int, top: int, words: str, style: str = "") -> str:
    of_class = f' class="{style}"' if style else ""
    return f'<text{of_class} x="{left}" y="{top}">{_plain(words)}</text>'


def _plain(words: str) -> str:
    return escape(printable(words), quote=True)
