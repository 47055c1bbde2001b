"""A recipe's file checked by itself, as its author has it before it is in a package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from eventflow.config.files import read_file
from eventflow.config.loading import CheckReport, check_config
from eventflow.config.model import PluginOptions
from eventflow.config.tree import MappingNode
from eventflow.errors import EventflowError, ExitCode
from eventflow.recipes.alone import assembled, examples, placed, placed_in
from eventflow.recipes.reading import recipe_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.config.loading import LookAhead, MakeHost
    from eventflow.recipes.model import Recipe

_NO_SOURCE = ("source", "EF204")


def is_recipe(path: str) -> bool:
    """Whether a file is a recipe, which a pipeline is not: it says ``recipe``."""
    root, _ = read_file(path)
    return isinstance(root, MappingNode) and "recipe" in root.entries


def check_recipe(
    path: str, overrides: Sequence[str], *, make_host: MakeHost, look_ahead: LookAhead
) -> CheckReport:
    """Check a recipe and its steps, with what its parameters are by default or for example.

    Without a source of its own, nothing can tell which columns arrive at its steps; likewise its
    steps are not looked at while a parameter has neither default nor example.

    Args:
        path: The file.
        overrides: ``parameter=value`` texts, as `recipes run` takes them.
        make_host: Makes the plugin host.
        look_ahead: As in `check_config`.
    """
    host = make_host(PluginOptions())
    try:
        made = recipe_file(Path(path), host=host)
    except EventflowError as error:
        return CheckReport(path=path, problems=error.problems, exit_code=ExitCode.USAGE)
    said = made.recipe
    host.register(made, name=said.recipe)
    given, told = examples(said), {text.partition("=")[0] for text in overrides}
    if any(p.required and name not in {*given, *told} for name, p in said.parameters.items()):
        return CheckReport(path=path, unplanned=_steps(said), exit_code=ExitCode.DONE)
    found = check_config(
        path,
        placed(said, overrides),
        make_host=lambda _: host,
        look_ahead=look_ahead,
        written=placed_in(assembled(said, given, use=f"runtime:{said.recipe}"), made.written),
    )
    if said.source is not None:
        return found
    problems = tuple(p for p in found.problems if (p.key, p.code) != _NO_SOURCE)
    code = found.exit_code if problems else ExitCode.DONE
    return evolve(found, problems=problems, exit_code=code, unplanned=_steps(said))


def _steps(said: Recipe) -> tuple[str, ...]:
    return tuple(str(step.get("use", "?")) for step in said.steps)
