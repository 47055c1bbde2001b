"""What the loader takes, the schema that editors check with takes too: short forms and all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped] # it has no annotations
import pytest
from pydantic import ValidationError

import code_blocks
from eventflow.config import check_config
from eventflow.config.fields import nesting
from eventflow.config.jsonschema import pipeline_schema
from eventflow.config.keys import SECTIONS
from eventflow.config.tree import Document, to_python
from eventflow.config.yaml import read_yaml
from eventflow.plugins import PluginHost
from eventflow.types import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "core/*.md", "plugins/*/*.md", "contrib/*/*.md")
    for path in ROOT.glob(pattern)
    if "_build" not in path.parts
)
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.yaml"))
SOURCE = {"use": "earthquakes"}
WRITTEN: list[Any] = [
    "a", "sum(a)", "6h", "30d", "2026-01-01", "a > 1", "2h..8h",
    1, 0.5,
    ["a"], ["sum(a)"], ["6h"], [1], [["a", "b"]],
    {"a": "b"}, {"a": "sum(b)"}, {"a": ["b"]}, {"columns": "a"}, {"use": "earthquakes"},
]  # fmt: skip
"""Values of every shape, among them the short forms of what is usually written at length."""


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """Return the schema of everything that is installed."""
    made, problems = pipeline_schema(PluginHost())
    assert problems == []
    return made


def snippets() -> Iterator[tuple[str, Any]]:
    """Yield the place and the content of each piece of a pipeline in the documents."""
    texts = [(path.name, path.read_text(encoding="utf-8")) for path in EXAMPLES]
    for page in PAGES:
        blocks = code_blocks.blocks(page.read_text(encoding="utf-8"))
        name = page.relative_to(ROOT)
        texts += [(f"{name}:{b.line}", b.text) for b in blocks if b.language == "yaml"]
    for place, text in texts:
        node, problems = read_yaml(Document(place, text))
        if node is not None and not problems:
            yield place, whole(to_python(node))


def whole(content: Any) -> Any:
    """Return a piece of a pipeline as a pipeline; None for what is none."""
    if isinstance(content, list) and all(isinstance(item, dict) for item in content):
        content = {"steps": content}
    if not isinstance(content, dict) or not content.keys() & {*SECTIONS} - {"name"}:
        return None
    return {"source": SOURCE, **content} if "include" not in content else None


def accepted(folder: Path, content: Any) -> bool:
    """Whether the loader takes it: the envelope, every component, every option."""
    path = folder / "pipeline.json"
    path.write_text(json.dumps(content, default=str), encoding="utf-8")
    return not check_config(path).problems


def test_what_the_documents_show_fits_the_schema(schema: dict[str, Any], tmp_path: Path) -> None:
    """Each pipeline, and each piece of one, that the loader takes."""
    validator = jsonschema.Draft7Validator(schema)
    judged, wrong = 0, []
    for place, content in snippets():
        if content is None or not accepted(tmp_path, content):
            continue
        judged += 1
        wrong += [f"{place}: {list(e.absolute_path)}" for e in validator.iter_errors(content)]
    assert wrong == []
    assert judged > 50


def test_each_option_takes_in_the_schema_what_the_loader_takes(schema: dict[str, Any]) -> None:
    """Of every installed component, for values of every shape."""
    host, wrong, judged = PluginHost(), [], 0
    for kind in KINDS:
        part = {"$ref": f"#/definitions/{kind}", "definitions": schema["definitions"]}
        validator = jsonschema.Draft7Validator(part)
        for ref in host.refs(kind):
            model = host.load(ref).Config
            for name, field in model.model_fields.items():
                if nesting(field) is not None:  # what is nested is a component, judged by itself
                    continue
                key = field.alias or name
                for value in WRITTEN:
                    if refused(model, key, value) or lenient(field, value):
                        continue
                    judged += 1
                    errors = validator.iter_errors({"use": ref.name, key: value})
                    if any(e.absolute_path and e.absolute_path[0] == key for e in errors):
                        wrong.append(f"{kind} {ref.name}: {key}: {value!r}")
    assert wrong == []
    assert judged > 1_000


def lenient(field: FieldInfo, value: Any) -> bool:
    """Whether pydantic reads 1 as true or as a moment, which nobody means."""
    lax = any(name in str(field.annotation) for name in ("bool", "datetime"))
    return lax and isinstance(value, (int, float, list))


def refused(model: Any, key: str, value: Any) -> bool:
    """Whether an option cannot be that, whatever else is wrong or missing."""
    try:
        model(**{key: value})
    except ValidationError as error:
        return any(not found["loc"] or found["loc"][0] == key for found in error.errors())
    return False
