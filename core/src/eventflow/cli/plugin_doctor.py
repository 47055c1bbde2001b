"""``eventflow plugins doctor``: what is wrong with plugins, and what to change."""

from __future__ import annotations

from dataclasses import asdict
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
from eventflow.cli.plugin_choice import chosen, header
from eventflow.errors import ExitCode
from eventflow.plugins.doctor.diagnose import (
    LIMIT,
    diagnose,
    diagnose_project,
    is_error,
)
from eventflow.plugins.doctor.project import read_project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.plugins.doctor.diagnose import Diagnosis


@click.command(name="doctor")
@click.argument("names", nargs=-1, metavar="[NAME|FOLDER]...")
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
    """Check plugins, each in a process of its own: all installed, those named, or a folder.

    A FOLDER is a plugin's project with its ``pyproject.toml``; it need not be installed. Ends with
    4 if something is broken; with --strict, if anything is wrong.
    """
    plugins, folders, everyone = chosen(settings, names)
    found = diagnose(plugins, everyone, limit=limit)
    projects = [read_project(folder) for folder in folders]
    found += [diagnose_project(project, everyone, limit=limit) for project in projects]
    if as_json:
        output.print_json("plugins.doctor", {"plugins": [_document(d) for d in found]})
    else:
        _say(found, [Path(name) for name in folders])
    bad = {"broken", "warnings"} if settings.strict else {"broken"}
    return ExitCode.PLUGIN if any(d.health in bad for d in found) else ExitCode.DONE


def _document(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "name": diagnosis.name,
        "version": diagnosis.version,
        "health": diagnosis.health,
        "seconds": round(diagnosis.seconds, 6),
        "problems": [
            {"severity": "error" if is_error(p) else "warning", **asdict(p)}
            for p in diagnosis.problems
        ],
    }


def _say(found: Sequence[Diagnosis], folders: Sequence[Path]) -> None:
    if not folders:
        output.say(header())
    for line in output.columns([_row(diagnosis) for diagnosis in found]):
        output.say(line)
    for diagnosis in found:
        for problem in diagnosis.problems:
            output.say()
            head, *rest = problem.lines()
            output.say(click.style(head, fg="red" if is_error(problem) else "yellow"))
            for line in rest:
                output.say(line)
    output.say()
    output.say(_summary(found))


def _row(diagnosis: Diagnosis) -> tuple[str, ...]:
    glyphs = output.glyphs()
    mark = {
        "healthy": glyphs.ok,
        "warnings": click.style(glyphs.warning, fg="yellow"),
        "broken": click.style(glyphs.failure, fg="red"),
    }[diagnosis.health]
    errors = sum(map(is_error, diagnosis.problems))
    counts = ((errors, "error"), (len(diagnosis.problems) - errors, "warning"))
    said = [f"{n} {word}{'s' if n > 1 else ''}" for n, word in counts if n]
    said = said or [f"imported in {diagnosis.seconds * 1000:.0f} ms"]
    return (mark, diagnosis.name, diagnosis.version, ", ".join(said))


def _summary(found: Sequence[Diagnosis]) -> str:
    states = [diagnosis.health for diagnosis in found]
    words = (("healthy", "healthy"), ("warnings", "with warnings"), ("broken", "broken"))
    return ", ".join(f"{states.count(s)} {text}" for s, text in words if s in states)
