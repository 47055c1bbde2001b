from __future__ import annotations

import json
import re
import subprocess
import sys
from html import escape
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import yaml
from attrs import evolve

from eventflow.report import facts
from eventflow.report.document import config_text
from eventflow.report.html import render, repr_html
from eventflow.runs.encode import record_from_dict, record_to_dict
from eventflow.runs.record import FeatureRecord, OutputRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventflow.runs.record import RunRecord

VOID = {"meta", "br", "input", "link", "img", "hr"}
KINDS = ("success", "warnings", "gate_closed", "failed", "cancelled", "nasty", "bare", "wide_100")


class Page(HTMLParser):
    """A strict reader: elements must nest; remembers tags, attributes and text."""

    def __init__(self, html: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute of {tag} twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element without content."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which must be this one."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text with the elements around it."""
        self.texts.append((tuple(self._open), data))

    def all(self, *names: str) -> Iterator[dict[str, str | None]]:
        """Yield the attributes of these elements."""
        return (attrs for tag, attrs in self.tags if tag in names)

    def text(self, within: str) -> str:
        """Return the text inside elements of this name."""
        return " ".join(data.strip() for around, data in self.texts if within in around)


@pytest.fixture(params=KINDS)
def record(request: pytest.FixtureRequest, samples: Mapping[str, RunRecord]) -> RunRecord:
    """Give every kind of run in turn."""
    return samples[request.param]


def test_pages_are_well_formed_and_named(record: RunRecord) -> None:
    """Elements nest, the language is said, ids are unique, and every link leads somewhere."""
    html = render(record)
    page = Page(html)
    assert html.startswith("<!DOCTYPE html>\n<html lang=")
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(set(ids)) == len(ids)
    for attrs in page.all("a"):
        assert (attrs["href"] or "").removeprefix("#") in ids


def test_nothing_is_fetched(record: RunRecord) -> None:
    """No element and no style asks for anything outside, and the policy would refuse it."""
    html = render(record)
    page = Page(html)
    for tag, attrs in page.tags:
        assert not {"src", "srcset", "background", "poster", "data", "action"} & set(attrs), tag
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form", "audio"}
        assert tag == "a" or "href" not in attrs
    styles = page.text("style")
    assert "@import" not in styles
    assert "url(" not in styles
    policy = next(a["content"] for a in page.all("meta") if "http-equiv" in a) or ""
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy


def test_scripts_are_ours_alone(record: RunRecord) -> None:
    """One data block, at most one script (which the policy names), no event attributes."""
    html = render(record)
    page = Page(html)
    kinds = [attrs.get("type") for attrs in page.all("script")]
    assert kinds == (["application/json", None] if record.features else ["application/json"])
    for _, attrs in page.tags:
        assert not [name for name in attrs if name.startswith("on")]


def test_the_page_reads_well_aloud(record: RunRecord) -> None:
    """Headings in order, scope on header cells, a sentence on pictures, a label on fields."""
    page = Page(render(record))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(a.get("scope") in {"col", "row", "rowgroup"} for a in page.all("th"))
    for attrs in page.all("svg"):
        if attrs["role"] == "presentation":  # a part of the picture around it
            continue
        assert attrs["role"] == "img"
        assert len(attrs["aria-label"] or "") > 5
    assert {a["for"] for a in page.all("label")} == {a["id"] for a in page.all("input")}


def test_the_verdict_comes_first_in_words(record: RunRecord) -> None:
    """The first heading says how it ended with a mark and a word, not by colour alone."""
    words = facts.outcome(record)
    heading = Page(render(record)).text("h1")
    assert re.match(r"^[✓▲✗○] ", heading)
    assert words.words in heading


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("success", "passed"),
        ("warnings", "passed with 2 warnings"),
        ("gate_closed", "failed at the quality gate"),
        ("failed", "failed at filter (steps.1)"),
        ("cancelled", "cancelled"),
        ("bare", "waiting"),
    ],
)
def test_verdicts(samples: Mapping[str, RunRecord], kind: str, words: str) -> None:
    """Each way to end has its words."""
    assert facts.outcome(samples[kind]).words == words


def test_a_failed_run_shows_its_problem(samples: Mapping[str, RunRecord]) -> None:
    """Code, message, place with a caret, owner, facts and fix are on the page."""
    text = Page(render(samples["failed"])).text("main")
    for part in (
        "EF501",
        "churn.yaml:9:5",
        "^^^^^^^",
        "eventflow-churn 0.1.0",
        '"12/1/2009',
        "parse:",
    ):
        assert part in text


def test_the_ledger_on_the_page_adds_up(samples: Mapping[str, RunRecord]) -> None:
    """Rows read equal the sum of the lines below, flagged rows aside."""
    html = render(samples["success"])
    table = html[html.index('id="rows"') : html.index('id="quality"')]
    rows = [int(n.replace(",", "")) for n in re.findall(r'data-l="rows">([\d,]+)<', table)]
    kinds = [line.kind for line in facts.ledger_lines(samples["success"])]
    assert kinds == ["read", "quarantined", "dropped", "flagged", "folded", "result"]
    assert rows[0] == sum(
        n for n, k in zip(rows, kinds, strict=True) if k not in {"read", "flagged"}
    )
    assert "1,067,371 read = 5,942 in the result + 1,061,429 accounted for" in table


def test_rows_nobody_accounts_for_are_shown(samples: Mapping[str, RunRecord]) -> None:
    """A ledger that does not add up says so, on the page and in the sentence."""
    good = samples["success"]
    assert good.ledger is not None
    short = evolve(good, ledger=evolve(good.ledger, result=5_940))
    text = Page(render(short)).text("main")
    assert "nobody accounts for these" in text
    assert "2 not accounted for" in text


@pytest.mark.parametrize(("kind", "limit"), [("wide_100", 150_000), ("wide_2000", 1_500_000)])
def test_size_budgets(samples: Mapping[str, RunRecord], kind: str, limit: int) -> None:
    """100 features fit in 150 kB, 2,000 in 1.5 MB, every one of them on the page."""
    html = render(samples[kind])
    assert len(html.encode()) <= limit
    assert html.count('class="h"') == len(samples[kind].features)


def test_more_features_are_counted_not_shown(samples: Mapping[str, RunRecord]) -> None:
    """Beyond 2,000 features the table says how many there are and where."""
    one = FeatureRecord(name="f", dtype="f64")
    html = render(evolve(samples["success"], features=(one,) * 2100))
    assert "The first 2,000 of 2,100; all are in record.json beside this file." in html


def test_the_same_record_gives_the_same_bytes(record: RunRecord) -> None:
    """A page can be compared and cached, also across interpreter hash seeds."""
    assert render(record) == render(record_from_dict(record_to_dict(record)))


def test_the_record_inside_is_the_json_document(record: RunRecord) -> None:
    """Tools read the run out of the page, whatever its names hold, but for what is too long."""
    html = render(record)
    inside = re.findall(r'<script type="application/json" id="run-record">(.*?)</script>', html)
    assert len(inside) == 1
    many = record.charts and len(record.features) == 100
    left_out: dict[str, list[object]] = {"charts": [], "features": []} if many else {}
    assert json.loads(inside[0]) == {**record_to_dict(record), **left_out}
    assert not set("<>&") & set(inside[0])


def test_hostile_names_stay_text(
    samples: Mapping[str, RunRecord], hostile: tuple[str, ...]
) -> None:
    """Markup, quotes, templates and control characters are shown, not obeyed."""
    html = render(samples["nasty"])
    page = Page(html)
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "\x00" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    text = page.text("main")
    for name in (hostile[0], hostile[1], hostile[2], hostile[3], "☕ 🧪", "{{ 7 * 7 }}"):
        assert name in text
    assert html.encode("utf-8")


def test_undecodable_names_do_not_stop_the_page(samples: Mapping[str, RunRecord]) -> None:
    """A path that is not UTF-8 still gives a page that can be written."""
    output = OutputRecord(path="caf\udce9.parquet", rows=1)
    record = evolve(samples["success"], outputs=(output,), config={"caf\udce9": "\udce9"})
    assert render(record).encode("utf-8")
    assert repr_html(record).encode("utf-8")


def test_no_more_than_three_examples_a_check(samples: Mapping[str, RunRecord]) -> None:
    """Raw values never pile up on the page."""
    good = samples["success"]
    assert good.verdict is not None
    loud = evolve(good.verdict.checks[0], examples=tuple(f"secret-row-{i}" for i in range(9)))
    record = evolve(good, verdict=evolve(good.verdict, checks=(loud,)))
    page = Page(render(record))
    assert page.text("main").count("secret-row-") == 3


def test_gates_that_everything_passed_are_folded_and_the_others_stand_by_themselves(
    samples: Mapping[str, RunRecord],
) -> None:
    """Twenty clean columns do not hide the one that has a gap."""
    good = samples["success"]
    assert good.verdict is not None
    clean = evolve(good.verdict.checks[0], passed=9, total=9, required=0.9, examples=())
    many = tuple(evolve(clean, detail=f"column {i} has no gap") for i in range(20))
    gap = evolve(clean, passed=8, detail="one column has a gap")
    verdict = evolve(good.verdict, checks=(*many, gap))
    html = render(evolve(good, verdict=verdict))
    before, _, folded = html.partition("20 more that every unit passed")
    assert "one column has a gap" in before
    assert "has no gap" not in before
    assert folded.partition('id="features"')[0].count("has no gap") == 20
    few = render(evolve(good, verdict=evolve(verdict, checks=(*many[:5], gap))))
    assert "that every unit passed" not in few


def test_left_out_features_have_a_line(samples: Mapping[str, RunRecord]) -> None:
    """A feature that the data cannot serve is named with what it lacks."""
    assert "support_intensity is left out: the data has no support_tickets" in render(
        samples["success"]
    )


def test_the_page_says_how_to_do_it_again(samples: Mapping[str, RunRecord]) -> None:
    """One command with pinned versions and the moment; configuration, versions, fingerprints."""
    text = Page(render(samples["success"])).text("main")
    assert (
        "uv run --with eventflow-core==0.1.0 --with eventflow-churn==0.1.0 "
        "--with eventflow-datasets==0.1.0 eventflow run churn.yaml "
        "--set blueprint.as_of=2011-12-10T00:00:00Z --set seed=7"
    ) in text
    assert "sha256:5b1c7c2e9d413f8a" in text
    assert "polars==2.1.0" in text
    assert "********" in text


def test_the_configuration_reads_back_the_same(samples: Mapping[str, RunRecord]) -> None:
    """The YAML on the page is the configuration, also where YAML versions disagree on words."""
    tricky = {"a": "NO", "b": "12:30", "c": "0o14", "d": "1e3", "e": ["", "~", "x: y"], "f": 1.5}
    record = evolve(samples["success"], config={**samples["success"].config, **tricky})
    text = config_text(record)
    assert yaml.safe_load(text) == record.config
    assert 'b: "12:30"' in text
    assert 'c: "0o14"' in text
    assert 'd: "1e3"' in text


def test_the_notebook_form_is_small_and_scoped(record: RunRecord) -> None:
    """Below 10 kB, one root element, no scripts, no rule that reaches outside."""
    html = repr_html(record)
    page = Page(html)
    assert len(html.encode()) < 10_000
    assert page.tags[0] == ("div", {"class": "eventflow-run"})
    assert "script" not in {tag for tag, _ in page.tags}
    for rule in re.findall(r"([^{}]+)\{", page.text("style")):
        assert all(part.strip().startswith(".eventflow-run") for part in rule.split(","))


def test_the_notebook_form_tells_the_essentials(samples: Mapping[str, RunRecord]) -> None:
    """Verdict, ledger and features are there; what is left out is counted."""
    html = repr_html(samples["wide_100"])
    for part in ("passed with 2 warnings", "1,067,371 read = 5,942", "100 features", "and 91 more"):
        assert part in html


def test_the_report_needs_no_polars() -> None:
    """A report is rendered from a record alone."""
    program = (
        "import sys, eventflow.report.html;"
        "print([m for m in ('polars', 'pydantic', 'rich') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_times_add_up_and_are_called_as_in_the_summary(
    samples: Mapping[str, RunRecord],
) -> None:
    """A pass reads the source, a query does not; what is left is planning and keeping records."""
    record = samples["success"]
    page = render(record)
    for work in record.passes:
        assert f"{'pass' if 'source' in work.nodes else 'query'}: {escape(work.label)}" in page
    assert page.count('<th scope="row">pass: ') == facts.passes_over_data(record)
    known = sum(work.seconds for work in record.passes)
    assert facts.other_seconds(record) + known == pytest.approx(record.seconds)
    assert "planning, imports, keeping records" in page
