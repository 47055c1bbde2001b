"""``eventflow plugins update``: what newer templates give, put into a plugin's project."""

from __future__ import annotations

from pathlib import Path

import click

from eventflow.cli import output
from eventflow.cli.options import Settings, debug_option, json_option, pass_settings
from eventflow.errors import ExitCode


@click.command(name="update")
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=Path()
)
@click.option(
    "--from",
    "shipped",
    type=click.Path(path_type=Path, exists=True),
    help="Wheel of the Eventflow that made the project, where this machine does not have it.",
)
@json_option
@debug_option
@pass_settings
def command(settings: Settings, *, folder: Path, shipped: Path | None, as_json: bool) -> int:
    """Bring the project in FOLDER up to date with the template, keeping its author's changes.

    The project has to be in git, with everything committed. What changed is left in the working
    tree, to look at and commit; the command fails where changes meet and have to be settled.
    """
    del settings
    from eventflow.scaffold.update import update_project  # noqa: PLC0415 - delayed: not for --help

    done = update_project(folder, shipped=shipped)
    if as_json:
        output.print_json(
            "plugins.update",
            {
                "folder": done.folder,
                "before": done.before,
                "after": done.after,
                "changed": list(done.changed),
                "conflicts": list(done.conflicts),
            },
        )
    elif done.before == done.after:
        output.say(f"{output.glyphs().ok} {folder} is up to date ({done.after})")
    else:
        output.say(f"{done.before} {output.glyphs().arrow} {done.after}")
        for name in done.changed:
            meets = "   both changed it: settle the marked lines" if name in done.conflicts else ""
            output.say(f"  {name}{meets}")
        output.say("look at the changes with  git diff  and commit them")
    return ExitCode.FAILED if done.conflicts else ExitCode.DONE
