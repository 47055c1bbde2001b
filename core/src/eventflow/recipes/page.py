"""Everything there is to tell of a recipe, for the terminal, JSON and the documentation alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from eventflow.config.dump import dump
from eventflow.recipes.alone import example

if TYPE_CHECKING:
    from eventflow.plugins.index import ComponentRef
    from eventflow.recipes.model import Recipe
    from eventflow.recipes.parameters import Parameter


def described(said: Recipe, ref: ComponentRef) -> dict[str, Any]:
    """Return a recipe as plain data.

    The keys are ``name``, ``version``, ``form``, ``summary``, ``tags``, ``documentation``,
    ``distribution``, ``distribution_version``, ``needs``, ``makes``, ``parameters``, ``steps``,
    ``source``, ``schema``, ``as_of`` and ``example``, a pipeline in YAML.
    """
    return {
        "name": said.recipe,
        "version": said.version,
        "form": said.form,
        "summary": said.summary,
        "tags": list(said.tags),
        "documentation": said.documentation.strip(),
        "distribution": ref.distribution,
        "distribution_version": ref.version,
        "needs": _needs(said),
        "makes": _makes(said),
        "parameters": [_parameter(name, p) for name, p in said.parameters.items()],
        "steps": [{"use": step.get("use"), "options": _options(step)} for step in said.steps],
        "source": said.source,
        "schema": said.event_schema,
        "as_of": said.as_of,
        "example": dump(example(said)),
    }


def _needs(said: Recipe) -> list[dict[str, Any]]:
    fields = [
        {"name": name, "types": list(f.types), "about": f.about, "role": f.role}
        for name, f in said.fields.items()
    ]
    columns: list[dict[str, Any]] = [
        {"name": name, "types": [], "about": about, "role": None}
        for name, about in said.needs.items()
    ]
    return [*fields, *columns]


def _makes(said: Recipe) -> list[dict[str, Any]]:
    features = [
        {"name": n, "unit": f.unit, "formula": f.formula, "parity": str(f.parity), "nulls": f.nulls}
        for n, f in said.features.items()
    ]
    blank = dict.fromkeys(("unit", "parity", "nulls"), "")
    columns = [{"name": n, "formula": about, **blank} for n, about in said.makes.items()]
    return [*features, *columns]


def _parameter(name: str, parameter: Parameter) -> dict[str, Any]:
    return {
        "name": name,
        "type": parameter.said(),
        "required": parameter.required,
        "default": parameter.default,
        "range": parameter.range(),
        "example": parameter.example,
        "about": parameter.about,
    }


def _options(step: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in step.items() if key != "use"}


def presence(parameter: dict[str, Any]) -> str:
    """Say whether a parameter has to be given, or what it is: ``required``, ``default 90``."""
    if parameter["required"]:
        return "required"
    if parameter["default"] is None:
        return "optional"
    return f"default {json.dumps(parameter['default'], ensure_ascii=False)}"


def option_text(options: dict[str, Any]) -> str:
    """Write the options of a step on one line: ``by: ${customer}, time: ${at}``."""
    return ", ".join(f"{key}: {_short(value)}" for key, value in options.items())


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{option_text(value)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_short, value))}]"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
