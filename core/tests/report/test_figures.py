"""Pictures for trackers: they stand alone, say what the record says, and take any name."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from attrs import evolve

from eventflow.report.figures import MOST_FEATURES, figures
from eventflow.report.svg import histogram_path
from eventflow.runs.record import FeatureRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.runs.record import RunRecord

SVG = "{http://www.w3.org/2000/svg}"


def drawn(record: RunRecord, name: str) -> ET.Element:
    """Return one picture of a run, read as a file of its own."""
    return ET.fromstring(figures(record)[name])  # noqa: S314 - our own text


def words(picture: ET.Element) -> list[str]:
    """Return the texts that a picture shows."""
    return [text.text or "" for text in picture.iter(f"{SVG}text")]


def test_each_feature_has_its_histogram(samples: Mapping[str, RunRecord]) -> None:
    """The bars of the report under its name; a feature without a distribution is left out."""
    record = samples["warnings"]
    shown = [f for f in record.features if sum(f.histogram)]
    picture = drawn(record, "features.svg")
    paths = [path.attrib["d"] for path in picture.iter(f"{SVG}path")]
    assert paths == [histogram_path(f.histogram) for f in shown]
    assert set(words(picture)) >= {f.name for f in shown}


def test_each_dimension_has_its_bar(samples: Mapping[str, RunRecord]) -> None:
    """As long as its score is of a hundred, which stands beside it."""
    record = samples["warnings"]
    assert record.verdict is not None
    assert record.verdict.dimensions
    picture = drawn(record, "quality.svg")
    bars = {}
    for group in picture.findall(f"{SVG}g"):
        name, said_score = (text.text or "" for text in group.findall(f"{SVG}text"))
        whole, filled = (float(rect.attrib["width"]) for rect in group.findall(f"{SVG}rect"))
        bars[name] = (float(said_score), 100 * filled / whole)
    for dimension, score in record.verdict.dimensions.items():
        said, length = bars[f"input: {dimension}"]
        assert said == pytest.approx(score, abs=0.05)
        assert length == pytest.approx(score, abs=0.1)


def test_a_picture_stands_alone_and_takes_any_name(samples: Mapping[str, RunRecord]) -> None:
    """Names are shown, never read as markup; control characters and lone surrogates go."""
    names = ["<script>alert(1)</script>", "a\x00b\x1b[31m", "\ud800", "größe 大きさ", "]]>&"]
    features = [FeatureRecord(name=name, dtype="f64", histogram=(1, 2)) for name in names]
    record = evolve(samples["warnings"], name="<x>", features=tuple(features))
    markup = figures(record)["features.svg"]
    picture = drawn(record, "features.svg")
    assert "script" not in {element.tag.removeprefix(SVG) for element in picture.iter()}
    assert not [name for name in ("href", "url(", "@import") if name in markup]
    assert "größe 大きさ" in words(picture)
    assert markup.encode("utf-8").decode("utf-8") == markup


def test_what_is_not_drawn_is_counted(samples: Mapping[str, RunRecord]) -> None:
    """Of many features the first are drawn; the picture says how many more there are."""
    many = [FeatureRecord(name=f"f{n}", dtype="f64", histogram=(1,)) for n in range(1000)]
    picture = drawn(evolve(samples["warnings"], features=tuple(many)), "features.svg")
    assert len(list(picture.iter(f"{SVG}path"))) == MOST_FEATURES
    assert words(picture)[-1] == f"and {1000 - MOST_FEATURES} more"


def test_a_run_without_either_has_no_pictures(samples: Mapping[str, RunRecord]) -> None:
    """Nothing is made up for a run that failed early."""
    bare = evolve(samples["warnings"], features=(), charts=(), verdict=None, output_verdict=None)
    assert figures(bare) == {}
