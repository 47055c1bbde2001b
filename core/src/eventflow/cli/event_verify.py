"""``eventflow events verify``: the audit of an event store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventflow.cli import output
from eventflow.cli.event_store import STORE
from eventflow.cli.options import json_option
from eventflow.errors import ExitCode

if TYPE_CHECKING:
    from eventflow.store.verify import Audit


class Hash(click.ParamType[bytes]):
    """A SHA-256 as 64 hexadecimal digits."""

    name = "hash"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """Read the digits."""
        try:
            found = value if isinstance(value, bytes) else bytes.fromhex(value)
        except ValueError:
            found = b""
        if len(found) != 32:  # noqa: PLR2004 - bytes of a SHA-256
            self.fail(f"{value!r} is no SHA-256: 64 hexadecimal digits", param, ctx)
        return found


@click.command("verify")
@click.argument("path", type=click.Path(path_type=Path), default=STORE)
@click.option(
    "--hash",
    "link",
    type=Hash(),
    help="A hash that an earlier audit printed; the chain must still contain it.",
)
@json_option
def command(path: Path, link: bytes | None, *, as_json: bool) -> int:
    """Check every event of a store, its order, its indices and its end; nothing is written.

    PATH is the store's file. Exits with 1 where something is wrong, and names the first position
    that is. Note the hash down elsewhere: whoever can rewrite the file can rewrite its chain, but
    not what you noted.
    """
    from eventflow.store.verify import verify  # noqa: PLC0415 - delayed: not for --help

    audit = verify(path, link=link)
    if as_json:
        output.print_json("events.verify", _document(audit))
    else:
        _show(audit)
    if audit.error is not None:
        output.note_problems(audit.error.problems)
    return ExitCode.DONE if audit.sound else ExitCode.FAILED


def _document(audit: Audit) -> dict[str, Any]:
    extent = audit.extent
    return {
        "path": audit.path,
        "sound": audit.sound,
        "events": audit.events,
        "first": extent.start + 1 if extent else None,
        "last": extent.end if extent else None,
        "hash": extent.link.hex() if extent else None,
        "first_bad": audit.first_bad,
        "problem": None if audit.error is None else audit.error.problems[0].message,
        "notes": list(audit.notes),
    }


def _show(audit: Audit) -> None:
    shown, extent = output.glyphs(), audit.extent
    mark = shown.ok if audit.sound else shown.failure
    output.say(f"{mark} {audit.events} events are as they were appended")
    if extent is not None and audit.sound and extent.end > extent.start:
        output.say(f"  positions {extent.start + 1} to {extent.end}")
        output.say(f"  hash {extent.link.hex()}")
    if audit.first_bad is not None:
        output.say(f"  first bad position {audit.first_bad}")
    for note in audit.notes:
        output.say(f"  {shown.warning} {note}")
