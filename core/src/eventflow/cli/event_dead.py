"""``eventflow events dead``: look at what was given up, send it again, or forget it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Self

import click

from eventflow.cli import output
from eventflow.cli.event_transport import pipeline_option, reached
from eventflow.cli.options import (
    Settings,
    debug_option,
    home_option,
    json_option,
    pass_settings,
    set_option,
    without_option,
)
from eventflow.errors import EventflowError, ExitCode, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from eventflow.bus.delivery import DeadLetter
    from eventflow.types import Transport


class UnknownLetterError(EventflowError):
    """A dead letter is asked for that is not there."""

    code = "EF732"
    exit_code = ExitCode.USAGE

    @classmethod
    def named(cls, asked: str, letters: Sequence[DeadLetter]) -> Self:
        """Build the error for the beginning of an id and the letters that there are."""
        near = nearest(asked, [letter.letter_id for letter in letters])
        many = sum(letter.letter_id.startswith(asked) for letter in letters)
        what = f"{many} letters begin with" if many else "no dead letter is called"
        hint = f'did you mean "{near}"? ' if near else ""
        return cls.of(
            f'{what} "{asked}"', fix=f"{hint}`eventflow events dead list` shows their ids"
        )


@click.group(name="dead")
def command() -> None:
    """Look at events that were given up, send them again, or forget them.

    LETTER is the id that the list shows, or the beginning of one.
    """


def _of_transport(function: Callable[..., Any]) -> Callable[..., Any]:
    """Call a command with the transport of a pipeline, in place of the options that say which."""

    @wraps(function)
    def called(
        settings: Settings,
        pipeline: str | None,
        overrides: tuple[str, ...],
        home: Path,
        **options: Any,
    ) -> None:
        with reached(settings, pipeline, overrides, home) as transport:
            function(transport, **options)

    made: Callable[..., Any] = called
    for option in (pass_settings, without_option, debug_option, home_option, set_option):
        made = option(made)
    return pipeline_option(made)


def _of_letters(function: Callable[..., Any]) -> Callable[..., Any]:
    """Call a command with the letters that are named, or all of them."""

    @wraps(function)
    def called(transport: Transport, letter_ids: tuple[str, ...], *, everything: bool) -> None:
        if everything == bool(letter_ids):
            message = "name letters, or --all" if not letter_ids else "name letters or --all"
            raise click.UsageError(message)
        there = list(transport.dead_letters().letters())
        function(transport, there if everything else [_found(x, there) for x in letter_ids])

    made = _of_transport(called)
    made = click.option("--all", "everything", is_flag=True, help="All of them.")(made)
    return click.argument("letter_ids", nargs=-1, metavar="LETTER...")(made)


@command.command("list")
@_of_transport
@json_option
def list_letters(transport: Transport, *, as_json: bool) -> None:
    """List the dead letters, oldest first."""
    letters = list(transport.dead_letters().letters())
    if as_json:
        output.print_json("events.dead", {"letters": [_document(x) for x in letters]})
        return
    if not letters:
        output.note("no dead letters")
    for line in output.folded([_row(letter) for letter in letters]):
        output.say(line)


@command.command("show")
@click.argument("letter_id", metavar="LETTER")
@_of_transport
@json_option
def show(transport: Transport, letter_id: str, *, as_json: bool) -> None:
    """Show one letter with the event in it."""
    letter = _found(letter_id, transport.dead_letters().letters())
    if as_json:
        output.print_json("events.dead", {"letters": [_document(letter)]})
        return
    for name, value in _document(letter).items():
        output.say(f"{name:10} {value}")


@command.command("resend")
@_of_letters
def resend_letters(transport: Transport, chosen: Sequence[DeadLetter]) -> None:
    """Send events again, under their own ids; each letter is forgotten once its event is taken."""
    from eventflow.bus.letters import resend  # noqa: PLC0415 - delayed: not for --help

    for letter in chosen:
        resend(letter, transport, transport.dead_letters())
    output.note(f"sent again: {len(chosen)}")


@command.command("remove")
@_of_letters
def remove(transport: Transport, chosen: Sequence[DeadLetter]) -> None:
    """Forget letters."""
    letters = transport.dead_letters()
    gone = sum(letters.remove(letter.letter_id) for letter in chosen)
    output.note(f"forgotten: {gone}")


def _found(asked: str, letters: Iterable[DeadLetter]) -> DeadLetter:
    there = list(letters)
    fitting = [letter for letter in there if letter.letter_id.startswith(asked)]
    if len(fitting) != 1:
        raise UnknownLetterError.named(asked, there)
    return fitting[0]


def _row(letter: DeadLetter) -> tuple[str, ...]:
    at = letter.buried_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    tried = f"{letter.attempts} attempt{'s' if letter.attempts != 1 else ''}"
    return (click.style(letter.letter_id, bold=True), at, letter.group, tried, letter.reason)


def _document(letter: DeadLetter) -> dict[str, Any]:
    return {
        "letter_id": letter.letter_id,
        "buried_at": letter.buried_at.isoformat(),
        "group": letter.group,
        "attempts": letter.attempts,
        "reason": letter.reason,
        "position": letter.position,
        "content": letter.content.decode(errors="backslashreplace"),
    }
