"""The ``eventflow`` command: finds subcommands without importing them, and ends with a code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from eventflow.cli import output
from eventflow.cli.options import Settings, debug_option, strict_option, without_option
from eventflow.cli.signals import interrupt_on_request
from eventflow.cli.table import Entry, TableGroup
from eventflow.errors import EventflowError, ExitCode, facts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.plugins.index import ComponentRef


COMMANDS: dict[str, Entry] = {
    "run": Entry("eventflow.cli.run", "Run a pipeline."),
    "check": Entry("eventflow.cli.check", "Check a pipeline file and report every problem."),
    "explain": Entry("eventflow.cli.explain", "Show the plan of a pipeline."),
    "runs": Entry("eventflow.cli.runs", "List and show past runs."),
    "init": Entry("eventflow.cli.init", "Draft a pipeline file from data."),
    "schema": Entry("eventflow.cli.schema", "Print the JSON Schema of pipeline files."),
    "recipes": Entry("eventflow.cli.recipes", "List, show and run recipes."),
    "plugins": Entry("eventflow.cli.plugins", "List, check, time and make plugins."),
    "events": Entry("eventflow.cli.events", "List, replay and audit events."),
    "hooks": Entry("eventflow.cli.hooks", "List hooks and who implements them."),
    "completion": Entry("eventflow.cli.completion", "Print the completion script of a shell."),
}


class LazyGroup(TableGroup):
    """The built-in commands of the table, and those of plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name built-in commands in the order of the table, then those of plugins."""
        offered = [ref.name for ref in _offered(ctx) if ref.name not in COMMANDS]
        return [*COMMANDS, *sorted(set(offered))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command; a plugin's command only if no built-in one has the name.

        Metadata is read first: what is damaged there must be known before pydantic meets it.
        """
        _offered(ctx)
        if cmd_name in COMMANDS:
            return super().get_command(ctx, cmd_name)
        return _plugin_command(ctx, cmd_name)

    def helps(self, ctx: click.Context) -> dict[str, str]:
        """Return all commands with their lines in ``--help``, importing none of them."""
        return {ref.name: ref.summary for ref in _offered(ctx)} | super().helps(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, importing none of them."""
        super().format_commands(ctx, formatter)
        offered = [(ref.name, ref.summary) for ref in _offered(ctx) if ref.name not in COMMANDS]
        if offered:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(sorted(offered))


def _offered(context: click.Context) -> Sequence[ComponentRef]:
    """Commands that plugins offer; from metadata alone."""
    return context.ensure_object(Settings).host().commands()


def _plugin_command(context: click.Context, name: str) -> click.Command | None:
    settings = context.ensure_object(Settings)
    host = settings.host()
    ref = host.find_command(name)
    settings.foreign = ref is not None
    return None if ref is None else host.load_command(ref)


def _print_version(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's callback signature
    if not value or context.resilient_parsing:
        return
    from eventflow.plugins.index import core_version  # noqa: PLC0415 - delayed: not for --help

    output.say(f"eventflow {core_version()}")
    context.exit()


@click.group(
    cls=LazyGroup,
    entries=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 the run failed, 2 usage or configuration, 3 a quality gate "
    "failed, 4 a plugin is missing or broken, 130 interrupted.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
@debug_option
@without_option
@strict_option
def cli() -> None:
    """Turn raw events into validated, ML-ready features."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit the process with its code.

    Args:
        arguments: Arguments after the program's name; the process's own by default.

    Raises:
        SystemExit: Always, with one of `ExitCode`.
    """
    interrupt_on_request()
    output.tolerate_encoding()
    settings = Settings()
    sys.exit(_run(sys.argv[1:] if arguments is None else list(arguments), settings))


def _run(arguments: list[str], settings: Settings) -> int:
    """Run one invocation and turn what it raises into lines and a code."""
    try:
        result: Any = cli.main(
            arguments, prog_name="eventflow", standalone_mode=False, obj=settings
        )
    except (click.Abort, KeyboardInterrupt):
        output.note("interrupted")
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        if settings.json or "--json" in arguments:
            _print_problems(UsageProblemError.of_click(error))
        return error.exit_code
    except EventflowError as error:
        return _tell(error, settings)
    except BaseException as error:  # the last line of defence: no traceback for users
        if isinstance(error, SystemExit) and settings.foreign:
            raise
        return _tell(UnexpectedError.wrapping(error), settings, cause=error)
    return int(result) if isinstance(result, int) else ExitCode.DONE


class UsageProblemError(EventflowError):
    """The command line itself is wrong: an unknown option, an argument that is missing."""

    code = "EF209"
    exit_code = ExitCode.USAGE

    @classmethod
    def of_click(cls, error: click.ClickException) -> UsageProblemError:
        """Take over what click says, for those who read JSON."""
        context = error.ctx if isinstance(error, click.UsageError) else None
        command = context.command_path if context is not None else "eventflow"
        return cls.of(
            error.format_message(),
            fix="the command's help lists its arguments and options",
            command=f"{command} --help",
        )


class UnexpectedError(EventflowError):
    """A defect: something raised what nobody expected."""

    code = "EF500"

    @classmethod
    def wrapping(cls, error: BaseException) -> UnexpectedError:
        """Describe `error` in a few lines."""
        first, *rest = facts_of(error)
        return cls.of(
            f"unexpected {first}",
            detail=rest,
            fix="run the same command with --debug for the traceback, and report it",
        )


def _tell(error: EventflowError, settings: Settings, cause: BaseException | None = None) -> int:
    """Print an error's problems, as text on stderr and as JSON on stdout if that was asked."""
    if settings.debug:
        import traceback  # noqa: PLC0415 - delayed: only for --debug

        output.note(error.hide("".join(traceback.format_exception(cause or error)).rstrip()))
    output.note_problems(error.problems)
    if settings.json:
        _print_problems(error)
    return error.exit_code


def _print_problems(error: EventflowError) -> None:
    from dataclasses import asdict  # noqa: PLC0415 - delayed: only for errors

    output.print_json("error", {"problems": [asdict(p) for p in error.problems]})
