"""A catalogue of mistakes people make, each with the place it must be reported at.

Every mistake is one change of one sound pipeline. For each: the right code, the right line and
column, at most twelve lines, the nearest name where there is one, and a fix which, once applied,
makes the check pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from config_components import SOUND, host_with_components
from eventflow.config.loading import CheckReport, check_config
from eventflow.errors import Edit, ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.errors import Problem
    from eventflow.plugins import PluginHost


class Mistake(NamedTuple):
    """One change of the sound pipeline, and what must be said of it."""

    old: str
    new: str
    code: str
    at: str
    says: str = ""
    fixable: bool = True


MISTAKES = {
    # Keys of the pipeline
    "misspelt top key": Mistake("name: shop", "nmae: shop", "EF202", "1:1", 'mean "name"'),
    "misspelt source": Mistake("source: {", "sorce: {", "EF202", "2:1", 'mean "source"'),
    "misspelt schema": Mistake("schema:\n", "shema:\n", "EF202", "3:1", 'mean "schema"'),
    "misspelt steps": Mistake("steps:\n", "step:\n", "EF202", "8:1", 'mean "steps"'),
    "misspelt blueprint": Mistake("blueprint:", "bluprint:", "EF202", "17:1", 'mean "blueprint"'),
    "misspelt quality": Mistake("quality:", "qualtiy:", "EF202", "18:1", 'mean "quality"'),
    "misspelt transport": Mistake("transport:", "transprot:", "EF202", "22:1", "transport"),
    "capital letter": Mistake("seed: 7", "Seed: 7", "EF202", "23:1", 'mean "seed"'),
    "another tool's word": Mistake("source: {", "input: {", "EF202", "2:1", 'mean "source"'),
    "output for sink": Mistake("sink:\n", "destination:\n", "EF202", "19:1", 'mean "sink"'),
    "key nobody knows": Mistake("seed: 7", "seed: 7\nzzzz: 1", "EF202", "24:1", "remove it"),
    "as_of at the top": Mistake("seed: 7", "as_of: 2011-12-10", "EF202", "23:1", "blueprint"),
    "misspelt runs key": Mistake("keep: 20", "kepe: 20", "EF202", "24:26", 'mean "keep"'),
    "misspelt plugins key": Mistake("strict: f", "strcit: f", "EF202", "25:11", 'mean "strict"'),
    "misspelt role": Mistake("timestamp: at", "timestmp: at", "EF202", "4:3", "timestamp"),
    "misspelt column key": Mistake("nullable:", "nulable:", "EF202", "7:26", "nullable"),
    "unknown zone": Mistake(
        "entity: customer", "entity: customer\n  timezone: America/New_Yrok", "EF206", "6:13",
        "America/New_York",
    ),
    "unknown role": Mistake("entity: customer", "qqqq: customer", "EF202", "5:3", "remove"),
    # Which component
    "misspelt use": Mistake("{use: sheet, path: e", "{ues: sheet, path: e", "EF208", "2:10", "use"),
    "misspelt use in block": Mistake("- use: sessions", "- usse: sessions", "EF208", "9:5", "use"),
    "type for use": Mistake("- use: sessions", "- type: sessions", "EF208", "9:5", 'mean "use"'),
    "misspelt nested use": Mistake("{use: asof", "{us: asof", "EF208", "16:12", 'mean "use"'),
    "unknown source": Mistake("{use: sheet, path: e", "{use: sheat, path: e", "EF201", "2:15",
                              'mean "sheet"'),
    "unknown step": Mistake("use: sessions", "use: sesions", "EF201", "9:10", 'mean "sessions"'),
    "unknown sink": Mistake("use: output", "use: outputt", "EF201", "20:8", 'mean "output"'),
    "unknown transport": Mistake("use: memory", "use: memroy", "EF201", "22:18", 'mean "memory"'),
    "unknown blueprint": Mistake("use: recipe", "use: recipes", "EF201", "17:18", 'mean "recipe"'),
    "unknown nested source": Mistake("{use: sheet, path: w", "{use: shet, path: w", "EF201",
                                     "15:20", 'mean "sheet"'),
    "unknown nested join": Mistake("asof.near", "asof.naer", "EF201", "16:17", "asof.near"),
    "unknown everything": Mistake("use: memory", "use: zzzzzz", "EF201", "22:18", "installed:",
                                  fixable=False),
    "missing use": Mistake("{use: memory}", "{buffer: 5}", "EF208", "22:13", "add use",
                           fixable=False),
    "name as key": Mistake("- use: sessions\n    gap: 30m\n    window:\n      length: 1h\n"
                           "    columns: {a: b}", "- sessions:\n      gap: 30m", "EF208", "9:5",
                           "write use: sessions"),
    "name as key, flow": Mistake("transport: {use: memory}", "transport: {memory: {}}", "EF208",
                                 "22:13", "use: memory"),
    "text for a use": Mistake("{use: memory}", "memory", "EF205", "22:12", "{use: memory}"),
    "text for a nested use": Mistake("{use: asof.near, tolerance: 1h}", "asof.near", "EF205",
                                     "16:11", "{use: asof.near}"),
    "number for a use": Mistake("use: memory", "use: 12", "EF205", "22:18", "", fixable=False),
    # Options
    "misspelt option": Mistake("limit: 10", "limti: 10", "EF203", "2:40", 'mean "limit"'),
    "misspelt required option": Mistake("gap: 30m", "gpa: 30m", "EF203", "10:5", 'mean "gap"'),
    "misspelt nested option": Mistake("length: 1h", "lenght: 1h", "EF203", "12:7", "length"),
    "misspelt join option": Mistake("tolerance: 1h", "tolerence: 1h", "EF203", "16:28",
                                    'mean "tolerance"'),
    "misspelt gate option": Mistake("minimum_score", "minimum_scor", "EF203", "18:27",
                                    'mean "minimum_score"'),
    "misspelt blueprint option": Mistake("recipe, as_of: 2011-12-10", "recipe, colums: {x: y}",
                                         "EF203", "17:26", 'mean "columns"'),
    "option nobody knows": Mistake("limit: 10", "qqqq: 10", "EF203", "2:40", "options: path"),
    "option nobody knows, block": Mistake("    gap: 30m", "    gap: 30m\n    qqqq: [1,\n      2]",
                                          "EF203", "11:5", "remove it"),
    "first option unknown": Mistake("gap: 30m", "zz: 1\n    gap: 30m", "EF203", "10:5", "remove"),
    "missing option with example": Mistake("path: events.csv, ", "", "EF204", "2:15", '"path"'),
    "missing option in a block": Mistake("    gap: 30m\n", "", "EF204", "9:10", "add  gap: 30m"),
    "missing option": Mistake("  path: out.parquet\n", "", "EF204", "20:8", 'needs "path"',
                              fixable=False),
    "missing nested component": Mistake("    join: {use: asof.near, tolerance: 1h}\n", "", "EF204",
                                        "14:10", 'needs "join"', fixable=False),
    "missing source": Mistake("source: {use: sheet, path: events.csv, limit: 10}\n", "", "EF204",
                              "1:1", "needs a source", fixable=False),
    # Values
    "number below its bound": Mistake("limit: 10", "limit: -10", "EF206", "2:47", "0"),
    "number above its bound": Mistake("minimum_score: 80", "minimum_score: 800", "EF206", "18:42",
                                      "100"),
    "share above one": Mistake("completeness: 0.95", "completeness: 95", "EF206", "18:60", "1"),
    "per cent": Mistake("completeness: 0.95", "completeness: 95%", "EF205", "18:60", "0.95"),
    "text for a number": Mistake("limit: 10", "limit: 10 rows", "EF205", "2:47", "10"),
    "fraction for a whole number": Mistake("limit: 10", "limit: 10.5", "EF205", "2:47", "10"),
    "misspelt truth": Mistake("limit: 10", "header: ture", "EF205", "2:48", "true"),
    "misspelt choice": Mistake("limit: 10", "encoding: utf8", "EF206", "2:50", "utf-8"),
    "misspelt choice in a block": Mistake("path: out.parquet", "path: o\n  compression: zsdt",
                                          "EF206", "22:16", 'mean "zstd"'),
    "number for text": Mistake("path: events.csv", "path: 2011", "EF205", "2:28", '"2011"'),
    "text for a list": Mistake("limit: 10", "null_values: NA", "EF205", "2:53", "[NA]"),
    "duration with a long unit": Mistake("gap: 30m", "gap: 30min", "EF206", "10:10", '"30m"'),
    "duration in words": Mistake("length: 1h", "length: 2 hours", "EF206", "12:15", '"2h"'),
    "duration with a space": Mistake("gap: 30m", "gap: 1h 30m", "EF206", "10:10", '"1h30m"'),
    "duration without unit": Mistake("gap: 30m", "gap: 30", "EF206", "10:10", "unit",
                                     fixable=False),
    "unknown dtype": Mistake("dtype: f64", "dtype: f46", "EF206", "7:21", 'mean "f64"'),
    "seed as text": Mistake("seed: 7", "seed: seven", "EF205", "23:7", "whole", fixable=False),
    "negative seed": Mistake("seed: 7", "seed: -7", "EF206", "23:7", "0"),
    "fraction for a seed": Mistake("seed: 7", "seed: 7.5", "EF205", "23:7", "8"),
    "no runs at all": Mistake("keep: 20", "keep: 0", "EF206", "24:32", "1"),
    "yes for true": Mistake("strict: false", "strict: no", "EF205", "25:19", "false"),
    "number for a name": Mistake("name: shop", "name: 12", "EF205", "1:7", '"12"'),
    # Dates
    "impossible date": Mistake("2011-12-10", "2011-02-30", "EF207", "17:33", "2011-02-28"),
    "month and day swapped": Mistake("2011-12-10", "2011-31-12", "EF207", "17:33", "2011-12-31"),
    "slashes": Mistake("2011-12-10", "2011/12/10", "EF207", "17:33", "2011-12-10"),
    "no leading zero": Mistake("2011-12-10", "2011-3-1", "EF207", "17:33", "2011-03-01"),
    "date without dashes": Mistake("2011-12-10", "20111210", "EF207", "17:33", "2011-12-10"),
    "date in words": Mistake("2011-12-10", "yesterday", "EF207", "17:33", "ISO", fixable=False),
    "impossible hour": Mistake("2011-12-10}", "'2011-12-10 25:00'}", "EF207", "17:33", ""),
    "impossible date option": Mistake("limit: 10", "since: 2011-02-30", "EF207", "2:47",
                                      "2011-02-28"),
    # Shapes
    "mapping for steps": Mistake("  - use: sessions\n    gap: 30m\n    window:\n      length: 1h\n"
                                 "    columns: {a: b}\n  - use: weather.enrich\n"
                                 "    context: {use: sheet, path: weather.csv}\n"
                                 "    join: {use: asof.near, tolerance: 1h}",
                                 "  use: sessions\n  gap: 30m", "EF205", "8:1", "a list"),
    "list for sink": Mistake("  use: output\n  path: out.parquet",
                             "  - use: output\n    path: out.parquet", "EF205", "19:1",
                             "one mapping"),
    "flow list for transport": Mistake("{use: memory}", "[{use: memory}]", "EF205", "22:1",
                                       "one mapping"),
    "text as a step": Mistake("  - use: weather.enrich\n"
                              "    context: {use: sheet, path: weather.csv}\n"
                              "    join: {use: asof.near, tolerance: 1h}", "  - test.gate",
                              "EF205", "14:5", "{use: test.gate}"),
    "text for schema": Mistake("runs: {path: .eventflow, keep: 20}", "runs: here", "EF205",
                               "24:1", "a mapping", fixable=False),
    "name list as text": Mistake("strict: false", "deny: eventflow-churn", "EF205", "25:17",
                                 "a list"),
    # YAML
    "duplicate key": Mistake("seed: 7", "seed: 7\nseed: 8", "EF213", "24:1", "first written at"),
    "duplicate flow key": Mistake("limit: 10", "limit: 10, limit: 11", "EF213", "2:51", "twice"),
    "duplicate section": Mistake("seed: 7", "seed: 7\nruns:\n  keep: 3", "EF213", "26:1", "24:1"),
    "tab": Mistake("  timestamp: at", "\ttimestamp: at", "EF212", "4:1", "spaces"),
    "no space after a colon": Mistake("name: shop", "name:shop", "EF211", "1:5", "space"),
    "no space in a block": Mistake("gap: 30m", "gap:30m", "EF211", "10:8", "space"),
    "no colon": Mistake("  path: out.parquet", "  path out.parquet", "EF211", "21:3", '"path:"'),
    "colon in a value": Mistake("name: shop", "name: shop: north", "EF211", "1:7", "quotes"),
    "at sign": Mistake("name: shop", "name: @shop", "EF211", "1:7", "quotes"),
    "brace not closed": Mistake("{use: memory}", "{use: memory", "EF211", "22:24", "add }"),
    "bracket not closed": Mistake("columns: {a: b}", "columns: {a: b", "EF211", "13:19", "add }"),
    "quote not closed": Mistake("name: shop", 'name: "shop', "EF211", "1:12", 'add "'),
    "brace too many": Mistake("{use: memory}", "{use: memory}}", "EF211", "22:25", "remove"),
    "indented too far": Mistake("seed: 7", " seed: 7", "EF211", "23:1", "column 1"),
    "indented too little": Mistake("  - use: weather", " - use: weather", "EF211", "14:1",
                                   "2 spaces"),
    "unknown alias": Mistake("name: shop", "name: *shop", "EF211", "1:7", "quotes"),
    "python tag": Mistake("name: shop", "name: !!python/name:os.system shop", "EF214", "1:7",
                          "not supported"),
    "second document": Mistake("seed: 7\nruns: {path: .eventflow, keep: 20}\n",
                               "seed: 7\n---\n", "EF214", "24:1", "second document"),
    # References and includes
    "reference in braces": Mistake("events.csv", "${env:EVENTFLOW_TEST_PATH}", "EF211", "2:28",
                                   "quotes"),
    "reference to nothing": Mistake("events.csv", "'${env:EVENTFLOW_TEST_PTH}'", "EF221", "2:29",
                                    "EVENTFLOW_TEST_PATH"),
    "reference without kind": Mistake("events.csv", "'${EVENTFLOW_TEST_PATH}'", "EF220", "2:29",
                                      "${env:EVENTFLOW_TEST_PATH}"),
    "unknown reference": Mistake("events.csv", "'${evn:EVENTFLOW_TEST_PATH}'", "EF220", "2:29",
                                 "${env:EVENTFLOW_TEST_PATH}"),
    "reference not closed": Mistake("path: out.parquet", "path: ${env:EVENTFLOW_TEST_PATH",
                                    "EF220", "21:9", "add }"),
    "nested reference": Mistake("path: out.parquet", "path: ${env:${env:EVENTFLOW_TEST_PATH}}",
                                "EF220", "21:9", "nest"),
    "file reference to nothing": Mistake("events.csv", "'${file:no/such/file}'", "EF222", "2:29",
                                         "no/such/file", fixable=False),
    "include of nothing": Mistake("name: shop", "include: bsae.yaml", "EF230", "1:10", "base.yaml"),
    "include of itself": Mistake("name: shop", "include: pipeline.yaml", "EF231", "1:10", "->"),
    "include of a number": Mistake("name: shop", "include: 12", "EF205", "1:10", "a path"),
}  # fmt: skip


def check(path: Path, host: PluginHost) -> CheckReport:
    """Check with the test's components."""
    return check_config(path, make_host=lambda _: host)


def applied(text: str, problem: Problem) -> str:
    """Apply what a problem suggests, as an editor would."""
    edits = list(problem.edits)
    at = problem.location
    if not edits and problem.replacement is not None and at is not None:
        end = at.column + at.length
        edits = [Edit(at.file, at.line, at.column, at.line, end, problem.replacement)]
    assert edits, f"no fix suggested: {problem}"
    lines = text.split("\n")

    def offset(line: int, column: int) -> int:
        return min(sum(len(one) + 1 for one in lines[: line - 1]) + column - 1, len(text))

    for edit in sorted(edits, key=lambda e: (e.line, e.column), reverse=True):
        start, end = offset(edit.line, edit.column), offset(edit.end_line, edit.end_column)
        text = text[:start] + edit.text + text[end:]
    return text


@pytest.fixture(scope="module")
def host() -> PluginHost:
    """One host for all: checks do not change it."""
    return host_with_components()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with a file to include and a variable to refer to."""
    monkeypatch.setenv("EVENTFLOW_TEST_PATH", "events.csv")
    (tmp_path / "base.yaml").write_text("seed: 3\n", encoding="utf-8")
    return tmp_path


def test_the_sound_pipeline_is_sound(folder: Path, host: PluginHost) -> None:
    """What the catalogue changes passes as it stands."""
    path = folder / "pipeline.yaml"
    path.write_text(SOUND, encoding="utf-8")
    report = check(path, host)
    assert report.problems == ()
    assert report.exit_code == ExitCode.DONE
    assert report.components == 10


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_where_it_is_with_a_fix_that_works(
    name: str, folder: Path, host: PluginHost
) -> None:
    """One mistake gives one problem: right code and place, short, and mended by its own fix."""
    mistake = MISTAKES[name]
    assert SOUND.count(mistake.old) == 1, "the catalogue must change one place"
    text = SOUND.replace(mistake.old, mistake.new)
    path = folder / "pipeline.yaml"
    path.write_text(text, encoding="utf-8")

    report = check(path, host)

    told = ["\n".join(problem.lines()) for problem in report.problems]
    assert len(told) == 1, "\n\n".join(told) or "nothing was found"
    problem = report.problems[0]
    assert problem.code == mistake.code, told[0]
    assert str(problem.location) == f"{path}:{mistake.at}", told[0]
    assert len(problem.lines()) <= 12
    assert mistake.says in told[0]
    assert report.exit_code == ExitCode.USAGE
    if mistake.fixable:
        path.write_text(applied(text, problem), encoding="utf-8")
        left = check(path, host).problems
        assert left == (), path.read_text(encoding="utf-8")


def test_the_catalogue_is_large_and_nearly_all_of_it_can_be_mended() -> None:
    """At least 60 mistakes; nine in ten have a fix that a tool can apply."""
    assert len(MISTAKES) >= 60
    fixable = sum(mistake.fixable for mistake in MISTAKES.values())
    assert fixable / len(MISTAKES) >= 0.9
