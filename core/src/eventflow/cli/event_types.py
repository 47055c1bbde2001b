"""Which types of events a command speaks of: those of Eventflow, and of modules it is told."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from eventflow.cli import output
from eventflow.errors import EventflowError, ExitCode, facts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventflow.events import EventTypes


class EventModuleError(EventflowError):
    """A module that should define events cannot be imported."""

    code = "EF718"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_module(cls, name: str, error: BaseException) -> Self:
        """Build the error for a module and what importing it raised."""
        return cls.of(
            f'module "{name}" cannot be imported',
            detail=facts_of(error),
            fix="write it as in an import statement; it is looked for here and among what is "
            "installed",
        )


def module_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--module NAME``; the command receives `modules`."""
    return click.option(
        "--module",
        "modules",
        multiple=True,
        metavar="NAME",
        help="Import this module, whose events are shown as well; may be given several times.",
    )(command)


def known_types(modules: Sequence[str]) -> EventTypes:
    """Import modules, as from the working directory, and return all types of events.

    What the modules print goes to stderr.

    Raises:
        EventModuleError: One cannot be imported.
    """
    from eventflow.events import EventTypes  # noqa: PLC0415 - delayed: not for --help

    here = str(Path.cwd())
    if modules and here not in sys.path:
        sys.path.insert(0, here)
    for name in modules:
        try:
            with output.result_alone():
                import_module(name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise EventModuleError.for_module(name, error) from error
    return EventTypes.defined()
