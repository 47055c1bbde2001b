"""The end of a run in the terminal: what went in, what came out, and what to do next.

Plain functions from a record to lines. On success there are at most 15 lines, and a few more that
name the features; none is wider than asked. The last line is something to do.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import click
from attrs import frozen

from eventflow import formatting as fmt
from eventflow.cli.text import cells, cut, plain, wrap
from eventflow.ledger import STAYED
from eventflow.report import facts
from eventflow.runs.record import RunState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.cli.output import Glyphs
    from eventflow.errors import Problem
    from eventflow.quality import CheckResult, Verdict
    from eventflow.report.facts import LedgerLine, Tone
    from eventflow.runs.record import RunRecord

_COLORS: dict[Tone, str] = {"good": "green", "warn": "yellow", "bad": "red", "idle": "blue"}
_LABEL = 11
_MOST_ENTRIES, _MOST_WARNINGS, _MOST_OUTPUTS, _MOST_FEATURES = 5, 4, 2, 9
_MOST_REASONS, _MOST_PROBLEMS = 4, 3
_TELLING = 0.01
"""Share of missing values from which the summary names it; the report names all."""


def summary_lines(record: RunRecord, glyphs: Glyphs, *, color: bool, width: int = 80) -> list[str]:
    """Return the summary of a run, whatever its state.

    Args:
        record: The run.
        glyphs: Marks that the terminal can show.
        color: Whether to use colour; it never says anything that words do not.
        width: Columns of the terminal; no line is wider (colour codes take no room).
    """
    page = _Page(glyphs, color, max(width, 40))
    blocks = [
        [_heading(record, page)],
        [
            *_ledger(record, page),
            *_quality(record, page),
            *_features(record, page),
            *_recipes(record, page),
        ],
        _ending(record, page),
    ]
    lines: list[str] = []
    for block in filter(None, blocks):
        lines += ["", *block] if lines else block
    return lines


@frozen
class _Page:
    """What the terminal can show, and how wide it is."""

    glyphs: Glyphs
    color: bool
    width: int

    def text(self, words: str, taken: int = 0) -> str:
        """Clean text and cut it to what is left of the line."""
        return cut(plain(words, self.glyphs), self.width - taken, self.glyphs)

    def toned(self, words: str, tone: Tone) -> str:
        """Colour text, if colour is wanted."""
        return click.style(words, fg=_COLORS[tone], bold=True) if self.color else words

    def marked(self, words: str, tone: Tone) -> str:
        """Return text with its mark, both in the tone's colour."""
        return self.toned(self.text(f"{self.mark(tone)} {words}"), tone)

    def mark(self, tone: Tone) -> str:
        """Return the mark of a tone."""
        marks: dict[Tone, str] = {
            "good": self.glyphs.ok,
            "warn": self.glyphs.warning,
            "bad": self.glyphs.failure,
            "idle": self.glyphs.dot,
        }
        return marks[tone]

    def hanging(self, label: str, words: Sequence[str]) -> list[str]:
        """Wrap words under a label, as wide as the page."""
        room = self.width - 3 - _LABEL
        cleaned = [cut(plain(w, self.glyphs), room, self.glyphs) for w in words]
        lines = wrap([w for w in cleaned if w], room)
        heads = [label, *[""] * (len(lines) - 1)]
        return [f"  {head:<{_LABEL}} {line}" for head, line in zip(heads, lines, strict=True)]


def _heading(record: RunRecord, page: _Page) -> str:
    parts = [record.config_path or "", record.name]
    if record.as_of is not None:
        parts.append(f"as of {fmt.moment(record.as_of)}")
    if record.nodes:
        parts.append(fmt.plural(len(facts.plugins(record)), "plugin"))
    if passes := facts.passes_over_data(record):
        parts.append(fmt.plural(passes, "pass"))
    return cut("   ".join(plain(p, page.glyphs) for p in parts if p), page.width, page.glyphs)


def _ledger(record: RunRecord, page: _Page) -> list[str]:
    lines = facts.ledger_lines(record)
    if not lines:
        return []
    shown, rest = _most_telling(lines[1:-1])
    numbers = [fmt.count(line.rows) for line in lines]
    column = max(map(len, numbers))
    rows = (_ledger_line(line, column, record, page) for line in (lines[0], *shown))
    out = [text for row in rows for text in row]
    gone = [line.rows for line in rest if line.kind not in STAYED]
    stayed = len(rest) - len(gone)
    if gone:
        also = f" and {stayed} of rows that stay" if stayed else ""
        words = f"for {fmt.plural(len(gone), 'more reason')}{also}: see the report"
        out += _row("other", fmt.count(sum(gone)), column, words, page)
    elif stayed:
        words = f"for {fmt.plural(stayed, 'more reason')}: see the report"
        out += _row(rest[0].kind, "", column, words, page)
    return [*out, *_ledger_line(lines[-1], column, record, page)]


def _most_telling(entries: Sequence[LedgerLine]) -> tuple[list[LedgerLine], list[LedgerLine]]:
    """Return the lines there is room for, and the others, both in the order of the plan.

    Rows that are gone come first, so that the lines add up, and of each the largest numbers; one
    line is for rows that stayed.
    """
    if len(entries) <= _MOST_ENTRIES + 1:
        return list(entries), []
    ranked = sorted(entries, key=lambda line: (line.kind in STAYED, -line.rows))
    stayed = [line for line in ranked if line.kind in STAYED][:1]
    most = [
        *[line for line in ranked if line not in stayed][: _MOST_ENTRIES - len(stayed)],
        *stayed,
    ]
    return [e for e in entries if e in most], [e for e in entries if e not in most]


def _ledger_line(line: LedgerLine, column: int, record: RunRecord, page: _Page) -> list[str]:
    sign = "+" if line.kind == "added" else ""
    words = line.what
    if line.kind == "read":
        words = line.component or line.what
        if record.source_columns is not None:
            words += ", {} of {} columns".format(*record.source_columns)
    elif line.kind in STAYED:
        words += " (they stay in the result)"
    kept = _pasteable(line.kept) if line.kind != "result" else None
    number = f"({fmt.count(line.rows)})" if line.kind in STAYED else sign + fmt.count(line.rows)
    return _row(line.kind, number, column, words, page, kept=kept)


def _pasteable(path: str | None) -> str | None:
    """Return a path that works where the command was run: relative where that is shorter."""
    if path is None:
        return None
    with suppress(ValueError):  # another drive has no relative path
        return min(path, os.path.relpath(path), key=len)
    return path


def _row(  # noqa: PLR0913 - one argument per column of the table
    label: str, number: str, column: int, words: str, page: _Page, *, kept: str | None = None
) -> list[str]:
    """Return a row of the ledger; what is kept stands beside it, or below where there is no room.

    A path is never cut: it is there to be copied.
    """
    head = f"  {label:<{_LABEL}} {number:>{column}}   "
    text = page.text(words, len(head))
    if kept is None:
        return [(head + text).rstrip()]
    tail = f"{page.glyphs.arrow} {plain(kept, page.glyphs)}"
    room = page.width - len(head) - cells(tail) - 2
    if room >= cells(text):
        padding = max(min(24, room) - cells(text), 0)
        return [f"{head}{text}{' ' * padding}  {tail}"]
    indent = min(len(head), max(page.width - cells(tail), 2))
    return [(head + text).rstrip(), " " * indent + tail]


def _quality(record: RunRecord, page: _Page) -> list[str]:
    verdict = record.verdict
    if verdict is None or verdict.score is None or facts.gate_closed(record):
        return []
    words = [f"{fmt.score(verdict.score, verdict.minimum)} of 100"]
    if verdict.minimum is not None:
        words[0] += f", minimum {verdict.minimum:g}"
    parts = [f"{name} {fmt.score(value)}" for name, value in verdict.dimensions.items()]
    if not parts:
        return page.hanging("quality", words)
    return page.hanging("quality", [f"{words[0]}:", *(f"{w}," for w in parts[:-1]), parts[-1]])


def _features(record: RunRecord, page: _Page) -> list[str]:
    if not record.features or not record.outputs:
        return []
    made = facts.declared(record)
    names = [
        f.name + (f" ({fmt.share(f.missing)} missing)" if (f.missing or 0) >= _TELLING else "")
        for f in made[:_MOST_FEATURES]
    ]
    words = [*(f"{n}," for n in names[:-1]), names[-1]]
    if len(made) > _MOST_FEATURES:
        words[-1] += ","
        words.append(f"and {len(made) - _MOST_FEATURES} more")
    return page.hanging(facts.made(record).split(" ")[1], words)


def _recipes(record: RunRecord, page: _Page) -> list[str]:
    found = [" > ".join(recipes) for recipes, _ in facts.of_recipes(record.nodes)]
    words = [*(f"{name}," for name in found[:-1]), *found[-1:]]
    return page.hanging("recipes", words) if words else []


def _ending(record: RunRecord, page: _Page) -> list[str]:
    if record.state is RunState.COMPLETED:
        lines = [*_done(record, page), *_outputs(record, page), *_warnings(record, page)]
    elif facts.gate_closed(record):
        lines = _gate(record, page)
    else:
        lines = _failure(record, page)
    report = facts.open_command(record)
    return [*lines, f"  report      {report}"] if report else lines


def _done(record: RunRecord, page: _Page) -> list[str]:
    facts_ = [f"done in {fmt.duration(record.seconds)}"]
    if record.peak_bytes:
        facts_.append(f"{fmt.size(record.peak_bytes)} peak")
    if record.ledger is not None and not record.ledger.adds_up:
        rows = fmt.plural(abs(record.ledger.unexplained), "row")
        return [page.marked(", ".join([*facts_, f"{rows} not accounted for"]), "warn")]
    return [page.marked(", ".join(facts_), "good")]


def _outputs(record: RunRecord, page: _Page) -> list[str]:
    if record.nodes and all(node.role != "sink" for node in record.nodes):
        return ["  not written: the pipeline has no sink"]
    lines = []
    for output in record.outputs[:_MOST_OUTPUTS]:
        note = f"   {fmt.plural(output.rows, 'row')}"
        if output.bytes is not None:
            note += f", {fmt.size(output.bytes)}"
        lines.append(f"  {page.text(output.path, len(note) + 2)}{note}")
    if more := len(record.outputs) - _MOST_OUTPUTS:
        lines += [f"  and {more} more"] if more > 0 else []
    return lines


def _warnings(record: RunRecord, page: _Page) -> list[str]:
    found = facts.warnings(record)
    if not found:
        return []
    lines = [page.marked(fmt.plural(len(found), "warning"), "warn")]
    for warning in found[:_MOST_WARNINGS]:
        where = f"{warning.node}: " if warning.node else ""
        lines.append(f"  {warning.code}  {page.text(where + warning.message, 9)}")
    if len(found) > _MOST_WARNINGS:
        lines.append(f"  and {len(found) - _MOST_WARNINGS} more in the report")
    return lines


def _gate(record: RunRecord, page: _Page) -> list[str]:
    closed = [v for v in (record.verdict, record.output_verdict) if v is not None and not v.passed]
    lines = []
    for verdict in closed:
        lines.append(page.marked(_gate_words(verdict), "bad"))
        failed = [c for c in verdict.checks if not c.ok]
        lines += [_check_line(c, page) for c in failed[:_MOST_REASONS]]
        if not failed:
            lines += [f"  {page.text(reason, 2)}" for reason in verdict.reasons[:_MOST_REASONS]]
    fixes = [p.fix for p in record.problems if p.fix]
    return [*lines, *(line for fix in fixes[:1] for line in page.hanging("fix", fix.split()))]


def _gate_words(verdict: Verdict) -> str:
    if verdict.score is None:
        return "quality: no evidence, nothing was written"
    words = f"quality {fmt.score(verdict.score, verdict.minimum)} of 100"
    if verdict.minimum is not None:
        words += f", minimum {verdict.minimum:g}"
    return f"{words}: nothing was written"


def _check_line(check: CheckResult, page: _Page) -> str:
    words = (
        f"{check.dimension:<13} {', '.join(check.columns)}   {fmt.fraction(check.share)}, "
        f"required {check.required:g}   {fmt.plural(check.total - check.passed, 'row')}"
    )
    examples = [f"{words}   e.g. {', '.join(check.examples[:n])}" for n in (3, 2, 1)]
    fitting = (e for e in examples if cells(e) <= page.width - 2)
    return f"  {page.text(next(fitting, words) if check.examples else words, 2)}"


def _failure(record: RunRecord, page: _Page) -> list[str]:
    ended = facts.outcome(record)
    if not record.problems:
        words = ended.words if ended.tone == "idle" else f"{ended.words}: nothing was written"
        return [page.marked(words, ended.tone)]
    lines = []
    for problem in record.problems[:_MOST_PROBLEMS]:
        lines += _problem(problem, page)
    if len(record.problems) > _MOST_PROBLEMS:
        lines.append(f"  and {len(record.problems) - _MOST_PROBLEMS} more in the report")
    return lines


def _problem(problem: Problem, page: _Page) -> list[str]:
    mark = f"{page.mark('bad')} {problem.code}"
    words = plain(problem.message, page.glyphs).split()
    first, *rest = wrap([cut(w, page.width - 12, page.glyphs) for w in words], page.width - 12)
    lines = [f"{page.toned(mark, 'bad')}  {first}", *(f"  {line}" for line in rest[:3])]
    lines += [f"  {page.text(line, 2)}" for line in problem.detail[:4]]
    where = str(problem.location) if problem.location else None
    facts_ = {"where": where, "owner": problem.owner, "fix": problem.fix, "run": problem.command}
    for label, text in facts_.items():
        lines += page.hanging(label, text.split()) if text else []
    return lines
