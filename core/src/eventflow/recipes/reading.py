"""From a recipe's file to the class it becomes."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from eventflow.config.errors import EmptyConfigError
from eventflow.config.explain import Subject, explained
from eventflow.config.tree import Document, MappingNode, to_python
from eventflow.config.yaml import read_yaml
from eventflow.recipes.blueprint import RecipeBlueprint
from eventflow.recipes.errors import RecipeError, RecipeFormError
from eventflow.recipes.filling import steps_of, unknown, unused
from eventflow.recipes.model import Recipe
from eventflow.recipes.steps import RecipeStep

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from eventflow.errors import Problem
    from eventflow.plugins.host import PluginHost
    from eventflow.types import Kind

RecipeClass = type[RecipeBlueprint] | type[RecipeStep]


def recipe(
    target: str, *, host: PluginHost | None = None, owner: str = "", kind: Kind | None = None
) -> RecipeClass:
    """Return the blueprint, or the step, that a packaged recipe becomes.

    Args:
        target: ``package:name``, as in its entry point; the file is ``name.yaml`` in the package.
        host: Where the steps' components come from.
        owner: Distribution and version, for messages.
        kind: What its entry point says it is; whatever it turns out to be if not given.

    Raises:
        RecipeError: EF160, the file is not there or is no recipe; every problem has its line.
        RecipeFormError: EF161, it is not of that kind.
    """
    package, _, name = target.partition(":")
    try:
        file = files(package) / f"{name}.yaml"
    except ModuleNotFoundError as error:
        raise RecipeError.for_file(target, str(error)) from None
    made = _read(file, target, package, host, owner)
    if kind is not None and kind != ("blueprint" if made.recipe.features else "step"):
        raise RecipeFormError.for_kind(made.recipe.recipe, kind, owner)
    return made


def recipe_file(path: Path, *, host: PluginHost | None = None) -> RecipeClass:
    """Return what the recipe in a file becomes; raises as `recipe` does.

    Args:
        path: The file.
        host: Where the steps' components come from.
    """
    return _read(path, str(path), "runtime", host, "")


def _read(
    file: Traversable, target: str, module: str, host: PluginHost | None, owner: str
) -> RecipeClass:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError.for_file(target, str(error)) from None
    root, problems = read_yaml(Document(_shown(file), text))
    if problems:
        raise RecipeError.for_problems(map(_of_recipe, problems), owner)
    if not isinstance(root, MappingNode):
        raise RecipeError.for_file(target, "it is no mapping")
    said = _checked(root, target, owner)
    wrong: list[Problem] = list(unknown(steps_of(root), {*said.parameters, *said.fields}))
    if wrong := wrong or list(unused(root, said.parameters)):
        raise RecipeError.for_problems(wrong, owner)
    shared = {"recipe": said, "written": root, "host": host, "owner": owner}
    return _class(said, module, shared)


def _checked(root: MappingNode, target: str, owner: str) -> Recipe:
    try:
        return Recipe(**to_python(root))
    except ValidationError as error:
        subject = Subject(Recipe, "recipe", f'recipe "{target}"', root, root, root.span, owner)
        raise RecipeError.for_problems(explained(subject, error)[0], owner) from None


def _of_recipe(problem: Problem) -> Problem:
    """Say of an empty file what a recipe has at least, which is not what a pipeline has."""
    least = "write at least:  recipe, version, summary and steps"
    return replace(problem, fix=least) if problem.code == EmptyConfigError.code else problem


def _class(said: Recipe, module: str, shared: dict[str, Any]) -> RecipeClass:
    attributes: dict[str, Any] = {
        "__doc__": _documentation(said),
        "__module__": module,
        "Config": said.config(),
        "name": said.recipe,
        "version": said.version,
        **shared,
    }
    if said.form == "steps":
        return type(said.recipe, (RecipeStep,), attributes)
    attributes |= {"fields": said.field_specs(), "features": said.feature_specs()}
    return type(said.recipe, (RecipeBlueprint,), attributes)


def _shown(file: Traversable) -> str:
    """Return the path of a file for messages; in an archive there is only its name."""
    return str(file) if hasattr(file, "__fspath__") else file.name


def _documentation(said: Recipe) -> str:
    """Return what `plugins show` prints: summary, what is needed, what is made."""
    fields = [f"    {n} ({' or '.join(f.types)}): {f.about}" for n, f in said.fields.items()]
    features = [
        f"    {n} ({f.unit}): {f.formula}; null: {f.nulls}; {f.parity}"
        for n, f in said.features.items()
    ]
    needs = [*fields, *(f"    {name}: {about}" for name, about in said.needs.items())]
    makes = [*features, *(f"    {name}: {about}" for name, about in said.makes.items())]
    sections = (
        ("Needs:", needs),
        ("Makes:", makes),
        ("Steps:", [f"    {step.get('use', '?')}" for step in said.steps]),
    )
    parts = [said.summary, f"Recipe, version {said.version}."]
    parts += [f"Tags: {', '.join(said.tags)}"] if said.tags else []
    parts += [said.documentation.strip()] if said.documentation else []
    parts += ["\n".join([head, *lines]) for head, lines in sections if lines]
    return "\n\n".join(parts)
