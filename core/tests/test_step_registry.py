"""A registry keeps step classes, finds them by tag, and builds pipelines from definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
import pytest

from eventflow.base import BaseStep, ComponentConfig
from eventflow.frame import EventFrame
from eventflow.registry import StepRegistry, StepRegistryError, UnknownStepError

if TYPE_CHECKING:
    from eventflow.types import Rows


class Scale(BaseStep):
    """Multiply a column."""

    rows: ClassVar[Rows] = "kept"

    class Config(ComponentConfig):
        """Options."""

        column: str
        by: float = 2.0

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Multiply."""
        del state
        return frame.pipe(
            lambda lazy: lazy.with_columns(pl.col(self.config.column) * self.config.by)
        )


def test_steps_are_found_by_name_and_by_tag() -> None:
    """As a call or as a decorator, under the class's name or another."""
    registry = StepRegistry()
    registry.register(Scale, tags=("numbers",))
    decorated = registry.register(name="scale", tags=("numbers", "short"))(Scale)
    assert decorated is Scale
    assert registry.names() == ["Scale", "scale"]
    assert [s.name for s in registry.find("short")] == ["scale"]
    assert [s.name for s in registry.find("numbers")] == ["Scale", "scale"]
    assert registry.find("other") == []
    assert registry.get("scale") is Scale
    assert registry.entry("scale").summary == "Multiply a column."
    assert registry.tags() == ["numbers", "short"]


def test_a_pipeline_is_built_from_definitions() -> None:
    """The dictionaries of a configuration's steps become a pipeline that runs."""
    registry = StepRegistry()
    registry.register(Scale, name="scale")
    pipeline = registry.pipeline(
        [{"use": "scale", "column": "x"}, {"use": "scale", "column": "x", "by": 10}]
    )
    done = pipeline.run(EventFrame.of({"x": [1.0, 2.0]}))
    assert done.collect()["x"].to_list() == [20.0, 40.0]


def test_registries_do_not_know_of_each_other() -> None:
    """There is no global state."""
    first = StepRegistry()
    first.register(Scale)
    assert "Scale" in first
    assert len(StepRegistry()) == 0


def test_all_problems_of_all_definitions_are_told_at_once() -> None:
    """Each once, with its key, its code, and the nearest name."""
    registry = StepRegistry()
    registry.register(Scale, name="scale")
    with pytest.raises(StepRegistryError) as caught:
        registry.build([{"use": "scael"}, {"use": "scale", "clumn": "x"}, {"column": "x"}])
    found = [(p.code, p.key) for p in caught.value.problems]
    assert found == [
        ("EF251", "steps.0.use"),
        ("EF252", "steps.1.clumn"),
        ("EF251", "steps.2"),
    ]
    assert caught.value.problems[0].replacement == "scale"


def test_a_name_belongs_to_one_class() -> None:
    """Registering the same class again only adds tags; another class is refused."""
    registry = StepRegistry()
    registry.register(Scale, name="scale", tags=("a",))
    registry.register(Scale, name="scale", tags=("b",))
    assert registry.entry("scale").tags == {"a", "b"}

    class Other(Scale):
        """Another step."""

    with pytest.raises(StepRegistryError, match="already belongs to Scale"):
        registry.register(Other, name="scale")


def test_what_is_not_a_step_is_refused() -> None:
    """The message says what is lacking."""
    with pytest.raises(StepRegistryError, match="int is not a step: it has no Config"):
        StepRegistry().register(int)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    """And with what is registered."""
    registry = StepRegistry()
    registry.register(Scale, name="scale")
    with pytest.raises(UnknownStepError, match='did you mean "scale"'):
        registry.get("scalle")
