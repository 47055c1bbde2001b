"""``eventflow plugins list``: what is installed, what it offers, and how each is."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from eventflow.cli.plugin_data import describe_plugin
from eventflow.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.plugins import ComponentRef, PluginInfo
    from eventflow.plugins.info import Status


@click.command(name="list")
@json_option
@without_option
@strict_option
@debug_option
@pass_settings
@click.pass_context
def command(context: click.Context, settings: Settings, *, as_json: bool) -> None:
    """List installed plugins: version, what they provide, and what was set aside and why.

    Reads metadata only; imports no plugin.
    """
    host = settings.host()
    host.check()
    infos = host.plugins()
    if as_json:
        output.print_json("plugins.list", _listing(infos))
    else:
        for line in _lines(infos):
            output.say(line)
    if host.strict and any(info.quarantines for info in infos):
        context.exit(ExitCode.PLUGIN)


def provided(refs: Sequence[ComponentRef]) -> str:
    """Say what a plugin provides in one line: ``source csv, parquet · sink csv``."""
    kinds: dict[str, list[str]] = {}
    for ref in refs:
        kinds.setdefault(ref.kind.replace("_", " "), []).append(ref.name)
    separator = f" {output.glyphs().dot} "
    return separator.join(f"{kind} {', '.join(names)}" for kind, names in kinds.items())


def _listing(infos: Sequence[PluginInfo]) -> dict[str, Any]:
    from eventflow.plugins.index import core_version  # noqa: PLC0415 - delayed: not for --help

    return {
        "eventflow": core_version(),
        "python": platform.python_version(),
        "prefix": sys.prefix,
        "plugins": [describe_plugin(info) for info in infos],
    }


STATUS: dict[Status, str] = {
    "installed": "installed, not imported yet",
    "imported": "imported",
    "ready": "ready",
    "clashing": "with a shared name",
    "disabled": "disabled",
    "incompatible": "incompatible",
    "quarantined": "set aside",
}
"""Status → how the summary says it."""


def _lines(infos: Sequence[PluginInfo]) -> list[str]:
    from eventflow.plugins.index import core_version  # noqa: PLC0415 - delayed: not for --help

    found = [info.status for info in infos]
    counts = [f"{found.count(s)} {text}" for s, text in STATUS.items() if s in found]
    summary = ", ".join(counts)
    if "incompatible" in found or "quarantined" in found:
        summary += " (nothing else is affected)"
    rows = [row for info in infos for row in _rows(info)]
    return [
        f"eventflow {core_version()}   python {platform.python_version()}   {home(sys.prefix)}",
        *output.folded(rows),
        summary,
    ]


def _rows(info: PluginInfo) -> list[tuple[str, ...]]:
    """Return a plugin's cells: one row, and further ones for what is set aside or clashes."""
    mark = _mark(info.status)
    if not info.quarantines:
        said = provided(info.provides) or "nothing"
        said = f"disabled: {said}" if info.disabled else said
        rows: list[tuple[str, ...]] = [(mark, info.name, info.version, said)]
        if info.clashes:
            names = ", ".join(ref.qualified for ref in info.clashes)
            rows.append(("", "", "", f"shares names with another plugin: write {names}"))
        return rows
    first = info.quarantines[0]
    said = first.reason if info.status == "incompatible" else f"{first.stage}: {first.reason}"
    rows = [(mark, info.name, info.version, said)]
    if first.command:
        rows.append(("", "", "", f"{output.glyphs().arrow} {first.command}"))
    return rows


def _mark(status: Status) -> str:
    """Return the sign of a status; only what has been tried and works has the good one."""
    glyphs = output.glyphs()
    if status in {"incompatible", "quarantined"}:
        return click.style(glyphs.failure, fg="red")
    if status == "clashing":
        return click.style(glyphs.warning, fg="yellow")
    return glyphs.ok if status in {"imported", "ready"} else glyphs.dot


def home(path: str) -> str:
    """Shorten a path under the home folder."""
    try:
        return f"~/{Path(path).relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return path
