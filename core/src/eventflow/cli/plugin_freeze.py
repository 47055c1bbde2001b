"""``eventflow plugins freeze``: the exact set of plugins, to install it again elsewhere."""

from __future__ import annotations

import platform
from dataclasses import asdict

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
from eventflow.errors import ExitCode
from eventflow.plugins.freeze import frozen
from eventflow.plugins.index import core_version, installed, normalized


@click.command(name="freeze")
@json_option
@without_option
@strict_option
@debug_option
@pass_settings
def command(settings: Settings, *, as_json: bool) -> int:
    """Print core and all plugins as pip requirements, with exact versions or origins.

    ``eventflow plugins freeze > plugins.txt``, then ``uv pip install -r plugins.txt``.
    """
    settings.host().check()
    without = set(map(normalized, settings.without))
    found = frozen([p for p in installed() if normalized(p.name) not in without])
    left_out = [plugin for plugin in found if plugin.requirement is None]
    if as_json:
        document = {
            "python": platform.python_version(),
            "eventflow": core_version(),
            "requirements": [asdict(plugin) for plugin in found],
        }
        output.print_json("plugins.freeze", document)
    else:
        output.say(f"# python {platform.python_version()}, eventflow-core {core_version()}")
        for plugin in found:
            line = plugin.requirement
            output.say(line or f"# left out: {plugin.name} {plugin.version}: {plugin.reason}")
    if left_out:
        output.note(f"{len(left_out)} left out: eventflow plugins doctor {left_out[0].name}")
    return ExitCode.PLUGIN if left_out and settings.strict else ExitCode.DONE
