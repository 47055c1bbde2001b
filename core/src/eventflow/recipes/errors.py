"""What can be wrong with a recipe: EF160."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from eventflow.plugins.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventflow.errors import Problem


class RecipeError(PluginError):
    """A recipe's file cannot be read, or says something that a recipe cannot say.

    Its problems carry the code of what is wrong, and the line in the recipe.
    """

    code = "EF160"
    stage = "contract"

    @classmethod
    def for_problems(cls, problems: Iterable[Problem], owner: str) -> Self:
        """Give the recipe's owner to what is wrong with it."""
        return cls(*(replace(problem, owner=owner) for problem in problems))

    @classmethod
    def for_file(cls, name: str, why: str) -> Self:
        """Say that a file cannot be read."""
        return cls.of(
            f"the recipe {name} cannot be read",
            detail=[why],
            fix="the entry point names a package and a YAML file in it: package:name",
        )
