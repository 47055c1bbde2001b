"""The registry of recipes: found by name or tag, and made into pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from eventflow.pipeline import Pipeline
from eventflow.plugins.host import PluginHost
from eventflow.plugins.known import KNOWN
from eventflow.recipes.alone import configuration
from eventflow.recipes.blueprint import RecipeBlueprint
from eventflow.recipes.errors import UnknownRecipeError, UnknownTagError
from eventflow.recipes.index import RecipeHead, heads
from eventflow.recipes.reading import recipe_file
from eventflow.recipes.steps import RecipeStep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from eventflow.plugins.index import ComponentRef
    from eventflow.recipes.parameters import Parameter
    from eventflow.recipes.reading import RecipeClass


class RecipeRegistry:
    """Every recipe there is: those of installed plugins, and those registered here.

    Example:
        >>> registry = RecipeRegistry()
        >>> [head.name for head in registry.find("customers")]
        ['customer_activity', 'retail_purchases']
        >>> registry.parameters("customer_activity")["days"].default
        90

    Attributes:
        host: Where recipes and the components of their steps come from.
    """

    def __init__(self, host: PluginHost | None = None) -> None:
        """Take a plugin host; a new one by default. Nothing is read yet."""
        self.host = host or PluginHost()
        self._own: dict[str, RecipeClass] = {}

    def recipes(self) -> Sequence[RecipeHead]:
        """Return every recipe, by name. Imports no plugin."""
        found = [*heads(self.host.indexed()), *map(self._runtime, self._own)]
        return sorted(found, key=lambda head: (head.name, head.ref.distribution))

    def names(self) -> list[str]:
        """Return the names of recipes, sorted."""
        return sorted({head.name for head in self.recipes()})

    def tags(self) -> list[str]:
        """Return every tag in use, sorted."""
        return sorted({tag for head in self.recipes() for tag in head.tags})

    def find(self, *tags: str) -> Sequence[RecipeHead]:
        """Return the recipes that have all of these tags, by name.

        Raises:
            UnknownTagError: EF164, no recipe has one of them; the error names the nearest.
        """
        known = self.tags()
        for tag in tags:
            if tag not in known:
                raise UnknownTagError.for_tag(tag, known)
        return [head for head in self.recipes() if set(tags) <= set(head.tags)]

    def get(self, name: str) -> RecipeClass:
        """Return the class of a recipe, a blueprint or a step, by its name or qualified name.

        Raises:
            UnknownRecipeError: EF163, there is none; the error names the nearest.
            PluginError: It is there, and wrong.
        """
        found: Any = self.host.load(self.ref(name))
        if not issubclass(found, (RecipeBlueprint, RecipeStep)):
            kind = "blueprint" if hasattr(found, "features") else "step"
            raise UnknownRecipeError.for_name(name, (), kind)
        return found  # type: ignore[no-any-return] # just told

    def ref(self, name: str) -> ComponentRef:
        """Return where a recipe of that name is; raises as `get` does."""
        known = [head for head in self.recipes() if name in {head.name, head.ref.qualified}]
        if known:
            return self.host.find("blueprint" if known[0].form == "blueprint" else "step", name)
        other = self._other(name)
        if other is not None:
            self._whole(name)
        kinds: tuple[Literal["blueprint", "step"], ...] = ("blueprint", "step")
        for kind in kinds:
            if other is None and (kind, name) in KNOWN:
                return self.host.find(kind, name)  # says what to install, or who left it out
        raise UnknownRecipeError.for_name(name, self.names(), other)

    def parameters(self, name: str) -> Mapping[str, Parameter]:
        """Return what may be set in a recipe; raises as `get` does."""
        return self.get(name).recipe.parameters

    def register(self, path: Path) -> RecipeClass:
        """Offer the recipe in a file, in this registry and its host only.

        Raises:
            RecipeError: EF160, the file is not there or is no recipe.
        """
        made = recipe_file(path, host=self.host)
        self.host.register(made, name=made.recipe.recipe)
        self._own[made.recipe.recipe] = made
        return made

    def pipeline(self, name: str, **parameters: Any) -> Pipeline:
        """Build the pipeline of a recipe of steps alone; raises as `get` does.

        Raises:
            TypeError: The recipe is a blueprint, which needs columns and a moment: run its
                `configuration`.
            pydantic.ValidationError: A parameter is unknown, missing or out of range.
        """
        made = self.get(name)
        if not issubclass(made, RecipeStep):
            msg = f"{name} is a blueprint: give its configuration() to eventflow.run"
            raise TypeError(msg)
        return Pipeline([made(**parameters)])

    def configuration(self, name: str, **parameters: Any) -> dict[str, Any]:
        """Return the pipeline that runs a recipe alone, for `eventflow.run`; raises as `get` does.

        Raises:
            NoSourceError: EF166, the recipe names no source; add one to the pipeline yourself.
        """
        return configuration(self.get(name), parameters)

    def _runtime(self, name: str) -> RecipeHead:
        said = self._own[name].recipe
        kind: Any = "blueprint" if said.form == "blueprint" else "step"
        ref = self.host.find(kind, f"runtime:{name}")
        return RecipeHead(ref, None, said.form, said.version, said.summary, said.tags)

    def _whole(self, name: str) -> None:
        """Raise where what has this name cannot be imported: a recipe whose file is gone."""
        for ref in self.host.indexed():
            if name in {ref.name, ref.qualified}:
                self.host.load(ref)

    def _other(self, name: str) -> str | None:
        """Say what else has this name."""
        found = [r for r in self.host.indexed() if name in {r.name, r.qualified}]
        return found[0].kind.replace("_", " ") if found else None
