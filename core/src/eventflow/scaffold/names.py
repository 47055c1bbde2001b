"""What a new plugin is called: one name in, and every other name it needs out."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from eventflow.plugins.index import normalized
from eventflow.plugins.known import KNOWN, OFFICIAL
from eventflow.scaffold.errors import BadNameError, NameTakenError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventflow.plugins.index import IndexedPlugin

Template = Literal[
    "source", "sink", "step", "aggregate", "context_join", "blueprint", "transport", "tracker",
    "engine", "recipe",
]  # fmt: skip
TEMPLATES: tuple[Template, ...] = get_args(Template)
"""What can be rendered: every kind of component, a step that aggregates, a blueprint in YAML."""
_KINDS = {"aggregate": "step", "recipe": "blueprint"}

PREFIX = "eventflow-"
LONGEST = 40
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?", re.IGNORECASE)  # PEP 508


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a new plugin.

    Attributes:
        template: What it provides.
        component: Name in a configuration: ``acme_prices``.
        distribution: Name of the distribution and its folder: ``eventflow-acme-prices``.
        package: Name of the Python package: ``eventflow_acme_prices``.
        class_name: Name of the class: ``AcmePricesStep``.
    """

    template: Template
    component: str
    distribution: str
    package: str
    class_name: str

    @property
    def kind(self) -> str:
        """The kind of component; an aggregate is a step, a recipe a blueprint."""
        return _KINDS.get(self.template, self.template)


def names_of(template: Template, name: str) -> Names:
    """Derive all names from the one that a person gives.

    Raises:
        BadNameError: EF151, it cannot name a distribution or a Python package.
    """
    if not _NAME.fullmatch(name):
        raise BadNameError.for_name(
            name,
            "a name has ASCII letters and digits, with - _ . between them",
            _mended(name),
        )
    short = normalized(name).removeprefix(PREFIX)
    component = short.replace("-", "_")
    if len(short) > LONGEST:
        raise BadNameError.for_name(name, f"it has more than {LONGEST} characters", None)
    if not component.isidentifier() or keyword.iskeyword(component):
        why = "a Python keyword" if keyword.iskeyword(component) else "no Python identifier"
        raise BadNameError.for_name(name, f'"{component}" is {why}', f"my-{short}")
    words = "".join(word.capitalize() for word in short.split("-"))
    suffix = {"aggregate": "Step", "context_join": "Join"}.get(template, template.title())
    return Names(
        template=template,
        component=component,
        distribution=f"{PREFIX}{short}",
        package=f"eventflow_{component}",
        class_name=f"{words}{suffix}",
    )


def check_free(names: Names, plugins: Iterable[IndexedPlugin]) -> None:
    """Refuse names that an official or an installed plugin has.

    Raises:
        NameTakenError: EF152, with a name that is free.
    """
    short = names.distribution.removeprefix(PREFIX)
    official = KNOWN.get((names.kind, names.component))
    plugins = tuple(plugins)
    taken_by = None
    if names.distribution in OFFICIAL:
        taken_by = f"{names.distribution} is an official plugin"
    elif official is not None:
        taken_by = f"the official {official} provides {_words(names.kind)} {names.component}"
    for plugin in plugins:
        if normalized(plugin.name) == names.distribution:
            taken_by = f"{plugin.name} {plugin.version} is installed"
        for ref in plugin.refs:
            if (ref.kind, ref.name) == (names.kind, names.component):
                taken_by = f"{ref.owner} provides {_words(names.kind)} {ref.name}"
    if taken_by is not None:
        installed = {normalized(plugin.name) for plugin in plugins}
        raise NameTakenError.for_name(short, taken_by, _free(short, installed))


def _free(short: str, installed: set[str]) -> str:
    free = f"my-{short}"
    while f"{PREFIX}{free}" in installed:
        free = f"my-{free}"
    return free


def _mended(name: str) -> str | None:
    """Make a name of what someone wrote, if enough is left of it."""
    mended = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return mended if mended and mended[0].isalpha() else None


def _words(kind: str) -> str:
    return kind.replace("_", " ")
