"""YAML by its 1.2 core schema: a table of values, and laws."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.config.dump import dump
from eventflow.config.json import read_json
from eventflow.config.tree import Document, MappingNode, to_python
from eventflow.config.yaml import read_yaml


def value(text: str) -> Any:
    """Load YAML that must be sound."""
    node, problems = read_yaml(Document("f.yaml", text))
    assert problems == []
    assert node is not None
    return to_python(node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12:30", "12:30"), ("NO", "NO"), ("on", "on"), ("yes", "yes"),
        ("2011-12-10", "2011-12-10"),
        ("010", 10), ("0o10", 8), ("0x1F", 31), ("-7", -7), ("1e3", 1000.0), (".5", 0.5),
        ("1_000", "1_000"), ("true", True), ("False", False), ("~", None), ("null", None),
        ("", None), ("'1'", "1"), ("!!str 1", "1"), (".inf", math.inf), ("0b1", "0b1"),
        ("=", "="), ("1.", 1.0), ("+12", 12), ("y", "y"), ("0777", 777),
    ],
)  # fmt: skip
def test_plain_text_has_the_type_the_core_schema_gives_it(text: str, expected: object) -> None:
    """Times, dates and country codes stay text; leading zeros do not mean octal."""
    found = value(f"key: {text}")["key"]
    assert found == expected
    assert type(found) is type(expected)


def test_anchors_and_merge_keys_work() -> None:
    """What a mapping writes itself wins over what it merges; the first merged wins next."""
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 9}\n"
    assert value(text)["c"] == {"x": 9, "y": 1, "z": 2}


def test_a_billion_laughs_are_refused_quickly() -> None:
    """Aliases of aliases are counted as written out, and bounded."""
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    node, problems = read_yaml(Document("f.yaml", "\n".join(lines)))
    assert node is None
    assert [p.code for p in problems] == ["EF214"]


@pytest.mark.parametrize("text", ["a: &a [*a]", "? [1]\n: 2", "[" * 100 + "]" * 100])
def test_what_is_not_plain_data_is_refused(text: str) -> None:
    """Values inside themselves, keys that are lists, and bottomless nesting are coded errors."""
    _, problems = read_yaml(Document("f.yaml", text))
    assert [p.code for p in problems] == ["EF214"]


def test_every_key_and_value_knows_its_place() -> None:
    """Places count from 1 and end behind the last character."""
    node, _ = read_yaml(Document("f.yaml", "a: 1\nbb:\n  c: [x, yy]\n"))
    assert isinstance(node, MappingNode)
    inner = node.get("bb")
    assert isinstance(inner, MappingNode)
    key, items = inner.key_span("c"), inner.get("c")
    assert key is not None
    assert (key.line, key.column, key.end_column) == (3, 3, 4)
    assert items is not None
    assert items.span is not None
    assert items.span.text == "[x, yy]"


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | texts
    | st.sampled_from(["NO", "12:30", "1e3", "0o7", "010", "~", "on", "2011-12-10", "<<", "=", ""])
)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(texts, trees, max_size=5))
def test_what_is_dumped_loads_back_equal(data: dict[str, Any]) -> None:
    """For any nested data, `dump` then reading gives the same data with the same types."""
    loaded = value(dump(data))
    assert loaded == data
    assert repr(loaded) == repr(data)


finite = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(texts, finite, max_size=5))
def test_json_reads_as_the_standard_library_reads_it(data: dict[str, Any]) -> None:
    """The JSON reader with places agrees with json.loads."""
    import json  # noqa: PLC0415 - the oracle

    text = json.dumps(data, indent=2)
    node, problems = read_json(Document("f.json", text))
    assert problems == []
    assert node is not None
    assert repr(to_python(node)) == repr(json.loads(text))


@pytest.mark.parametrize(
    ("text", "place"),
    [('{"a": 1,}', 8), ('{"a" 1}', 6), ('{"a": }', 7), ("{'a': 1}", 2), ('{"a": "x}', 7)],
)
def test_json_mistakes_are_placed(text: str, place: int) -> None:
    """Each names the column where reading stopped."""
    _, problems = read_json(Document("f.json", text))
    assert [p.code for p in problems] == ["EF211"]
    assert problems[0].location is not None
    assert problems[0].location.column == place


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    """Whatever a file holds, the reader answers with nodes or with problems."""
    node, problems = read_yaml(Document("f.yaml", text))
    assert node is not None or problems
