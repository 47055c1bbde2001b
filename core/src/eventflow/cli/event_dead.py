"""``eventflow events dead``: look at what was given up, send it again, or forget it."""

from __future__ import annotations

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


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (pass_settings, without_option, debug_option, home_option, set_option):
        function = option(function)
    return pipeline_option(function)


@command.command("list")
@_options
@json_option
def list_letters(
    settings: Settings,
    pipeline: str | None,
    overrides: tuple[str, ...],
    home: Path,
    *,
    as_json: bool,
) -> None:
    """List the dead letters, oldest first."""
    with reached(settings, pipeline, overrides, home) as transport:
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
@_options
@json_option
def show(  # noqa: PLR0913 - one argument per option
    settings: Settings,
    letter_id: str,
    pipeline: str | None,
    overrides: tuple[str, ...],
    home: Path,
    *,
    as_json: bool,
) -> None:
    """Show one letter with the event in it."""
    with reached(settings, pipeline, overrides, home) as transport:
        letter = _found(letter_id, transport.dead_letters().letters())
    if as_json:
        output.print_json("events.dead", {"letters": [_document(letter)]})
        return
    for name, value in _document(letter).items():
        output.say(f"{name:10} {value}")


@command.command("resend")
@click.argument("letter_ids", nargs=-1, metavar="LETTER...")
@click.option("--all", "everything", is_flag=True, help="Send all of them again.")
@_options
def resend_letters(  # noqa: PLR0913 - one argument per option
    settings: Settings,
    letter_ids: tuple[str, ...],
    pipeline: str | None,
    overrides: tuple[str, ...],
    home: Path,
    *,
    everything: bool,
) -> None:
    """Send events again, under their own ids; each letter is forgotten once its event is taken."""
    from eventflow.bus.letters import resend  # noqa: PLC0415 - delayed: not for --help

    _require(letter_ids, everything=everything)
    with reached(settings, pipeline, overrides, home) as transport:
        letters = transport.dead_letters()
        chosen = _chosen(letter_ids, letters.letters(), everything=everything)
        for letter in chosen:
            resend(letter, transport, letters)
    output.note(f"sent again: {len(chosen)}")


@command.command("remove")
@click.argument("letter_ids", nargs=-1, metavar="LETTER...")
@click.option("--all", "everything", is_flag=True, help="Forget all of them.")
@_options
def remove(  # noqa: PLR0913 - one argument per option
    settings: Settings,
    letter_ids: tuple[str, ...],
    pipeline: str | None,
    overrides: tuple[str, ...],
    home: Path,
    *,
    everything: bool,
) -> None:
    """Forget letters."""
    _require(letter_ids, everything=everything)
    with reached(settings, pipeline, overrides, home) as transport:
        letters = transport.dead_letters()
        chosen = _chosen(letter_ids, letters.letters(), everything=everything)
        gone = sum(letters.remove(letter.letter_id) for letter in chosen)
    output.note(f"forgotten: {gone}")


def _require(letter_ids: Sequence[str], *, everything: bool) -> None:
    if everything == bool(letter_ids):
        message = "name letters, or --all" if not letter_ids else "name letters or --all, not both"
        raise click.UsageError(message)


def _chosen(
    letter_ids: Sequence[str], letters: Iterable[DeadLetter], *, everything: bool
) -> list[DeadLetter]:
    there = list(letters)
    return there if everything else [_found(asked, there) for asked in letter_ids]


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
