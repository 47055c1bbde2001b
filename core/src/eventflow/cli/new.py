"""``eventflow plugins new``: a complete project for a plugin of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from eventflow.cli import output
from eventflow.cli.options import Settings, debug_option, json_option, pass_settings
from eventflow.scaffold.names import TEMPLATES

if TYPE_CHECKING:
    from eventflow.scaffold.names import Template
    from eventflow.scaffold.render import License, Project

_KINDS = [template.replace("_", "-") for template in TEMPLATES]


class _Kind(click.Choice[str]):
    """A kind, written with ``-`` or ``_``."""

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Template:
        return cast(
            "Template", super().convert(value.replace("_", "-"), param, ctx).replace("-", "_")
        )


@click.command(name="new")
@click.argument("kind", type=_Kind(_KINDS, case_sensitive=False))
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder that gets the project's folder; the working directory by default.",
)
@click.option("--author", help="Who holds the copyright; by default who git says you are.")
@click.option(
    "--license",
    "license_",
    type=click.Choice(["MIT", "Apache-2.0", "BSD-3-Clause"], case_sensitive=False),
    default="MIT",
    show_default=True,
    help="Licence of the plugin.",
)
@click.option("--yaml", "in_yaml", is_flag=True, help="Write a blueprint in YAML, without Python.")
@json_option
@debug_option
@pass_settings
def command(  # noqa: PLR0913 - one argument per option
    settings: Settings,
    *,
    kind: Template,
    name: str,
    into: Path,
    author: str | None,
    license_: License,
    in_yaml: bool,
    as_json: bool,
) -> None:
    """Make a project for a plugin that provides a component of a KIND, called NAME.

    The project is complete: component, tests, documentation, licence, tox and CI. A recipe is a
    blueprint written in YAML.
    """
    del settings
    from eventflow.scaffold.render import new_project  # noqa: PLC0415 - delayed: not for --help

    if in_yaml and kind not in {"blueprint", "recipe"}:
        msg = f"--yaml is for blueprints; a {kind.replace('_', ' ')} is written in Python"
        raise click.UsageError(msg)
    template: Template = "recipe" if in_yaml else kind
    project = new_project(template, name, into=into, author=author, license_=license_)
    if as_json:
        output.print_json("plugins.new", _document(project))
        return
    output.say(f"{output.glyphs().ok} {project.folder}   {len(project.files)} files")
    output.say("next:")
    for line in next_steps(project):
        output.say(f"  {line}")


def next_steps(project: Project) -> tuple[str, ...]:
    """Return the commands to go on with: install, test, run the example."""
    return (
        f"cd {project.folder} && uv pip install --group dev -e .",
        "pytest",
        "eventflow run example.yaml",
    )


def _document(project: Project) -> dict[str, object]:
    return {
        "kind": project.names.kind,
        "name": project.names.component,
        "distribution": project.names.distribution,
        "package": project.names.package,
        "folder": project.folder,
        "template": project.template,
        "files": list(project.files),
        "next": list(next_steps(project)),
    }
