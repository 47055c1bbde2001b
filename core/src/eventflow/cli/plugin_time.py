"""``eventflow plugins time``: what importing each plugin costs."""

from __future__ import annotations

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
from eventflow.cli.plugin_choice import chosen, header
from eventflow.errors import ExitCode
from eventflow.plugins.doctor.costs import costs_of
from eventflow.plugins.doctor.diagnose import LIMIT

if TYPE_CHECKING:
    from eventflow.plugins.doctor.costs import Costs

_SLOWEST = 3


@click.command(name="time")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--limit",
    type=click.FloatRange(min=0.1),
    default=LIMIT,
    show_default=True,
    help="Seconds that one import may take.",
)
@json_option
@without_option
@strict_option
@debug_option
@pass_settings
def command(settings: Settings, names: tuple[str, ...], limit: float, *, as_json: bool) -> int:
    """Measure what importing plugins adds to what Eventflow itself has imported already.

    Each plugin is imported whole, in a process of its own. A plugin of which only one component is
    used costs less.
    """
    plugins, folders, _ = chosen(settings, names)
    found = costs_of(plugins, folders, limit=limit)
    if as_json:
        output.print_json("plugins.time", {"plugins": [_document(cost) for cost in found]})
    else:
        output.say(header())
        rows = [("plugin", "", "total", "own", "slowest modules"), *(_row(cost) for cost in found)]
        for line in output.folded(rows):
            output.say(line)
    return ExitCode.PLUGIN if settings.strict and any(c.problem for c in found) else ExitCode.DONE


def _document(cost: Costs) -> dict[str, Any]:
    return {
        "name": cost.name,
        "version": cost.version,
        "seconds": cost.seconds,
        "own_seconds": cost.own_seconds,
        "problem": cost.problem,
        "modules": [
            {"module": i.module, "seconds": i.seconds, "self_seconds": i.self_seconds}
            for i in cost.slowest
        ],
    }


def _row(cost: Costs) -> tuple[str, ...]:
    if cost.problem:
        return (cost.name, cost.version, "", "", f"{output.glyphs().failure} {cost.problem}")
    slowest = [f"{i.module} {_milliseconds(i.self_seconds)}" for i in cost.slowest[:_SLOWEST]]
    times = (_milliseconds(cost.seconds), _milliseconds(cost.own_seconds))
    return (cost.name, cost.version, *times, ", ".join(slowest))


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"
