"""``eventflow plugins show``: one plugin or component, with its options."""

from __future__ import annotations

import click

from eventflow.cli.options import (
    Settings,
    debug_option,
    json_option,
    pass_settings,
    strict_option,
    without_option,
)


@click.command(name="show")
@click.argument("name")
@json_option
@without_option
@strict_option
@debug_option
@pass_settings
def command(settings: Settings, name: str, *, as_json: bool) -> int:
    """Show NAME, a plugin or a component (``csv``, ``eventflow-files:csv``), with its options.

    A component is imported to read its options, in a process of its own; a plugin is not.
    """
    from eventflow.cli.plugin_page import show  # noqa: PLC0415 - delayed: not for --help

    return show(settings.host(), name, as_json=as_json)
