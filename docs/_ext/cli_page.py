"""Render the command line's reference from the commands themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from eventflow.cli.main import cli
from eventflow.cli.options import Settings
from markdown import clean, table

if TYPE_CHECKING:
    from collections.abc import Iterator


def render() -> str:
    """Return one section per command, subcommands included."""
    context = click.Context(cli, info_name="eventflow", obj=Settings())
    return "\n\n".join(_sections(context))


def _sections(context: click.Context) -> Iterator[str]:
    yield _section(context)
    command = context.command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _sections(click.Context(found, info_name=name, parent=context))


def _section(context: click.Context) -> str:
    usage = " ".join([context.command_path, *context.command.collect_usage_pieces(context)])
    parts = [
        f"## {context.command_path}",
        clean(context.command.help or ""),
        f"```text\n{usage}\n```",
    ]
    if rows := [_option(p, context) for p in context.command.params if isinstance(p, click.Option)]:
        parts.append(table(("option", "what it does"), rows))
    return "\n\n".join(parts)


def _option(option: click.Option, context: click.Context) -> tuple[str, str]:
    record: Any = option.get_help_record(context) or (", ".join(option.opts), option.help or "")
    return f"`{record[0]}`", record[1]
