"""Write a page for every installed recipe before the site is read, as `eventflow recipes show`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventflow.recipes import RecipeRegistry
from eventflow.recipes.page import described, option_text, presence
from markdown import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx.application import Sphinx

FOLDER = "reference/recipes"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}


def write(app: Sphinx) -> None:
    """Write the pages anew; those of recipes that are gone go with them."""
    folder = Path(app.srcdir) / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in pages().items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Return name → page of every installed recipe."""
    registry = RecipeRegistry()
    found = {h.name: described(registry.get(h.name).recipe, h.ref) for h in registry.recipes()}
    return {name: render(page) for name, page in found.items()}


def render(page: Mapping[str, Any]) -> str:
    """Return the page of a recipe, described as `eventflow.recipes.page.described` does."""
    form = "blueprint" if page["form"] == "blueprint" else "recipe of steps"
    tags = f", tagged {', '.join(page['tags'])}" if page["tags"] else ""
    owner = f"{page['distribution']} {page['distribution_version']}"
    parts = [
        f"(recipe-{page['name']})=\n# `{page['name']}`",
        page["summary"],
        f"*{form} {page['version']} from {owner}{tags}*",
        page["documentation"],
        _section("Needs", ("", "dtype", "what it is"), map(_need, page["needs"])),
        _section("Makes", ("", "unit", "parity", "formula", "null"), map(_make, page["makes"])),
        _section("Parameters", ("", "type", "", "what it is"), map(_parameter, page["parameters"])),
        _section("Steps", ("", "options"), map(_step, page["steps"])),
        "## A pipeline to copy",
        f"```yaml\n{page['example']}```",
        _alone(page),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, heads: tuple[str, ...], rows: Any) -> str:
    found = list(rows)
    return f"## {title}\n\n{table(heads, found)}" if found else ""


def _need(need: Mapping[str, Any]) -> tuple[str, ...]:
    role = f", or the {need['role']} of the schema" if need["role"] else ""
    return f"`{need['name']}`", " or ".join(need["types"]), f"{need['about']}{role}"


def _make(made: Mapping[str, Any]) -> tuple[str, ...]:
    return f"`{made['name']}`", made["unit"], made["parity"], made["formula"], made["nulls"]


def _parameter(parameter: dict[str, Any]) -> tuple[str, ...]:
    kind = ", ".join(part for part in (parameter["type"], parameter["range"]) if part)
    return f"`{parameter['name']}`", kind, presence(parameter), parameter["about"]


def _step(step: Mapping[str, Any]) -> tuple[str, ...]:
    text = option_text(step["options"])
    return f"`{step['use']}`", f"`{text}`" if text else ""


def _alone(page: Mapping[str, Any]) -> str:
    if page["source"] is None:
        return ""
    moment = f", as of {page['as_of']}" if page["as_of"] else ""
    return (
        f"Alone it runs on `{page['source'].get('use')}`{moment}:\n\n"
        f"```text\neventflow recipes run {page['name']}\n```"
    )
