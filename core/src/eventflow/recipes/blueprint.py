"""A recipe as the blueprint it is."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ValidationError

from eventflow.base import BaseBlueprint
from eventflow.config.binding import Binder
from eventflow.config.errors import raised
from eventflow.config.explain import Subject, explained
from eventflow.config.tree import Document, MappingNode, SequenceNode, to_python
from eventflow.config.using import read_use
from eventflow.config.yaml import read_yaml
from eventflow.plugins.host import PluginHost
from eventflow.recipes.errors import RecipeError
from eventflow.recipes.filling import filled, unknown
from eventflow.recipes.model import Recipe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable

    from eventflow.blueprint import Binding
    from eventflow.errors import Problem
    from eventflow.types import Step


class RecipeBlueprint(BaseBlueprint):
    """Base of the classes that recipes become.

    Attributes:
        recipe: What the file says.
        body: The steps as written, with their places.
        host: Where the steps' components come from; a host of its own where none is given.
        owner: Distribution and version, for messages.
    """

    recipe: ClassVar[Recipe]
    body: ClassVar[SequenceNode]
    host: ClassVar[PluginHost | None] = None
    owner: ClassVar[str] = ""

    def steps(self, binding: Binding) -> Sequence[Step]:
        """Return the recipe's steps, bound to columns and moment.

        Raises:
            ConfigError: Steps do not exist or do not take their options, with the recipe's lines.
        """
        values = {**dict(self.config), **binding.columns}
        binder = Binder(self.host or PluginHost())
        made: list[Step] = []
        for number, node in enumerate(self.body.items):
            key = f"steps.{number}"
            use = read_use(filled(node, values), "step", key, node.span, binder.problems)
            bound = None if use is None else binder.use(use)
            if bound is not None:
                made.append(bound.component.at(binding.as_of))
        if binder.problems:
            raise raised(binder.problems, binder.of_plugins)
        return made


def recipe(
    target: str, *, host: PluginHost | None = None, owner: str = ""
) -> type[RecipeBlueprint]:
    """Return the blueprint of a packaged recipe.

    Args:
        target: ``package:name``, as in its entry point; the file is ``name.yaml`` in the package.
        host: Where the steps' components come from.
        owner: Distribution and version, for messages.

    Raises:
        RecipeError: EF160, the file is not there or is no recipe; every problem has its line.
    """
    package, _, name = target.partition(":")
    try:
        file = files(package) / f"{name}.yaml"
        text = file.read_text(encoding="utf-8")
    except (OSError, ModuleNotFoundError, UnicodeDecodeError) as error:
        raise RecipeError.for_file(target, str(error)) from None
    document = Document(_shown(file), text)
    root, problems = read_yaml(document)
    if problems or not isinstance(root, MappingNode):
        raise (
            RecipeError.for_problems(problems, owner)
            if problems
            else RecipeError.for_file(target, "it is no mapping")
        )
    return _blueprint(root, target, host, owner)


def _blueprint(
    root: MappingNode, target: str, host: PluginHost | None, owner: str
) -> type[RecipeBlueprint]:
    try:
        said = Recipe(**to_python(root))
    except ValidationError as error:
        subject = Subject(Recipe, "recipe", f'recipe "{target}"', root, root, root.span, owner)
        raise RecipeError.for_problems(explained(subject, error)[0], owner) from None
    body = root.get("steps")
    assert isinstance(body, SequenceNode)  # noqa: S101 - the model has said so
    problems: list[Problem] = list(unknown(body, {*said.parameters, *said.fields}))
    if problems:
        raise RecipeError.for_problems(problems, owner)
    attributes: dict[str, Any] = {
        "__doc__": _documentation(said),
        "__module__": target.partition(":")[0],
        "Config": said.config(),
        "name": said.recipe,
        "version": said.version,
        "fields": said.field_specs(),
        "features": said.feature_specs(),
        "recipe": said,
        "body": body,
        "host": host,
        "owner": owner,
    }
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
    steps = [f"    {step.get('use', '?')}" for step in said.steps]
    tags = [f"Tags: {', '.join(said.tags)}", ""] if said.tags else []
    return "\n".join([
        said.summary, "", f"Recipe, version {said.version}.", "", *tags,
        "Needs:", *fields, "", "Makes:", *features, "", "Steps:", *steps,
    ])  # fmt: skip
