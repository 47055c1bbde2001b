"""The commands `check` and `schema`, and the JSON Schema of what is installed."""

from __future__ import annotations

import json
from collections.abc import Callable  # noqa: TC003 - pydantic evaluates it
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped] # it has no annotations
import pytest

from config_components import SOUND, host_with_components
from eventflow.base import BaseSource, ComponentConfig
from eventflow.cli.main import main
from eventflow.config.jsonschema import pipeline_schema
from eventflow.config.tree import Document, to_python
from eventflow.config.yaml import read_yaml


def data_of(text: str) -> Any:
    """Plain data of a YAML text."""
    node, _ = read_yaml(Document("f", text))
    assert node is not None
    return to_python(node)


def run(*arguments: str) -> int:
    """Run the command line and return its exit code."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return int(caught.value.code or 0)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The schema of the test's components."""
    found, _ = pipeline_schema(host_with_components())
    jsonschema.Draft7Validator.check_schema(found)
    return found


def test_a_sound_pipeline_fits_the_schema(schema: dict[str, Any]) -> None:
    """What `check` accepts, an editor accepts."""
    jsonschema.validate(data_of(SOUND), schema, jsonschema.Draft7Validator)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("limit: 10", "limti: 10"),
        ("use: sessions", "use: sesions"),
        ("seed: 7", "sead: 7"),
        ("tolerance: 1h", "tolerance: 1hr"),
        ("{use: memory}", "{}"),
        ("path: out.parquet", "level: 3"),
        ("limit: 10", "limit: ten"),
    ],
)
def test_mistakes_do_not_fit_the_schema(schema: dict[str, Any], old: str, new: str) -> None:
    """Nested components, options and required keys are all described."""
    wrong = data_of(SOUND.replace(old, new))
    assert not jsonschema.Draft7Validator(schema).is_valid(wrong)


def test_references_and_includes_fit_the_schema(schema: dict[str, Any]) -> None:
    """A number may come from the environment; what an included file gives need not be repeated."""
    data = {"include": "base.yaml", "source": {"limit": "${env:N}"}, "x-note": 1}
    jsonschema.validate(data, schema, jsonschema.Draft7Validator)


def test_no_one_of_and_every_component_is_listed(schema: dict[str, Any]) -> None:
    """Editors complete an enum; `oneOf` with a discriminator breaks them."""
    assert '"oneOf"' not in json.dumps(schema)
    assert {"sheet"} <= set(schema["definitions"]["source"]["properties"]["use"]["enum"])


def test_a_broken_component_is_left_out_and_told() -> None:
    """The schema of everything else is still made."""

    class Odd(BaseSource):
        """Its options cannot be described in JSON Schema."""

        class Config(ComponentConfig):
            shape: Callable[[int], int] | None = None

    host = host_with_components()
    host.register(Odd, name="odd", kind="source")
    schema, problems = pipeline_schema(host)
    names = schema["definitions"]["source"]["properties"]["use"]["enum"]
    assert "odd" not in names
    assert "sheet" in names
    assert any('"odd"' in problem.message for problem in problems)


def test_schema_writes_a_file_and_the_line_that_points_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The modeline is the result, on stdout."""
    monkeypatch.chdir(tmp_path)
    assert run("schema", "--write") == 0
    expected = "# yaml-language-server: $schema=./.eventflow/schema.json"
    assert capsys.readouterr().out.strip() == expected
    jsonschema.Draft7Validator.check_schema(json.loads(Path(".eventflow/schema.json").read_text()))
