"""``eventflow schema``: the JSON Schema of pipeline files, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from eventflow.cli import output
from eventflow.cli.options import (
    Settings,
    debug_option,
    pass_settings,
    strict_option,
    without_option,
)
from eventflow.errors import ExitCode

SCHEMA_PATH = Path(".eventflow", "schema.json")
"""Where ``--write`` puts the schema, relative to the working directory."""

MODELINE = f"# yaml-language-server: $schema=./{SCHEMA_PATH.as_posix()}"
"""First line of a pipeline file that makes editors use the schema."""


@click.command(name="schema")
@click.option(
    "--write", is_flag=True, help=f"Write {SCHEMA_PATH.as_posix()} and say how to use it."
)
@debug_option
@without_option
@strict_option
@pass_settings
def command(settings: Settings, write: bool) -> int:  # noqa: FBT001 - click passes a flag
    """Print the JSON Schema of pipeline files, made of every installed component.

    Plugins that do not work are left out and reported on stderr.
    """
    if not write:
        click.echo(json.dumps(_schema(settings), indent=2), file=output.result())
        return ExitCode.DONE
    write_schema(settings)
    output.note(f"wrote {SCHEMA_PATH.as_posix()}; put this line at the top of a pipeline file:")
    output.say(MODELINE)
    return ExitCode.DONE


def write_schema(settings: Settings) -> None:
    """Write the JSON Schema of everything installed to `SCHEMA_PATH`."""
    SCHEMA_PATH.parent.mkdir(parents=True, exist_ok=True)
    SCHEMA_PATH.write_text(json.dumps(_schema(settings)) + "\n", encoding="utf-8")


def _schema(settings: Settings) -> dict[str, Any]:
    from eventflow.config.jsonschema import pipeline_schema  # noqa: PLC0415 - delayed: pydantic

    schema, problems = pipeline_schema(settings.host())
    output.note_problems(problems)
    return schema
