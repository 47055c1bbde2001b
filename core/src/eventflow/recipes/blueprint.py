"""A recipe with fields and features, as the blueprint it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from eventflow.base import BaseBlueprint
from eventflow.config.binding import Binder
from eventflow.config.errors import raised
from eventflow.config.model import Bound, Origin
from eventflow.plugins.host import PluginHost
from eventflow.recipes.filling import uses_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.blueprint import Binding
    from eventflow.config.tree import MappingNode
    from eventflow.recipes.model import Recipe
    from eventflow.types import Step


class RecipeBlueprint(BaseBlueprint):
    """Base of the classes that recipes with fields and features become.

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

    @property
    def origin(self) -> Origin:
        """Which recipe it is."""
        return Origin(name=self.recipe.recipe, version=self.recipe.version, owner=self.owner)

    def bound_steps(self, binding: Binding) -> Sequence[Bound]:
        """Return the recipe's steps with who provides each, bound to columns.

        Raises:
            ConfigError: Steps do not exist or do not take their options, with the recipe's lines.
        """
        values = {**dict(self.config), **binding.columns}
        binder = Binder(self.host or PluginHost())
        uses = uses_of(self.written, values, binder.problems)
        made = binder.steps(u.of_recipe(self.origin) for u in uses)
        if binder.problems:
            raise raised(binder.problems, binder.of_plugins)
        return made

    def steps(self, binding: Binding) -> Sequence[Step]:
        """Return the recipe's steps, bound to columns and moment; raises as `bound_steps` does."""
        return [bound.component.at(binding.as_of) for bound in self.bound_steps(binding)]
