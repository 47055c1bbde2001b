"""Errors that tell where, what, whose, why and the fix.

Every error Eventflow raises on purpose derives from `EventflowError`. Each concrete class has one
stable code (``EF203``); the text lives in the class, so that the place that raises stays one line
and a message is written, tested and documented once.

Code ranges: 1xx plugins, 2xx configuration, 3xx schema and data, 4xx quality, 5xx running,
6xx files and sinks, 7xx bus and trackers.

The values here are standard dataclasses (`dataclasses.replace` makes a changed copy), not attrs
classes: every command imports this module, and attrs would cost `--help` a third of its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_LINE = 160  # characters of a line of source that a message shows; longer lines are cut
_TEXT = 10_000  # characters of an exception's text that are looked at
_FACTS, _FACT = 4, 200  # lines of it that a message shows, and characters of each


class ExitCode(IntEnum):
    """Exit codes of the command line; stable and documented."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    GATE = 3
    PLUGIN = 4
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a configuration file; lines and columns count from 1."""

    file: str
    line: int
    column: int
    source_line: str | None = None
    length: int = 1

    def __str__(self) -> str:
        """Render as ``file:line:col``, as editors and compilers do."""
        return f"{self.file}:{self.line}:{self.column}"

    def excerpt(self) -> tuple[str, int, int]:
        """Return what a terminal can show of the line, where in it the mark begins, its length.

        A very long line is cut around the mark; what a terminal would act on becomes ``?``.
        """
        line = (self.source_line or "").rstrip().replace("\t", " ")
        start = 0 if len(line) <= _LINE else max(self.column - 1 - _LINE // 2, 0)
        end = min(start + _LINE, len(line)) if start or len(line) > _LINE else len(line)
        head, tail = ("..." if start else ""), ("..." if end < len(line) else "")
        shown = "".join(c if c.isprintable() else "?" for c in line[start:end])
        length = self.length if end == len(line) else min(self.length, end - self.column + 1)
        return f"{head}{shown}{tail}", self.column - 1 - start + len(head), max(length, 1)


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of text that mends a problem; positions count from 1, the end is exclusive.

    An empty range inserts, an empty text deletes.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, with everything a person needs to mend it.

    Attributes:
        code: Stable code, ``EFnnn``; each has a page in the documentation.
        message: One sentence: what is wrong.
        location: Where in the configuration, if it has a place there.
        owner: Owning distribution and version, for example ``eventflow-files 0.1.0``.
        key: Dotted path of the configuration key, for example ``steps.1.join.tolerance``.
        detail: Further facts, one a line.
        fix: What to write or do, in words a person can follow at once.
        command: A command to run, if one mends or explains it.
        replacement: Text that replaces the marked text of ``location`` and mends the problem.
        edits: Changes that mend the problem where it takes more than `replacement`; all together.
    """

    code: str
    message: str
    location: Location | None = None
    owner: str | None = None
    key: str | None = None
    detail: tuple[str, ...] = ()
    fix: str | None = None
    command: str | None = None
    replacement: str | None = None
    edits: tuple[Edit, ...] = ()

    def lines(self) -> list[str]:
        """Render for a terminal: at most twelve lines, the place first."""
        head = f"{self.location}  " if self.location else ""
        out = [f"{head}{self.code}  {self.message}"]
        if self.location is not None and self.location.source_line is not None:
            number = str(self.location.line)
            source, before, length = self.location.excerpt()
            out.append(f"   {number} | {source}")
            caret = " " * before + "^" * length
            hint = f" {self.fix}" if self.fix else ""
            out.append(f"   {' ' * len(number)} | {caret}{hint}")
        elif self.fix:
            out.append(f"   fix: {self.fix}")
        out.extend(f"   {line}" for line in self.detail[:6])
        if self.owner:
            out.append(f"   owner: {self.owner}")
        if self.command:
            out.append(f"   -> {self.command}")
        return out[:12]


class EventflowError(Exception):
    """Base of every error Eventflow raises on purpose.

    Attributes:
        problems: What is wrong; at least one.
        exit_code: What the command line exits with.
    """

    code: ClassVar[str] = "EF500"
    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, *problems: Problem) -> None:
        """Take one problem or more."""
        self.problems = problems
        super().__init__(*problems)

    def __str__(self) -> str:
        """Render the problems as they are now: a place may be given to them on the way."""
        return "\n".join("\n".join(p.lines()) for p in self.problems)

    @classmethod
    def of(  # noqa: PLR0913 - every field is optional and keyword-only
        cls,
        message: str,
        *,
        location: Location | None = None,
        owner: str | None = None,
        key: str | None = None,
        detail: Sequence[str] = (),
        fix: str | None = None,
        command: str | None = None,
    ) -> Self:
        """Build the error with one problem that carries this class's code."""
        return cls(
            Problem(
                code=cls.code,
                message=message,
                location=location,
                owner=owner,
                key=key,
                detail=tuple(detail),
                fix=fix,
                command=command,
            )
        )


def text_of(error: BaseException) -> str:
    """Return what an error says of itself, whatever its ``__str__`` does.

    Plugins raise classes of their own: asking one for its text may raise again, and its text may
    have any length; at most 10,000 characters come back.
    """
    try:
        text = str(error)[:_TEXT].strip()
    except KeyboardInterrupt:
        raise
    except BaseException as second:  # noqa: BLE001 - a plugin's own class may raise anything
        return f"its text cannot be shown: {type(second).__name__}"
    if isinstance(error, SystemExit):
        return f"it tried to end the program{f' with {text}' if text else ''}"
    return text


def facts_of(error: BaseException) -> list[str]:
    """Return an error's class and text for a message: one to four lines of 200 characters."""
    lines = [line.strip() for line in text_of(error).splitlines() if line.strip()]
    first = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return [line[:_FACT] for line in (first, *lines[1:_FACTS])]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name nearest to `name`, or None when nothing is near."""
    import difflib  # noqa: PLC0415 - delayed: needed only when something is wrong

    lowered = {k.lower(): k for k in known}
    found = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else None
