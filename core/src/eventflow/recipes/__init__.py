"""Recipes: pipelines and blueprints written in YAML, with parameters, tags and documentation.

A recipe is package data. One with fields and features is a blueprint, with an entry point in the
group ``eventflow.blueprints``; one of steps alone stands for them below ``steps`` of any pipeline,
with an entry point in ``eventflow.steps``. The entry point has the form of any other,
``package:name``; where the package has no attribute of that name, its file ``name.yaml`` is the
recipe. A package of recipes needs no line of Python.

Names are imported when they are first used: listing recipes imports no pydantic and no Polars.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventflow.recipes.blueprint import RecipeBlueprint
    from eventflow.recipes.index import RecipeHead
    from eventflow.recipes.model import Recipe
    from eventflow.recipes.reading import recipe, recipe_file
    from eventflow.recipes.registry import RecipeRegistry
    from eventflow.recipes.steps import RecipeStep

_HOME = {
    "Recipe": "eventflow.recipes.model",
    "RecipeBlueprint": "eventflow.recipes.blueprint",
    "RecipeHead": "eventflow.recipes.index",
    "RecipeRegistry": "eventflow.recipes.registry",
    "RecipeStep": "eventflow.recipes.steps",
    "recipe": "eventflow.recipes.reading",
    "recipe_file": "eventflow.recipes.reading",
}

__all__ = [
    "Recipe",
    "RecipeBlueprint",
    "RecipeHead",
    "RecipeRegistry",
    "RecipeStep",
    "recipe",
    "recipe_file",
]


def __getattr__(name: str) -> object:
    """Import a name when it is first used."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
