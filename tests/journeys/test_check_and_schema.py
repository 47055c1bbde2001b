"""The commands `check` and `schema`, with the official plugins installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema  # type: ignore[import-untyped] # it has no annotations
import pytest

from eventflow.config.tree import Document, to_python
from eventflow.config.yaml import read_yaml

if TYPE_CHECKING:
    from command_line import CommandLine

EXAMPLES = sorted((Path(__file__).parents[2] / "docs" / "examples").glob("*.yaml"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_fit_the_schema_and_the_check(eventflow: CommandLine, example: Path) -> None:
    """An editor and `check` agree that every shipped pipeline is sound."""
    schema = eventflow("schema").document
    node, _ = read_yaml(Document(example.name, example.read_text(encoding="utf-8")))
    assert node is not None
    jsonschema.validate(to_python(node), schema, jsonschema.Draft7Validator)
    ended = eventflow("check", f"docs/examples/{example.name}")
    assert ended.code == 0, ended.stderr


def test_check_tells_and_exits(eventflow: CommandLine) -> None:
    """A sound file is one line and 0; a wrong one is 2, and `--json` is one document."""
    sound = eventflow.write("a.yaml", "source: {use: nyc_weather}\n")
    wrong = eventflow.write("b.yaml", "source: {use: nyc_weather}\nsead: 1\n")
    ended = eventflow("check", sound)
    assert (ended.code, ended.stderr) == (0, "")
    assert "a.yaml is sound (checked 2 components)" in ended.stdout
    ended = eventflow("check", wrong)
    assert ended.code == 2
    assert "1 problem in b.yaml (checked 2 components)" in ended.stderr
    ended = eventflow("check", sound, wrong, "--json")
    assert ended.code == 2
    document = ended.document
    assert document["schema"] == "eventflow.check/1"
    assert [file["ok"] for file in document["files"]] == [True, False]
    assert document["files"][1]["problems"][0]["location"]["line"] == 2
    ended = eventflow("check", sound, "--set", "sead=1")
    assert ended.code == 2
    assert "--set:1:1" in ended.stderr
