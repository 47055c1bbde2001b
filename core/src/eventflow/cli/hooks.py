"""``eventflow hooks``: every hook, its arguments, and who implements it in which order.

Hook modules are read, not imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from eventflow.cli import output
from eventflow.cli.options import (
    Settings,
    debug_option,
    json_option,
    pass_settings,
    strict_option,
    without_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.plugins import ComponentRef, PluginHost

    Read = Sequence[tuple[ComponentRef, tuple[str, ...] | None]]


@dataclass(frozen=True, slots=True)
class HookRow:
    """A hook as the listing shows it.

    Attributes:
        name: The hook's name.
        arguments: Its argument and payload type: ``event: RunStarted``.
        summary: First line of its documentation.
        listeners: Distributions that implement it, in the order in which they are called.
    """

    name: str
    arguments: tuple[str, ...]
    summary: str
    listeners: tuple[str, ...]


@click.group(name="hooks")
def command() -> None:
    """List hooks and who implements them."""


@command.command(name="list")
@click.argument("pipeline", required=False, type=click.Path(path_type=str))
@json_option
@without_option
@strict_option
@debug_option
@pass_settings
def list_hooks(settings: Settings, pipeline: str | None, *, as_json: bool) -> None:
    """List every hook, its arguments and who implements it, in the order of their calls.

    With a PIPELINE file, its plugins.order and its lists of plugins hold.
    """
    host = settings.host() if pipeline is None else _host_of(settings, pipeline)
    host.check()
    rows = hook_rows(host)
    unread = [ref.owner for ref, hooks in _read(host) if hooks is None]
    if as_json:
        document = [
            {
                "name": row.name,
                "arguments": row.arguments,
                "summary": row.summary,
                "listeners": row.listeners,
            }
            for row in rows
        ]
        output.print_json("hooks.list", {"hooks": document, "unread": unread})
        return
    for line in output.folded(_cells(rows)):
        output.say(line)
    if unread:
        output.note(f"hook modules that cannot be read without importing: {', '.join(unread)}")


def _host_of(settings: Settings, pipeline: str) -> PluginHost:
    from eventflow.config import load  # noqa: PLC0415 - delayed: YAML, only for a pipeline

    return settings.host_for(load(pipeline).plugins)


def hook_rows(host: PluginHost) -> list[HookRow]:
    """Return every hook with who implements it; imports no plugin."""
    from eventflow.plugins.peek import specifications  # noqa: PLC0415 - delayed: not for --help

    read = _read(host)
    return [
        HookRow(name, arguments, summary, _listeners(host, name, read))
        for name, arguments, summary in specifications()
    ]


def _listeners(host: PluginHost, hook: str, read: Read) -> tuple[str, ...]:
    """Who implements a hook: by entry points of its kind, or in a hook module."""
    kind = hook.removeprefix("eventflow_").removesuffix("s")
    by_entry_points = {ref.distribution for ref in host.indexed() if ref.kind == kind}
    by_module = {ref.distribution for ref, hooks in read if hooks and hook in hooks}
    return tuple(host.in_order(by_entry_points | by_module))


def _read(host: PluginHost) -> Read:
    from eventflow.plugins.peek import hooks_of  # noqa: PLC0415 - delayed: ast, not for --help

    return [(ref, hooks_of(ref)) for ref in host.indexed() if ref.kind == "hook"]


def _cells(rows: Sequence[HookRow]) -> list[tuple[str, str]]:
    cells: list[tuple[str, str]] = []
    for row in rows:
        signature = f"{row.name}({', '.join(row.arguments)})"
        cells.append((click.style(signature, bold=True), ", ".join(row.listeners) or "nobody"))
    return cells
