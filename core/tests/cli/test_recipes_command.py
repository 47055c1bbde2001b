"""`eventflow recipes`: what is there, what it says, and running it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.cli.main import main
from eventflow.errors import ExitCode
from numbers_source import NUMBERS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site

Captured = pytest.CaptureFixture[str]

STEPS = (
    NUMBERS
    + """

class Above(BaseStep):
    '''Says which numbers are above another.'''

    class Config(ComponentConfig):
        '''Column and number.'''

        column: str
        than: int

    def apply(self, frame, state):
        '''Add a column.'''
        big = (pl.col(self.config.column) > self.config.than).alias("big")
        return frame.pipe(lambda rows: rows.with_columns(big))
"""
)
BIG = """\
recipe: big_numbers
version: "2"
summary: Which numbers are big.
tags: [numbers, teaching]
documentation: |
  A number is big that is above the limit.
parameters:
  limit: {type: integer, default: 1, minimum: 0, maximum: 9, about: Big is what is above}
fields:
  n: {types: [integer], about: The number}
steps:
  - {use: above, column: "${n}", than: "${limit}"}
features:
  big: {unit: "1", formula: n above the limit, parity: exact, nulls: never}
source: {use: numbers}
"""
PLAIN = """\
recipe: compared
version: "1"
summary: Compares a column with a number.
tags: [numbers]
parameters:
  than: {type: integer, example: 2, about: What it is compared with}
steps:
  - {use: above, column: n, than: "${than}"}
"""


@pytest.fixture
def installed(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Install a plugin with a source and a step, and one of nothing but YAML."""
    groups = {
        "eventflow.sources": {"numbers": "acme_steps:Numbers"},
        "eventflow.steps": {"above": "acme_steps:Above"},
    }
    site.install("acme-steps", STEPS, entry_points=groups)
    site.install_recipes("acme-recipes", big_numbers=BIG, compared=PLAIN)
    monkeypatch.chdir(tmp_path)
    return site


def end(*arguments: str) -> int:
    """Run `eventflow recipes` and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(("recipes", *arguments))
    return int(ended.value.code or 0)


def document(capsys: Captured, *arguments: str) -> dict[str, Any]:
    """Run it with --json and return its document."""
    end(*arguments, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_list_finds_by_tag_and_imports_no_plugin(installed: Site, capsys: Captured) -> None:
    """Name, version, tags and summary of each; several tags must all be there."""
    assert end("list", "--tag", "teaching") == ExitCode.DONE
    out = capsys.readouterr().out
    assert "big_numbers" in out
    assert "compared" not in out
    found = document(capsys, "list", "--tag", "numbers")
    ours = [r for r in found["recipes"] if r["distribution"] == "acme-recipes"]
    assert [(r["name"], r["form"], r["version"]) for r in ours] == [
        ("big_numbers", "blueprint", "2"),
        ("compared", "steps", "1"),
    ]
    assert ours[0]["tags"] == ["numbers", "teaching"]
    assert installed.modules() == set()
    assert end("list", "--tag", "number") == ExitCode.USAGE
    assert 'EF164  no recipe has the tag "number"' in (said := capsys.readouterr().err)
    assert 'did you mean "numbers"?' in said


def test_a_recipe_that_cannot_be_read_spoils_nothing(installed: Site, capsys: Captured) -> None:
    """It is listed with its reason; --strict makes it an error."""
    path = installed.path / "acme_recipes" / "compared.yaml"
    path.write_text(PLAIN.replace("tags:", "\ttags:"))
    assert end("list") == ExitCode.DONE
    out = capsys.readouterr().out
    assert "cannot be read" in out
    assert "big_numbers" in out
    assert end("list", "--strict") == ExitCode.PLUGIN


def test_two_of_one_name_are_told_apart(installed: Site, capsys: Captured) -> None:
    """The list gives qualified names; `show` takes them, and no other."""
    installed.install_recipes("other-recipes", compared=PLAIN.replace("Compares", "Holds"))
    end("list")
    out = capsys.readouterr().out
    assert "acme-recipes:compared" in out
    assert "other-recipes:compared" in out
    assert document(capsys, "show", "other-recipes:compared")["recipe"]["summary"].startswith(
        "Holds"
    )
    assert end("show", "compared") == ExitCode.USAGE
    assert "EF112" in capsys.readouterr().err


def test_a_plugin_lists_what_its_recipes_say(installed: Site, capsys: Captured) -> None:
    """`plugins show` of a plugin without Python has a line on each."""
    with pytest.raises(SystemExit):
        main(("plugins", "show", "acme-recipes"))
    assert "Which numbers are big." in capsys.readouterr().out
    assert installed.modules() == set()


def test_show_tells_what_is_needed_and_a_pipeline_to_copy(
    installed: Site, tmp_path: Path, capsys: Captured
) -> None:
    """Text and JSON say the same; the pipeline to copy runs as it is, but for its sink."""
    assert end("show", "big_numbers") == ExitCode.DONE
    out = capsys.readouterr().out
    for said in ("A number is big", "integer, 0 to 9", "default 1", "numbers, teaching", "above"):
        assert said in out
    shown = document(capsys, "show", "big_numbers")["recipe"]
    assert [n["name"] for n in shown["needs"]] == ["n"]
    assert [m["name"] for m in shown["makes"]] == ["big"]
    [parameter] = shown["parameters"]
    assert (parameter["default"], parameter["range"]) == (1, "0 to 9")
    (tmp_path / "copied.yaml").write_text(shown["example"].partition("sink:")[0])
    with pytest.raises(SystemExit) as ended:
        main(("run", "copied.yaml"))
    assert not ended.value.code
    assert installed.modules() == {"acme_recipes", "acme_steps"}


@pytest.mark.usefixtures("installed")
def test_run_takes_parameters_and_parts_of_the_pipeline(capsys: Captured) -> None:
    """On the source it names; ``--set`` reaches its parameters and the source's options."""
    record = document(capsys, "run", "big_numbers", "--set", "limit=4", "--set", "source.last=6")
    assert record["state"] == "COMPLETED"
    assert record["ledger"]["read"] == 6
    assert record["config"]["blueprint"] == {"use": "big_numbers", "limit": 4}
    [node] = [n for n in record["nodes"] if n["role"] == "blueprint"]
    assert (node["component"], node["recipes"]) == ("above", ["big_numbers 2"])
    steps = document(capsys, "run", "compared", "--source", "numbers", "--set", "than=1")
    assert [n["name"] for n in steps["nodes"]] == ["source", "steps.0.0"]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("run", "big_number"), "EF163", 'did you mean "big_numbers"?'),
        (("show", "above"), "EF163", '"above" is a step, and no recipe'),
        (("run", "big_numbers", "--set", "limt=1"), "EF165", 'did you mean "limit"?'),
        (("run", "big_numbers", "--set", "limit=10"), "EF206", "limit"),
        (("run", "compared", "--set", "than=1"), "EF166", "--source events.csv"),
        (("run", "compared", "--source", "numbers"), "EF204", "add  than: 2"),
        (("run", "compared", "--source", "data/x.y"), "", "does not tell its format"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_is_told_with_its_fix(
    arguments: tuple[str, ...], code: str, said: str, capsys: Captured
) -> None:
    """Exit code 2, nothing on stdout, and what to write instead."""
    assert end(*arguments) == ExitCode.USAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert code in printed.err
    assert said in printed.err
