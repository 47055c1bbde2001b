"""What can be wrong with a recipe and with its use: EF160, EF161 and EF163 to EF168."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from eventflow.config.errors import ConfigError
from eventflow.errors import EventflowError, ExitCode, nearest
from eventflow.plugins.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventflow.config.tree import Span
    from eventflow.errors import Problem
    from eventflow.types import Kind

_LIST = "eventflow recipes list"


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


class RecipeFormError(PluginError):
    """A recipe's entry point stands in the group of the other form."""

    code = "EF161"
    stage = "contract"

    @classmethod
    def for_kind(cls, name: str, kind: Kind, owner: str) -> Self:
        """Say which group it belongs to; `kind` is where it stands."""
        has, group = (
            ("no fields and features", "eventflow.steps")
            if kind == "blueprint"
            else ("fields and features", "eventflow.blueprints")
        )
        return cls.of(
            f'the recipe "{name}" has {has}, so it is no {kind}',
            owner=owner,
            fix=f'name it in the entry-point group "{group}"',
        )


class UnusedParameterError(ConfigError):
    """A recipe declares a parameter that none of its steps refers to."""

    code = "EF168"

    @classmethod
    def for_name(cls, name: str, span: Span | None) -> Problem:
        """Say how a step takes it."""
        return cls.problem(
            f'no step refers to the parameter "{name}": setting it would do nothing',
            span,
            key=f"parameters.{name}",
            fix=f'write "${{{name}}}" as an option of a step, or remove it',
        )


class UnknownRecipeError(EventflowError):
    """No installed plugin provides a recipe of that name."""

    code = "EF163"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_name(cls, name: str, known: Iterable[str], component: str | None = None) -> Self:
        """Name the nearest recipe; or say that the name is another component's."""
        names = sorted(known)
        if component is not None:
            return cls.of(
                f'"{name}" is a {component}, and no recipe',
                fix=f"use it in a pipeline; its options: eventflow plugins show {name}",
                command=_LIST,
            )
        near = nearest(name.rpartition(":")[2], names)
        return cls.of(
            f'no recipe "{name}" is installed',
            detail=[f"installed: {', '.join(names) or 'none'}"],
            fix=f'did you mean "{near}"?' if near else "write the name of an installed one",
            command=_LIST,
        )


class UnknownTagError(EventflowError):
    """No recipe has that tag."""

    code = "EF164"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_tag(cls, tag: str, known: Iterable[str]) -> Self:
        """Name the nearest tag, and all there are."""
        tags = sorted(known)
        near = nearest(tag, tags)
        return cls.of(
            f'no recipe has the tag "{tag}"',
            detail=[f"tags: {', '.join(tags) or 'none'}"],
            fix=f'did you mean "{near}"?' if near else "take one of these tags",
            command=_LIST,
        )


class UnknownSettingError(EventflowError):
    """``--set`` names neither a parameter of the recipe nor a part of a pipeline."""

    code = "EF165"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_name(
        cls, recipe: str, name: str, parameters: Sequence[str], parts: Sequence[str]
    ) -> Self:
        """Name the nearest parameter or part."""
        near = nearest(name, [*parameters, *parts])
        fix = f'did you mean "{near}"?' if near else "set a parameter, or a part of the pipeline"
        return cls.of(
            f'the recipe "{recipe}" has no parameter "{name}"',
            key=name,
            detail=[
                f"parameters: {', '.join(parameters) or 'none'}",
                "parts of the pipeline: as_of, source.*, schema.*, sink.*, runs.*, ...",
            ],
            fix=fix,
            command=f"eventflow recipes show {recipe}",
        )


class NoSourceError(EventflowError):
    """A recipe is run alone, and neither it nor the command says on what."""

    code = "EF166"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_recipe(cls, name: str) -> Self:
        """Say how to give a source."""
        return cls.of(
            f'the recipe "{name}" names no source of its own to run on',
            key="source",
            fix="give it one: --source events.csv, or --source NAME and its options with --set",
            command=f"eventflow recipes run {name} --source events.csv",
        )


class SeveralStepsError(EventflowError):
    """A recipe stands where one step belongs, and cannot be one step."""

    code = "EF167"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_recipe(cls, name: str, step: str, does: str) -> Self:
        """Say which of its steps needs the pipeline around it."""
        return cls.of(
            f'the recipe "{name}" cannot be one step: its step {step} {does}',
            fix="use it below `steps` of a pipeline, where each of its steps takes part by itself",
        )
