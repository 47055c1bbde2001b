"""Recipes: pipelines and blueprints written in YAML, with parameters, tags and documentation.

A recipe is package data. One with fields and features is a blueprint, with an entry point in the
group ``eventflow.blueprints``; one of steps alone stands for them below ``steps`` of any pipeline,
with an entry point in ``eventflow.steps``. The entry point has the form of any other,
``package:name``; where the package has no attribute of that name, its file ``name.yaml`` is the
recipe. A package of recipes needs no line of Python.

Names are imported when they are first used: listing recipes imports no pydantic and no Polars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.imports import on_first_use

if TYPE_CHECKING:
    from eventflow.recipes.blueprint import RecipeBlueprint
    from eventflow.recipes.index import RecipeHead
    from eventflow.recipes.model import Recipe
    from eventflow.recipes.reading import recipe, recipe_file
    from eventflow.recipes.registry import RecipeRegistry
    from eventflow.recipes.steps import RecipeStep


__all__ = [
    "Recipe",
    "RecipeBlueprint",
    "RecipeHead",
    "RecipeRegistry",
    "RecipeStep",
    "recipe",
    "recipe_file",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "blueprint": ["RecipeBlueprint"],
        "index": ["RecipeHead"],
        "model": ["Recipe"],
        "reading": ["recipe", "recipe_file"],
        "registry": ["RecipeRegistry"],
        "steps": ["RecipeStep"],
    },
)
