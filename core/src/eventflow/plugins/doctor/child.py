"""The asking side: starts child processes, waits no longer than allowed, reads what they noted."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from eventflow.errors import Edit, Location, Problem
from eventflow.plugins.doctor import source
from eventflow.plugins.doctor.faults import CrashError, ProbeError
from eventflow.plugins.doctor.timing import Import, imports_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.plugins.index import ComponentRef

START = 60.0
"""Seconds a child may take for anything but the plugin: Python, core, and a busy machine."""

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from eventflow.plugins.doctor.probe import main; main(*sys.argv[2:])"
)
_FRAME = re.compile(r'File "([^"]+)", line (\d+)')


@dataclass(frozen=True, slots=True)
class Examination:
    """What importing one reference showed.

    Attributes:
        ref: What was imported.
        problems: What is wrong.
        seconds: How long its import took; None if it did not end.
        imports: Modules that were imported, with their times.
        files: The plugin's own files that were imported, the named module first.
        page: Its documentation and options, if it could be read.
    """

    ref: ComponentRef
    problems: tuple[Problem, ...] = ()
    seconds: float | None = None
    imports: tuple[Import, ...] = ()
    files: tuple[Path, ...] = ()
    page: dict[str, Any] = field(default_factory=dict)


def examine(
    refs: Sequence[ComponentRef], *, limit: float, path: Sequence[str] | None = None
) -> list[Examination]:
    """Import references in child processes, one after the other; nothing here can be hurt.

    A child that dies takes nobody along: the rest is examined in the next one.

    Args:
        refs: What to import, usually all of one plugin.
        limit: Seconds each import may take.
        path: `sys.path` of the child; this process's by default.
    """
    waiting, done = list(refs), []
    while waiting:
        examined = _one_child(waiting, limit, list(sys.path if path is None else path))
        waiting = waiting[len(examined) :]
        done += examined
        last = examined[-1]
        if last.seconds is None:  # whatever else is in that module ends the same way
            same = [ref for ref in waiting if ref.module == last.ref.module]
            done += [replace(last, ref=ref) for ref in same]
            waiting = [ref for ref in waiting if ref not in same]
    return done


def _one_child(refs: Sequence[ComponentRef], limit: float, path: list[str]) -> list[Examination]:
    """Examine as many references as one child survives; at least one."""
    with TemporaryDirectory(prefix="eventflow-doctor-") as name:
        folder = Path(name)
        task = {"refs": [asdict(ref) for ref in refs], "limit": limit}
        (folder / "task").write_text(json.dumps(task), encoding="utf-8")
        files = [str(folder / part) for part in ("task", "journal", "trace")]
        command = [sys.executable, "-X", "importtime", "-c", _PROGRAM, json.dumps(path), *files]
        status = _run(command, folder, START + limit * len(refs))
        return _read(refs, folder, status, limit)


def _run(command: list[str], folder: Path, longest: float) -> int | None:
    """Run a child in a session of its own; return its status, None if it had to be killed."""
    with (folder / "out").open("w+b") as out, (folder / "err").open("wb") as err:
        child = subprocess.Popen(  # noqa: S603 - this Python, and a program of ours
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
        try:
            return child.wait(longest)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with suppress(OSError, AttributeError):  # its own children too; Windows has no groups
                os.killpg(child.pid, signal.SIGKILL)
            child.kill()
            child.wait()


def _read(
    refs: Sequence[ComponentRef], folder: Path, status: int | None, limit: float
) -> list[Examination]:
    notes = [json.loads(line) for line in _text(folder / "journal").splitlines()]
    times = imports_of(_text(folder / "err"))
    ended = {note["end"]: note for note in notes if "end" in note}
    done = [_examination(refs[n], note, times.get(n, ())) for n, note in sorted(ended.items())]
    if not notes:
        raise ProbeError.for_output(_text(folder / "err"), status)
    if len(done) < len(refs):
        exits = [note for note in notes if "exit" in note]
        done.append(_broken_off(refs[len(done)], folder, status, exits, limit))
    return done


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _examination(
    ref: ComponentRef, note: dict[str, Any], imports: tuple[Import, ...]
) -> Examination:
    problems = tuple(problem_of(fields) for fields in note["problems"])
    files = tuple(Path(path) for path in note["files"])
    return Examination(ref, problems, note["seconds"], imports, files, note["page"])


def problem_of(fields: dict[str, Any]) -> Problem:
    """Return a problem from its JSON form."""
    place = fields["location"]
    return Problem(
        **{
            **fields,
            "location": Location(**place) if place else None,
            "detail": tuple(fields["detail"]),
            "edits": tuple(Edit(**edit) for edit in fields["edits"]),
        }
    )


def _broken_off(
    ref: ComponentRef, folder: Path, status: int | None, exits: list[Any], limit: float
) -> Examination:
    """Say how the child ended while it imported `ref`."""
    stacks = _text(folder / "trace")
    place = _last_frame(stacks)
    if "Timeout (" in stacks or status is None:
        error = CrashError.for_hang(ref.owner, ref.module, limit, place)
    elif exits:
        at = exits[-1]["place"]
        place = source.place(*at) if at else place
        how = f"os._exit({exits[-1]['exit']})"
        error = CrashError.for_end(ref.owner, ref.module, how, place)
    else:
        error = CrashError.for_end(ref.owner, ref.module, _how(status), place)
    return Examination(ref, error.problems)


def _how(status: int) -> str:
    if status >= 0:
        return f"exit code {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"


def _last_frame(stacks: str) -> Location | None:
    """Return the plugin's innermost frame of a stack that faulthandler wrote."""
    main = stacks.rpartition("most recent call first")[2]
    frames = [(m[1], int(m[2])) for m in _FRAME.finditer(main)]
    own = [(path, line) for path, line in frames if not path.startswith("<")]
    standard = os.path.dirname(os.__file__)  # noqa: PTH120 - a text to compare
    theirs = [f for f in own if not f[0].startswith(standard) or "site-packages" in f[0]]
    return source.place(*theirs[0]) if theirs else None
