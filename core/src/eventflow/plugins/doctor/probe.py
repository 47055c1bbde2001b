"""The child process: imports components one after the other and writes down what happens.

Nothing here is imported by the process that asks. Each line of the journal is one JSON object,
written at once, so that whatever ends this process leaves the name of who did it.
"""

from __future__ import annotations

import faulthandler
import inspect
import json
import os
import sys
import traceback
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NoReturn

from eventflow.plugins.doctor import source, watch
from eventflow.plugins.doctor.faults import MeddlingError, NoisyImportError
from eventflow.plugins.doctor.judge import judged
from eventflow.plugins.errors import BrokenPluginError, PluginError, WrongShapeError
from eventflow.plugins.index import ComponentRef
from eventflow.plugins.load import raised_at, unguarded
from eventflow.plugins.options import options_of
from eventflow.schema import EventSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from eventflow.errors import Problem

_MACHINERY = ("importlib", "contextlib", "eventflow/plugins/", "eventflow\\plugins\\")


_encode = json.JSONEncoder(default=str).encode  # kept: a plugin may replace json.dumps


class Ear:
    """Stands for sys.stderr during an import: keeps what is said, and where it was said first."""

    encoding = "utf-8"

    def __init__(self) -> None:
        """Hear nothing yet."""
        self.text = ""
        self.place: tuple[str, int] | None = None

    def write(self, text: str) -> int:
        """Keep text."""
        if self.place is None:
            frames = [f for f in traceback.extract_stack() if _is_theirs(f.filename)]
            self.place = (frames[-1].filename, frames[-1].lineno or 1) if frames else None
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Nothing waits to be written."""


def _is_theirs(filename: str) -> bool:
    return not filename.startswith("<") and not any(part in filename for part in _MACHINERY)


def main(task: str, journal: str, trace: str) -> None:
    """Examine every reference of a task file; the process then ends without cleaning up.

    Args:
        task: JSON file with ``refs`` and the ``limit`` in seconds for each.
        journal: File to write to.
        trace: File for the stack of an import that does not end, or crashes.
    """
    work = json.loads(Path(task).read_text(encoding="utf-8"))
    _import_core()
    with open(journal, "a", encoding="utf-8") as notes, open(trace, "w") as stacks:  # noqa: PTH123 - plain files
        faulthandler.enable(stacks)
        leave = _confess_exits(notes)
        for number, fields in enumerate(work["refs"]):
            ref = ComponentRef(**{**fields, "tags": tuple(fields["tags"])})
            _note(notes, {"begin": number})
            os.write(2, f"\nbegin {number}\n".encode())
            faulthandler.dump_traceback_later(work["limit"], exit=True, file=stacks)
            report = _examined(ref)
            faulthandler.cancel_dump_traceback_later()
            _note(notes, {"end": number, **report})
        _note(notes, {"done": True})
        leave(0)


def _import_core() -> None:
    """Import what a run has imported before its first plugin, so that no plugin pays for it."""
    for module in ("aggregate", "blueprint", "frame", "pipeline", "quality", "registry"):
        import_module(f"eventflow.{module}")
    options_of(EventSchema)


def _note(notes: TextIO, line: dict[str, Any]) -> None:
    notes.write(_encode(line) + "\n")
    notes.flush()


def _confess_exits(notes: TextIO) -> Callable[[int], NoReturn]:
    """Note who ends the process in the hard way; return what really ends it."""
    leave = os._exit

    def confess(status: int) -> NoReturn:
        frames = [f for f in traceback.extract_stack() if _is_theirs(f.filename)]
        last = frames[-1] if frames else None
        place = [last.filename, last.lineno] if last else None
        _note(notes, {"exit": status, "place": place})
        leave(status)

    os._exit = confess
    return leave


def _examined(ref: ComponentRef) -> dict[str, Any]:
    known = set(sys.modules)
    before, written = watch.snapshot(), os.fstat(1).st_size
    problems: list[Problem] = []
    ear, found, began = Ear(), None, perf_counter()
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = ear
    try:
        found = unguarded(ref)
    except PluginError as error:
        problems.extend(_placed(error))
    except BaseException as error:  # noqa: BLE001 - KeyboardInterrupt too: nobody is at a keyboard
        wrapped = BrokenPluginError.for_import(ref, error, None)
        wrapped.__cause__ = error
        problems.extend(_placed(wrapped))
    seconds = perf_counter() - began
    changed = watch.changes(before, watch.snapshot())
    _restore(before["environment"])
    sys.stdout, sys.stderr = streams
    files = _files(ref, set(sys.modules) - known)
    printed = ear.text or _written(written)
    problems.extend(_manners(ref, files, changed, printed, ear.place))
    page: dict[str, Any] = {}
    if found is not None:
        try:
            problems.extend(judged(found, ref))
            page = {} if _shapeless(problems) else _page(found)
        except BaseException as error:  # noqa: BLE001 - descriptors and metaclasses run code too
            looking = WrongShapeError.for_looking(ref, error)
            looking.__cause__ = error
            problems.extend(_placed(looking))
    return {
        "seconds": seconds,
        "problems": [asdict(problem) for problem in problems],
        "files": [str(path) for path in files],
        "page": page,
    }


def _restore(environment: dict[str, str]) -> None:
    """Give back what an import took: what is asked next needs it."""
    if dict(os.environ) != environment:
        os.environ.clear()
        os.environ.update(environment)


def _shapeless(problems: list[Problem]) -> bool:
    """Whether a component is too broken for its options to be read."""
    return any(problem.code == "EF121" for problem in problems)


def _placed(error: PluginError) -> list[Problem]:
    place = raised_at(error.__cause__) if error.__cause__ is not None else None
    location = source.place(*place) if place else None
    return [replace(problem, location=location) for problem in error.problems]


def _files(ref: ComponentRef, new: set[str]) -> list[Path]:
    """Return the plugin's own files that were imported, the named module first."""
    top = ref.module.partition(".")[0]
    own = [name for name in sorted(new) if name.partition(".")[0] == top]
    own.sort(key=lambda name: name != ref.module)
    paths = (getattr(sys.modules.get(name), "__file__", None) for name in own)
    return [Path(path) for path in paths if path]


def _written(before: int) -> str:
    """Return what was written to stdout past Python."""
    if not getattr(sys.stdout, "closed", True):
        sys.stdout.flush()
    try:
        size = os.fstat(1).st_size
        return os.pread(1, min(size - before, 200), before).decode("utf-8", "replace")
    except OSError:  # the plugin closed it
        return ""


def _manners(
    ref: ComponentRef,
    files: list[Path],
    changed: list[tuple[str, str]],
    printed: str,
    said: tuple[str, int] | None,
) -> Iterator[Problem]:
    if printed.strip():
        place = source.place(*said) if said else source.touching(files, ("print", "os.write"))
        text = printed.strip()[:60]
        yield from NoisyImportError.for_text(ref.owner, ref.module, text, place).problems
    for subject, sentence in changed:
        place = source.touching(files, watch.PLACES[subject])
        yield from MeddlingError.for_change(ref.owner, ref.module, sentence, place).problems


def _page(found: Any) -> dict[str, Any]:
    config: Any = getattr(found, "Config", None)
    options = options_of(config) if hasattr(config, "model_fields") else ()
    return {
        "documentation": inspect.getdoc(found) or "",
        "options": [asdict(option) for option in options],
    }
