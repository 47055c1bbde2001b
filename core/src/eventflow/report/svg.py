"""Inline SVG, by hand: a histogram is one path, a bar two rectangles, a plan a row of boxes.

Every picture has ``role="img"`` and a sentence that says what it shows. Colours come from the
page's CSS classes, so that one drawing serves the light and the dark theme and print.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from eventflow.formatting import clip, count, number, printable, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.runs.record import FeatureRecord, NodeRecord

_WIDTH, _HEIGHT = 100, 24
_BAR_WIDTH, _BAR_HEIGHT = 120, 8
_BOX_WIDTH, _BOX_HEIGHT, _ARROW = 182, 66, 22
_LETTERS = 22


def histogram(feature: FeatureRecord) -> str:
    """Draw a feature's distribution; empty text when there is none."""
    path = histogram_path(feature.histogram)
    if not path:
        return ""
    label = escape(in_words(feature), quote=True)
    return (
        f'<svg role="img" aria-label="{label}" class="h" viewBox="0 0 {_WIDTH} {_HEIGHT}">'
        f'<path d="{path}"/></svg>'
    )


def histogram_path(counts: Sequence[int]) -> str:
    """Return bars from the left edge to the right as one path; a count above zero is visible."""
    highest = max(counts, default=0)
    if highest <= 0:
        return ""
    step = _WIDTH / len(counts)
    width = step - min(1.0, step / 5)
    parts = []
    for i, value in enumerate(counts):
        if value > 0:
            height = max(1, round(value / highest * _HEIGHT))
            parts.append(f"M{i * step:.4g} {_HEIGHT}v-{height}h{width:.3g}v{height}")
    return "".join(parts)


def in_words(feature: FeatureRecord) -> str:
    """Say what the histogram of a feature shows."""
    if feature.top:
        value, rows = feature.top[0]
        return f"Most frequent: {clip(value, 40)}, {count(rows)} rows"
    peak = max(range(len(feature.histogram)), key=feature.histogram.__getitem__)
    if feature.minimum is None or feature.maximum is None:
        return f"Bin {peak + 1} of {len(feature.histogram)} is the fullest"
    step = (feature.maximum - feature.minimum) / len(feature.histogram)
    low = feature.minimum + peak * step
    return f"Most values between {number(low)} and {number(low + step)}"


def bar(value: float | None, label: str) -> str:
    """Draw a share (0 to 1) as a bar; anything above zero is visible."""
    if value is None:
        return ""
    filled = min(max(value, 0.0), 1.0) * _BAR_WIDTH
    filled = max(filled, 1.0) if value > 0 else 0.0
    return (
        f'<svg role="img" aria-label="{escape(label, quote=True)}" class="b" '
        f'viewBox="0 0 {_BAR_WIDTH} {_BAR_HEIGHT}" preserveAspectRatio="none">'
        f'<rect class="t" width="{_BAR_WIDTH}" height="{_BAR_HEIGHT}"/>'
        f'<rect width="{filled:.4g}" height="{_BAR_HEIGHT}"/></svg>'
    )


def share_bar(value: float | None) -> str:
    """Draw a share of the rows read."""
    return bar(value, f"{share(value)} of the rows read")


def plan(nodes: Sequence[NodeRecord]) -> Sequence[str]:
    """Draw each node of a plan as a box with an arrow from the one before.

    The page lays the boxes out, so that they wrap on narrow screens.
    """
    return [_node(node, position, len(nodes)) for position, node in enumerate(nodes, 1)]


def _node(node: NodeRecord, position: int, total: int) -> str:
    held = node.locality.startswith("whole")
    place = node.locality or node.role
    several = node.role == "blueprint" and not node.recipes  # all of one component
    name = node.name if several else node.component
    package = f"{node.distribution.removeprefix('eventflow-')} {node.version}".strip()
    sentence = (
        f"{position} of {total}: {node.component} ({node.name}), {node.role}, {place}, "
        f"from {node.distribution} {node.version}"
    )
    if node.recipes:
        sentence += f"; of {' > '.join(node.recipes)}"
    if node.note:
        sentence += f"; {node.note}"
    first = position == 1
    shift = 0 if first else _ARROW
    arrow = (
        "" if first else f'<path class="a" d="M3 {_BOX_HEIGHT // 2}h{_ARROW - 7}m-5-4l5 4-5 4"/>'
    )
    lines = (
        ("n", ("▲ " if held else "") + clip(name, _LETTERS - 3)),
        ("", clip(f"gate · {place}" if node.role == "gate" else place, _LETTERS)),
        ("", clip(package, _LETTERS)),
    )
    text = "".join(
        f'<text class="{style}" x="{shift + 11}" y="{22 + 17 * i}">{escape(words)}</text>'
        for i, (style, words) in enumerate(lines)
    )
    width = _BOX_WIDTH + shift
    return (
        f'<svg role="img" aria-label="{escape(printable(sentence), quote=True)}" class="p" '
        f'width="{width}" height="{_BOX_HEIGHT}" viewBox="0 0 {width} {_BOX_HEIGHT}">{arrow}'
        f'<rect class="{"w" if held else "x"}" x="{shift + 0.5:g}" y=".5" '
        f'width="{_BOX_WIDTH - 1}" height="{_BOX_HEIGHT - 1}" rx="6"/>{text}</svg>'
    )
