"""A recipe as a pipeline of its own: on the source it names, or on another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventflow.config.keys import SECTIONS
from eventflow.recipes.errors import NoSourceError, UnknownSettingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventflow.config.tree import MappingNode
    from eventflow.recipes.model import Recipe
    from eventflow.recipes.reading import RecipeClass


def configuration(
    made: RecipeClass,
    parameters: Mapping[str, Any] | None = None,
    *,
    source: Mapping[str, Any] | None = None,
    sink: Mapping[str, Any] | None = None,
    use: str = "",
) -> dict[str, Any]:
    """Return the pipeline that runs a recipe alone.

    Args:
        made: The recipe.
        parameters: Values of its parameters.
        source: Where rows come from instead of the recipe's own source, whose schema is then left
            out too.
        sink: Where the result goes.
        use: Name that the pipeline uses it by; the recipe's own by default.

    Raises:
        NoSourceError: EF166, neither the recipe nor the caller names a source.
    """
    found = assembled(made.recipe, parameters or {}, source=source, sink=sink, use=use)
    if "source" not in found:
        raise NoSourceError.for_recipe(made.recipe.recipe)
    return found


def assembled(
    said: Recipe,
    parameters: Mapping[str, Any],
    *,
    source: Mapping[str, Any] | None = None,
    sink: Mapping[str, Any] | None = None,
    use: str = "",
) -> dict[str, Any]:
    """Return what `configuration` does, without a source where there is none."""
    step = {"use": use or said.recipe, **parameters}
    pipeline: dict[str, Any] = {"name": said.recipe}
    if own := source or said.source:
        pipeline["source"] = dict(own)
    if said.event_schema and source is None:
        pipeline["schema"] = said.event_schema
    if said.form == "steps":
        pipeline["steps"] = [step]
    else:
        moment = {"as_of": said.as_of} if said.as_of and source is None else {}
        pipeline["blueprint"] = {"use": step.pop("use"), **moment, **step}
    return pipeline | ({"sink": dict(sink)} if sink else {})


def placed_in(pipeline: dict[str, Any], written: MappingNode) -> dict[str, Any]:
    """Return the pipeline of a recipe with what its file says as nodes, which know their place.

    Args:
        pipeline: As `assembled` makes it, on the recipe's own source.
        written: The recipe's file.
    """
    own: dict[str, Any] = {key: written.get(key) for key in ("source", "schema") if key in pipeline}
    if "as_of" in pipeline.get("blueprint", {}):
        own["blueprint"] = {**pipeline["blueprint"], "as_of": written.get("as_of")}
    return pipeline | own


def example(said: Recipe) -> dict[str, Any]:
    """Return a pipeline to copy: the recipe's own source, and what of it has to be given."""
    needed = {name: f"<{p.said()}>" for name, p in said.parameters.items() if p.required}
    given = needed | examples(said)
    source = None if said.source else {"use": "csv", "path": "events.csv"}
    return assembled(said, given, source=source, sink={"use": "parquet", "path": "out.parquet"})


def examples(said: Recipe) -> dict[str, Any]:
    """Return the parameters of a recipe that have an example, with it."""
    return {n: p.example for n, p in said.parameters.items() if p.example is not None}


def placed(said: Recipe, overrides: Iterable[str]) -> tuple[str, ...]:
    """Return ``--set`` texts for the pipeline of a recipe: what is a parameter goes to the recipe.

    Raises:
        UnknownSettingError: EF165, one is neither a parameter nor a part of a pipeline.
    """
    return tuple(_placed(said, text) for text in overrides)


def _placed(said: Recipe, text: str) -> str:
    path = text.partition("=")[0]
    first = path.partition(".")[0].strip()
    own = "blueprint" if said.form == "blueprint" else "steps.0"
    options = {*said.parameters} | ({"as_of", "columns"} if said.form == "blueprint" else set())
    if first in options:
        return f"{own}.{text}"
    if first in SECTIONS or first.startswith("x-") or not first:
        return text
    parts = [name for name in SECTIONS if name != "include"]
    raise UnknownSettingError.for_name(said.recipe, first, list(said.parameters), parts)
