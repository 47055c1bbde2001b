"""What the author of a recipe gets wrong: told at its place in the recipe, with the fix."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eventflow.cli.main import main
from eventflow.errors import ExitCode
from numbers_source import NUMBERS

if TYPE_CHECKING:
    from conftest import Site

Captured = pytest.CaptureFixture[str]

CODE = (
    NUMBERS
    + """

class Above(BaseStep):
    '''Keeps the numbers above another.'''

    class Config(ComponentConfig):
        '''The number.'''

        than: int

    def apply(self, frame, state):
        '''Filter.'''
        return frame.pipe(lambda rows: rows.filter(pl.col("n") > self.config.than))
"""
)
GROUPS = {
    "eventflow.sources": {"numbers": "acme_steps:Numbers"},
    "eventflow.steps": {"above": "acme_steps:Above"},
}
SOUND = """\
recipe: big
version: "1"
summary: Only big numbers.
parameters:
  limit: {type: integer, default: 1, minimum: 0, about: Big is what is above}
steps:
  - use: above
    than: "${limit}"
source: {use: numbers, last: 4}
schema: {entity: n}
"""

MISTAKES = [
    ("use: above", "use: abov", "7:10", "EF201", 'did you mean "above"?'),
    ("    than:", "    then:", "8:5", "EF203", 'did you mean "than"?'),
    ("${limit}", "${limti}", "8:11", "EF220", 'did you mean "${limit}"?'),
    ('"${limit}"', "5", "5:3", "EF168", 'write "${limit}" as an option of a step'),
    ("default: 1", "default: one", "5:35", "EF205", "write a whole number"),
    ("default: 1", "default: -1", "5:35", "EF206", "write 0"),
    (", about: Big is what is above", "", "5:3", "EF204", "add  about:"),
    ("summary: Only big numbers.\n", "", "1:1", "EF204", "add  summary:"),
    ("  limit:", "  sink:", "5:3", "EF206", "choose another name"),
    ("  - use: above\n", "  - use: above\n   x: [\n", "8:4", "EF211", "not valid YAML"),
    ("{use: numbers, last: 4}", "numbers", "9:9", "EF206", "write {use: numbers}"),
    ("use: numbers", "use: number", "9:15", "EF201", 'did you mean "numbers"?'),
    ("last: 4", "lest: 4", "9:24", "EF203", 'did you mean "last"?'),
    ("last: 4", "last: '${env:ACME_NO}'", "9:31", "EF221", "set it"),
    ("entity: n", "entty: n", "10:10", "EF202", 'did you mean "entity"?'),
    ("entity: n", "entity: m", "10:10", "EF301", ""),
    ("schema: {entity: n}", "schema: [n]", "10:9", "EF205", "should be a mapping"),
    ("schema: {entity: n}", "as_of: 2026-01-01", "10:8", "EF206", "remove it"),
    (
        "use: above\n    than:",
        "use: big\n    limit:",
        "7:10",
        "EF162",
        'take "big" out of the steps of "big"',
    ),
]


@pytest.fixture
def installed(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Install a source and a step, and stand in an empty folder."""
    site.install("acme-steps", CODE, entry_points=GROUPS)
    monkeypatch.chdir(tmp_path)
    return site


def end(*arguments: str) -> int:
    """Run `eventflow` and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


@pytest.mark.parametrize(("old", "new", "place", "code", "said"), MISTAKES)
def test_each_mistake_is_told_at_its_place_with_the_fix(  # noqa: PLR0913, PLR0917 - what goes in, what comes out
    old: str, new: str, place: str, code: str, said: str, installed: Site, capsys: Captured
) -> None:
    """By `check` of the file, and by `recipes run` once it is installed."""
    text = SOUND.replace(old, new, 1)
    assert text != SOUND
    Path("big.yaml").write_text(text, encoding="utf-8")
    assert end("check", "big.yaml") == ExitCode.USAGE
    _told(capsys, place, code, said)
    installed.install_recipes("acme-recipes", big=text)
    assert end("recipes", "run", "big") != ExitCode.DONE
    _told(capsys, place, code, said)


def _told(capsys: Captured, place: str, code: str, said: str) -> None:
    printed = capsys.readouterr()
    told = printed.out + printed.err
    assert f"big.yaml:{place} " in told
    assert code in told
    assert said in told.replace('\\"', '"')


@pytest.mark.usefixtures("installed")
def test_a_sound_recipe_is_checked_by_itself(tmp_path: Path, capsys: Captured) -> None:
    """Also without a source, where only a run can tell which columns arrive."""
    whole, part = tmp_path / "whole.yaml", tmp_path / "part.yaml"
    whole.write_text(SOUND)
    part.write_text(SOUND.partition("source:")[0].replace("default: 1, ", ""))
    assert end("check", str(whole), str(part)) == ExitCode.DONE
    out = capsys.readouterr().out
    assert f"{whole} is sound" in out
    assert f"{part} is sound" in out
    assert "only a run can tell which columns arrive at: above" in out
    assert end("check", str(whole), "--set", "limit=low") == ExitCode.USAGE
    assert '"limit" of step' in capsys.readouterr().err


def test_a_recipe_whose_file_is_gone_is_told_as_such(installed: Site, capsys: Captured) -> None:
    """`recipes show` does not take it for a step of another kind."""
    (installed.install_recipes("acme-recipes", big=SOUND) / "big.yaml").unlink()
    assert end("recipes", "show", "big") == ExitCode.PLUGIN
    assert "and the package no big.yaml" in capsys.readouterr().err
