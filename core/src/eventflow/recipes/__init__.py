"""Recipes: blueprints written in YAML.

A recipe is package data. Its entry point in the group ``eventflow.blueprints`` has the form of any
other, ``package:name``; where the package has no attribute of that name, its file ``name.yaml`` is
the recipe. A package of recipes needs no line of Python.
"""

from __future__ import annotations

from eventflow.recipes.blueprint import RecipeBlueprint, recipe
from eventflow.recipes.model import Recipe

__all__ = ["Recipe", "RecipeBlueprint", "recipe"]
