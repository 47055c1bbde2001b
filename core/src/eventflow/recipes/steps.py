"""A recipe of steps alone: what takes its place in a pipeline, and what it is by itself."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from eventflow.base import BaseStep
from eventflow.config.binding import Binder
from eventflow.config.errors import raised
from eventflow.config.model import Origin
from eventflow.config.tree import MappingNode, of_python
from eventflow.locality import ROW, WHOLE
from eventflow.plugins.host import PluginHost
from eventflow.recipes.errors import SeveralStepsError
from eventflow.recipes.filling import uses_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import polars as pl

    from eventflow.config.model import Use
    from eventflow.errors import Problem
    from eventflow.frame import EventFrame
    from eventflow.locality import Locality
    from eventflow.recipes.model import Recipe
    from eventflow.types import Step


class RecipeStep(BaseStep):
    """Base of the classes that recipes of steps alone become.

    In a pipeline, of a file or of Python, its steps take its place: each is a node of the plan, and
    may learn and judge. By itself it is one step that does what they do one after the other; then
    none of them may learn or judge.

    Attributes:
        recipe: What the file says.
        written: The file, with the places of all it says.
        host: Where the steps' components come from; a host of its own where none is given.
        owner: Distribution and version, for messages.
    """

    recipe: ClassVar[Recipe]
    written: ClassVar[MappingNode]
    host: ClassVar[PluginHost | None] = None
    owner: ClassVar[str] = ""
    as_of: datetime | None = None

    @property
    def origin(self) -> Origin:
        """Which recipe it is."""
        return Origin(name=self.recipe.recipe, version=self.recipe.version, owner=self.owner)

    def uses(self, use: Use, problems: list[Problem]) -> Sequence[Use]:
        """Return the steps it stands for where it is used, filled in."""
        return uses_of(self.written, dict(self.config), problems, key=use.key, given=use.node)

    def stands_for(self) -> tuple[Step, ...]:
        """Return the steps it stands for, bound to the moment if it is.

        Raises:
            ConfigError: Steps do not exist or do not take their options, with the recipe's lines.
        """
        return self._steps

    @cached_property
    def _steps(self) -> tuple[Step, ...]:
        binder = Binder(self.host or PluginHost())
        options = of_python(self.config.model_dump(exclude_unset=True))
        given = options if isinstance(options, MappingNode) else None
        uses = uses_of(self.written, dict(self.config), binder.problems, given=given)
        bound = binder.steps(u.of_recipe(self.origin) for u in uses)
        if binder.problems:
            raise raised(binder.problems, binder.of_plugins)
        moment = self.as_of
        return tuple(b.component if moment is None else b.component.at(moment) for b in bound)

    @property
    def locality(self) -> Locality:
        """Each row alone if that holds for every step, else everything."""
        return ROW if all(step.locality.kind == "row" for step in self._steps) else WHOLE

    def at(self, as_of: datetime) -> Step:
        """Return a copy whose steps are bound to a moment."""
        bound = copy(self)
        bound.__dict__.pop("_steps", None)
        bound.as_of = as_of
        return bound

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        """Learn nothing.

        Raises:
            SeveralStepsError: One of its steps learns.
        """
        self._each(frame)
        return None

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Do what its steps do, one after the other; raises as `learn` does."""
        del state
        return self._each(frame)

    def _each(self, frame: EventFrame) -> EventFrame:
        for step in self._steps:
            for does, found in (("learns", step.learn), ("judges the data", step.measure)):
                if found(frame) is not None:
                    name, kind = self.recipe.recipe, type(step).__name__
                    raise SeveralStepsError.for_recipe(name, kind, does)
            frame = step.apply(frame, None)
        return frame
