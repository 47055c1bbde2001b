"""The run report as one HTML file that needs nothing else, and a short form for notebooks.

The page fetches nothing (its own content security policy forbids it), follows the reader's light
or dark theme, prints, fits a phone, and reads well aloud. The same record gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from attrs import frozen
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from eventflow import formatting as fmt
from eventflow.report import facts, pictures, svg
from eventflow.report.document import config_text, document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventflow.runs.record import FeatureRecord, NodeRecord, RunRecord

MARKS: dict[facts.Tone, str] = {"good": "✓", "warn": "▲", "bad": "✗", "idle": "○"}
"""What stands before a verdict, so that colour is never the only sign."""

MOST_FEATURES = 2000
"""Rows of the feature table at most; beyond, the page says how many there are."""

_SHORT_FEATURES, _SHORT_LINES = 9, 8


@frozen
class Card:
    """One number at the top of the report."""

    title: str
    value: str
    note: str


def warm_up() -> None:
    """Compile the report's template ahead of the first report of a process (80 ms)."""
    _environment().get_template("report.html.j2")


def render(record: RunRecord) -> str:
    """Return the report of a run, whatever its state, as one HTML document.

    At most 150 kB for 100 features and 1.5 MB for 2,000.
    """
    script = _source("filter.js").strip()
    verdicts = [
        (title, verdict, facts.by_dimension(verdict))
        for title, verdict in (("Input", record.verdict), ("Output", record.output_verdict))
        if verdict is not None
    ]
    drawn = pictures.shown(record)
    room = pictures.room_beside(record, drawn)
    return _clean(
        _environment()
        .get_template("report.html.j2")
        .render(
            record=record,
            outcome=facts.outcome(record),
            core=record.versions.get("eventflow-core", ""),
            sections=_sections(record),
            cards=cards(record),
            ledger=facts.ledger_lines(record),
            sum_sentence=facts.sum_sentence(record),
            flagged=bool(record.ledger and record.ledger.only("flagged")),
            changed=bool(record.ledger and record.ledger.only("changed")),
            verdicts=verdicts,
            features=record.features[:MOST_FEATURES],
            learned=_learned(record),
            pictures=drawn,
            picture_style=_markup(pictures.style(record)),
            plan=[_markup(picture) for picture in svg.plan(record.nodes)],
            rest=facts.other_seconds(record),
            longest=max([facts.other_seconds(record), *(p.seconds for p in record.passes)]),
            warnings=facts.warnings(record),
            command=facts.command(record),
            facts=_provenance(record),
            config=config_text(record),
            document=_markup(document(record, room)),
            script=_markup(script),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


def repr_html(record: RunRecord) -> str:
    """Return the run as a fragment for notebooks: verdict, cards, ledger, first features.

    Below 10 kB. Its CSS is scoped, and takes its colours from the page around it.
    """
    features = facts.declared(record)
    ledger = list(facts.ledger_lines(record))
    return _clean(
        _environment()
        .get_template("repr.html.j2")
        .render(
            record=record,
            outcome=facts.outcome(record),
            cards=cards(record),
            ledger=ledger,
            middle=ledger[1:-1][:_SHORT_LINES],
            more_lines=max(len(ledger) - 2 - _SHORT_LINES, 0),
            sum_sentence=facts.sum_sentence(record),
            features=features[:_SHORT_FEATURES],
            more=max(len(features) - _SHORT_FEATURES, 0),
            made=facts.made(record),
            open_command=facts.open_command(record),
        )
    )


def cards(record: RunRecord) -> Sequence[Card]:
    """Return the numbers that a reader looks for first."""
    ledger, verdict = record.ledger, record.verdict
    read, columns = fmt.NOTHING, ""
    if ledger is not None:
        read = fmt.count(ledger.read)
    if record.source_columns is not None:
        columns = "{} of {} columns".format(*record.source_columns)
    found = [Card("rows read", read, columns), _result_card(record)]
    if verdict is not None:
        minimum = "no minimum" if verdict.minimum is None else f"minimum {verdict.minimum:g}"
        value = f"{fmt.score(verdict.score, verdict.minimum)} / 100"
        found.append(Card("quality", value, minimum))
    peak = f"peak {fmt.size(record.peak_bytes)}" if record.peak_bytes else ""
    found.append(Card("time", fmt.duration(record.seconds), peak))
    if record.outputs:
        first, *others = record.outputs
        note = fmt.size(first.bytes) if first.bytes is not None else fmt.plural(first.rows, "row")
        more = f", and {len(others)} more" if others else ""
        found.append(Card("written", first.path, note + more))
    return found


def _result_card(record: RunRecord) -> Card:
    if record.ledger is None or not record.outputs:
        return Card("result", "nothing", "nothing was written")
    note = facts.made(record) if record.features else ""
    return Card("result", fmt.plural(record.ledger.result, "row"), note)


def _sections(record: RunRecord) -> Sequence[tuple[str, str]]:
    known = [
        ("problem", "What went wrong", bool(record.problems)),
        ("rows", "Rows", True),
        ("quality", "Quality", True),
        ("features", "Features", True),
        ("pictures", "Pictures", bool(record.charts)),
        ("learned", "Learned", bool(_learned(record))),
        ("plan", "Plan", True),
        ("time", "Time", True),
        ("warnings", "Warnings", bool(facts.warnings(record))),
        ("reproduce", "Reproduce", True),
    ]
    return [(name, title) for name, title, there in known if there]


def _learned(record: RunRecord) -> Sequence[NodeRecord]:
    return [node for node in record.nodes if node.learned]


def _provenance(record: RunRecord) -> Sequence[tuple[str, str]]:
    known = (
        ("run", record.run_id),
        ("platform", record.platform),
        ("seed", str(record.seed)),
        ("correlation id", record.correlation_id),
        ("trace id", record.trace.trace_id if record.trace else None),
        ("run folder", record.run_dir),
        ("fitted state", record.state_path),
    )
    return [(name, value) for name, value in known if value]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("eventflow.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters.update(_filters())
    return environment


def _filters() -> dict[str, Callable[..., Any]]:
    return {
        "clip": _clip,
        "count": fmt.count,
        "duration": fmt.duration,
        "fraction": fmt.fraction,
        "kind": facts.kind_of_work,
        "histogram": lambda feature: _markup(svg.histogram(feature)),
        "drawn": _markup,
        "mark": MARKS.__getitem__,
        "moment": fmt.moment,
        "number": fmt.number,
        "of_recipes": facts.of_recipes,
        "score": fmt.score,
        "share": fmt.share,
        "share_bar": lambda share: _markup(svg.share_bar(share)),
        "size": fmt.size,
        "spread": _spread,
        "time_bar": lambda seconds, longest: _markup(_time_bar(seconds, longest)),
    }


def _spread(feature: FeatureRecord) -> Sequence[tuple[str, str]]:
    """Return lowest, middle and highest value, each with what stands below it in small print."""
    if feature.earliest:
        low, high = (end.partition("T") for end in (feature.earliest, feature.latest))
        return [(low[0], low[2]), (fmt.NOTHING, ""), (high[0], high[2])]
    notes = ("", "", "")
    if feature.quantiles:
        p5, p25, p75, p95 = map(fmt.number, feature.quantiles)
        notes = (p5, f"{p25} … {p75}", p95)
    values = (feature.minimum, feature.median, feature.maximum)
    return list(zip(map(fmt.number, values), notes, strict=True))


def _time_bar(seconds: float, longest: float) -> str:
    share = seconds / longest if longest else 0.0
    return svg.bar(share, f"{fmt.duration(seconds)}, the longest took {fmt.duration(longest)}")


def _clip(text: str, letters: int = 48) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _markup(text: str) -> Markup:
    """Mark as HTML what this package drew itself; `svg` and `document` escape what they show."""
    return Markup(text)  # noqa: S704 - see above


def _finalize(value: object) -> object:
    """Take control characters out of whatever a template shows."""
    return fmt.printable(value) if type(value) is str else value


def _clean(page: str) -> str:
    """Make sure that the page can be written as UTF-8."""
    return page.encode("utf-8", "replace").decode("utf-8")


def _source(name: str) -> str:
    environment = _environment()
    assert environment.loader is not None  # noqa: S101 - set where it is made
    return environment.loader.get_source(environment, name)[0]
