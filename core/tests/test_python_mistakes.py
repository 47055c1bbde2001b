"""Mistakes in Python: told where they are made, with whose they are and what to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ConfigDict, Field, ValidationError

from eventflow import EventFrame, Pipeline
from eventflow.base import BaseStep, ComponentConfig

if TYPE_CHECKING:
    from collections.abc import Callable


class CellStep(BaseStep):
    """A step with options."""

    class Config(ComponentConfig):
        """Options."""

        size_m: float = Field(gt=0)
        crs: str = ""


class TokenStep(BaseStep):
    """A step with a secret."""

    class Config(ComponentConfig):
        """Options."""

        model_config = ConfigDict(hide_input_in_errors=True)
        token: int


FRAME = EventFrame.of({"a": [1]})


@pytest.mark.parametrize(
    ("mistake", "title", "places", "words"),
    [
        (lambda: CellStep(sizem=3), "CellStep", {("sizem",)}, 'did you mean "size_m"?'),
        (lambda: CellStep(size_m=3, colour=1), "CellStep", {("colour",)}, "options: size_m, crs"),
        (CellStep, "CellStep", {("size_m",)}, "Field required"),
        (lambda: CellStep(size_m=-1), "CellStep", {("size_m",)}, "greater than 0"),
        (lambda: EventFrame.of({}, timestam="a"), "EventFrame", {("timestam",)}, '"timestamp"?'),
        (lambda: FRAME.plot.bars("a", titel="x"), "plot.bars", {("titel",)}, '"title"?'),
    ],
)
def test_an_option_that_is_wrong_is_told_with_whose_it_is_and_the_nearest_name(
    mistake: Callable[[], Any], title: str, places: set[tuple[str, ...]], words: str
) -> None:
    """The error is pydantic's: its places, without addresses, and no option is told of twice."""
    with pytest.raises(ValidationError) as caught:
        mistake()
    assert caught.value.title == title
    assert {error["loc"] for error in caught.value.errors()} == places
    assert words in str(caught.value)
    assert "http" not in str(caught.value)


def test_what_a_component_hides_is_not_shown() -> None:
    """A value that may be a secret stays out of the message."""
    with pytest.raises(ValidationError) as caught:
        TokenStep(token="hunter2")  # noqa: S106 - it is the point that it does not fit
    assert "hunter2" not in str(caught.value)
    assert "unable to parse string as an integer" in str(caught.value)


@pytest.mark.parametrize("step", [CellStep, "cells"])
def test_a_pipeline_refuses_what_is_no_step(step: Any) -> None:
    """A class that was not built, or a name that only a configuration can look up."""
    with pytest.raises(TypeError, match=r"^step 1 is .*, not a step: build one, \w+\(option="):
        Pipeline([CellStep(size_m=1), step])


def test_a_pipeline_refuses_what_is_no_event_frame() -> None:
    """It says how to make one."""
    rows: Any = {"a": [1]}
    with pytest.raises(TypeError, match=r"EventFrame\.of\(data\), not dict"):
        Pipeline([]).run(rows)
