"""Parameters of recipes: what they take, what they refuse, and what they say of themselves."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from pydantic import ValidationError

from eventflow.recipes import Recipe
from eventflow.recipes.parameters import Parameter

STEPS = [{"use": "anything"}]


def config(**parameters: dict[str, Any]) -> Any:
    """Return the options model of a recipe with these parameters."""
    said = {n: Parameter(**{"about": "for tests", **p}) for n, p in parameters.items()}
    found = Recipe(recipe="r", version="1", summary="s", parameters=said, steps=STEPS)
    return found.config()


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, 9, 10),
        ({"type": "number", "minimum": 0.5}, 0.5, 0.4),
        ({"type": "text", "pattern": "^[a-z]+$"}, "abc", "ABC"),
        ({"type": "boolean"}, True, "perhaps"),
        ({"type": "duration", "minimum": "1h", "maximum": "2d"}, "90m", "30m"),
        ({"type": "duration", "maximum": "2d"}, "48h", "3d"),
        ({"type": "duration"}, "1h30m", "1 month"),
        ({"type": "column"}, "customer id", ""),
        ({"type": "choice", "one_of": ["kg", "lb"]}, "lb", "st"),
        ({"type": "list", "of": "duration", "minimum": "1d"}, ("7d", "30d"), ("7d", "1h")),
        ({"type": "list", "of": "column", "max_items": 2}, ("a", "b"), ("a", "b", "c")),
        ({"type": "list", "of": "choice", "one_of": ["a", "b"]}, ("b",), ("c",)),
    ],
    ids=str,
)
def test_a_value_is_checked_against_type_and_range(
    parameter: dict[str, Any], good: Any, bad: Any
) -> None:
    """What fits is kept as it was written; what does not is refused."""
    model = config(p=parameter)
    assert model(p=good).p == good
    with pytest.raises(ValidationError):
        model(p=bad)


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ({"type": "choice"}, "a choice needs one_of"),
        ({"type": "list"}, "a list says what it has"),
        ({"type": "text", "of": "text"}, "are for lists"),
        ({"type": "text", "minimum": 1}, "minimum and maximum are for"),
        ({"type": "integer", "pattern": "x"}, "pattern is for text"),
        ({"type": "integer", "minimum": "1h"}, "is no number"),
        ({"type": "duration", "maximum": "1 month"}, "write"),
        ({"type": "integer", "default": 0, "minimum": 1}, "default 0 is not allowed"),
        ({"type": "duration", "example": "soon"}, "example 'soon' is not allowed"),
        ({"type": "text", "pattern": "("}, "nothing can be checked against it.*unclosed group"),
        ({"type": "text", "pattern": "(?=a)"}, "nothing can be checked against it.*look-ahead"),
        ({"type": "integer", "maximum": inf}, "nothing can be checked against it"),
    ],
    ids=str,
)
def test_a_parameter_that_makes_no_sense_is_refused(parameter: dict[str, Any], said: str) -> None:
    """As the recipe is read, before anybody uses it."""
    with pytest.raises(ValidationError, match=said):
        config(p=parameter)


def test_required_defaulted_and_optional_parameters() -> None:
    """Without a default it has to be given; with a default of null it may be left out."""
    model = config(
        must={"type": "integer"},
        has={"type": "list", "of": "duration", "default": ["7d"]},
        may={"type": "text", "default": None},
    )
    with pytest.raises(ValidationError, match="must"):
        model()
    assert (model(must=1).has, model(must=1).may) == (("7d",), None)
    assert model.model_fields["has"].default == ("7d",)  # nothing that can be changed in place
    schema = model.model_json_schema()["properties"]
    assert schema["has"]["items"]["format"] == "duration"


@pytest.mark.parametrize("name", ["source", "use", "copy", "name"])
def test_a_name_that_means_something_else_is_no_parameter(name: str) -> None:
    """Keys of pipelines, and of the model itself."""
    with pytest.raises(ValidationError, match=f'"{name}" cannot name a parameter'):
        config(**{name: {"type": "text"}})


@pytest.mark.parametrize(
    ("parameter", "said", "ranges"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, "integer", "1 to 9"),
        ({"type": "duration", "minimum": "1h"}, "duration", "at least 1h"),
        ({"type": "list", "of": "column", "max_items": 3}, "list of column", "at most 3 items"),
        ({"type": "choice", "one_of": ["a", "b"]}, "choice", "one of a, b"),
    ],
    ids=str,
)
def test_it_says_its_type_and_range(parameter: dict[str, Any], said: str, ranges: str) -> None:
    """In a few words, for `recipes show` and the documentation."""
    made = Parameter(about="for tests", **parameter)
    assert (made.said(), made.range()) == (said, ranges)


@pytest.mark.parametrize("name", ["as_of", "columns", "n"])
def test_what_every_blueprint_has_is_no_parameter_of_one(name: str) -> None:
    """Its moment, its columns and its fields; among steps such a name is free."""
    said = {name: Parameter(type="text", about="for tests", default="x")}
    parts: dict[str, Any] = {"recipe": "r", "version": "1", "summary": "s", "steps": STEPS}
    assert Recipe(**parts, parameters=said).form == "steps"
    field = {"types": ["numeric"], "about": "a"}
    feature = {"unit": "1", "formula": "f", "parity": "exact", "nulls": "never"}
    with pytest.raises(ValidationError, match=f'"{name}" cannot name a parameter'):
        Recipe(**parts, parameters=said, fields={"n": field}, features={"f": feature})
