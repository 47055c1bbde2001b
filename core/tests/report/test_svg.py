from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from eventflow.report import svg
from eventflow.runs.record import FeatureRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.runs.record import RunRecord


@given(st.lists(st.integers(0, 10**9), max_size=24))
def test_every_bin_with_rows_is_visible_and_inside(counts: list[int]) -> None:
    """As many bars as bins with rows, each at least one and at most 24 high, none outside."""
    path = svg.histogram_path(counts)
    bars = re.findall(r"M([\d.]+) 24v-(\d+)h([\d.]+)v(\d+)", path)
    assert len(bars) == sum(1 for c in counts if c > 0)
    for left, up, width, down in bars:
        assert 1 <= int(up) == int(down) <= 24
        assert 0 <= float(left) < float(left) + float(width) <= 100.1


def test_a_histogram_says_where_most_values_are() -> None:
    """The sentence for those who cannot see it."""
    feature = FeatureRecord(
        name="a", dtype="f64", minimum=0, median=3, maximum=10, histogram=(1, 5, 2, 0, 0)
    )
    assert 'aria-label="Most values between 2 and 4"' in svg.histogram(feature)
    named = evolve(feature, top=(('<"x">', 7),))
    assert 'aria-label="Most frequent: &lt;&quot;x&quot;&gt;, 7 rows"' in svg.histogram(named)
    assert svg.histogram(FeatureRecord(name="a", dtype="f64", histogram=(0, 0))) == ""


@given(st.floats(0, 1))
def test_a_bar_is_as_long_as_its_share(share: float) -> None:
    """Anything above zero is visible; the whole fills the track."""
    picture = ET.fromstring(svg.share_bar(share))  # noqa: S314 - our own text
    filled = float(picture[1].attrib["width"])
    assert filled == 0 if share == 0 else 1 <= filled <= 120
    assert abs(filled - 120 * share) <= 1


def test_a_plan_is_a_row_of_boxes(samples: Mapping[str, RunRecord]) -> None:
    """One picture per node, well-formed; what leaves streaming is marked and outlined."""
    nodes = samples["warnings"].nodes
    pictures = [ET.fromstring(p) for p in svg.plan(nodes)]  # noqa: S314 - our own text
    assert len(pictures) == len(nodes)
    assert [len(p.findall("path")) for p in pictures] == [0, *[1] * (len(nodes) - 1)]
    held = pictures[2]
    assert [r.attrib["class"] for r in held.findall("rect")] == ["w"]
    assert (held[2].text or "").startswith("▲ ")
    assert "needs whole entities" in held.attrib["aria-label"]


def test_each_box_of_a_blueprint_has_the_name_of_its_node(samples: Mapping[str, RunRecord]) -> None:
    """The name under which ledger and passes speak of it; no two boxes are called alike."""
    nodes = [n for n in samples["success"].nodes if n.role == "blueprint"]
    again = [*nodes, evolve(nodes[0], name="blueprint.7")]
    pictures = [ET.fromstring(p) for p in svg.plan(again)]  # noqa: S314 - our own text
    shown = [next(t.text for t in p.findall("text")) for p in pictures]
    assert shown == [n.name for n in again]
    assert all(n.component in p.attrib["aria-label"] for n, p in zip(again, pictures, strict=True))


def test_hostile_names_stay_inside_their_box(samples: Mapping[str, RunRecord]) -> None:
    """Long and wide names are cut, markup is text."""
    for picture in svg.plan(samples["nasty"].nodes):
        node = ET.fromstring(picture)  # noqa: S314 - our own text
        for text in node.findall("text"):
            assert len(text.text or "") <= 22
