from __future__ import annotations

import re
from importlib.resources import files

import pytest

CSS = files("eventflow.report").joinpath("templates/report.css").read_text(encoding="utf-8")
TEXT = ("--text", "--soft", "--link", "--good", "--warn", "--bad", "--idle")
SURFACES = ("--page", "--panel")


def themes() -> dict[str, dict[str, str]]:
    """Read the colours of each theme: the first block is light, then dark, then print."""
    blocks = re.findall(r":root \{(.*?)\}", CSS, flags=re.DOTALL)
    found = [dict(re.findall(r"(--\w+): (#[0-9a-f]{6})", block)) for block in blocks]
    return dict(zip(("light", "dark", "print"), found, strict=True))


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_is_that_of_wcag() -> None:
    """Black on white is 21, and a published pair has its published ratio."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("text", TEXT)
@pytest.mark.parametrize("surface", SURFACES)
def test_text_stands_out(theme: str, text: str, surface: str) -> None:
    """Every text colour has a contrast of 4.5 or more on every surface, in every theme."""
    colours = themes()[theme]
    assert contrast(colours[text], colours[surface]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_bars_stand_out(theme: str) -> None:
    """Graphics have a contrast of 3 or more on the page (WCAG 1.4.11)."""
    colours = themes()[theme]
    assert contrast(colours["--bar"], colours["--page"]) >= 3


def test_colours_come_from_the_themes_alone() -> None:
    """No rule outside the themes names a colour, so that none is forgotten in the dark."""
    rules = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", rules) == []


def test_the_page_follows_the_reader() -> None:
    """Dark theme, print and narrow screens have their rules."""
    for rule in ("prefers-color-scheme: dark", "@media print", "@media (max-width"):
        assert rule in CSS
