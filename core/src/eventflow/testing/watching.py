"""Watching what code does while it runs: files, sockets, processes, and data executed by Polars."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MACHINERY = (".py", ".pyc", ".pyi", ".so", ".pyd", ".dll", ".dylib")
_ZONES = ("zoneinfo", "tzdata", "localtime")
_NETWORK = {"socket.connect": "connected to", "socket.getaddrinfo": "looked up"}
_PROCESS = {
    "subprocess.Popen": "started", "os.system": "ran", "os.exec": "ran", "os.fork": "forked",
    "os.posix_spawn": "started",
}  # fmt: skip
_CHANGES = {
    "os.mkdir": "made", "os.remove": "removed", "os.rename": "renamed", "sqlite3.connect": "opened",
}  # fmt: skip
_READERS = (
    "read_csv", "read_parquet", "read_ipc", "read_ndjson", "read_json", "read_excel",
    "read_database", "read_database_uri", "read_avro", "read_delta", "read_ods",
)  # fmt: skip
_SCANS = re.compile(r"(\w+) SCAN \[(.*?)\]\s+PROJECT(?:\[.*?\])? (\*|\d+)/", re.DOTALL)
_WITH_FOOTER = {"parquet", "ipc"}
_STATUS = Path("/proc/self/io")


@define
class Watch:
    """What was seen, in the order in which it happened.

    Attributes:
        files: Files opened for reading or writing, without those that an import opens.
        outside: Connections made, processes started, files and folders made or removed.
        executed: Places where Polars read data from outside memory.
    """

    files: list[str] = field(factory=list)
    outside: list[str] = field(factory=list)
    executed: list[str] = field(factory=list)

    @property
    def all(self) -> list[str]:
        """Everything, each with its verb."""
        read = (f"read data by {call}" for call in self.executed)
        return [*read, *self.outside, *(f"opened {file}" for file in self.files)]


_watches: list[Watch] = []
_hooked: list[bool] = []


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch this process while the block runs.

    An audit hook cannot be removed; the one installed here does nothing while nobody watches.
    """
    if not _hooked:
        sys.addaudithook(_hear)
        _hooked.append(True)
    watch = Watch()
    with ExitStack() as stack:
        _watch_polars(watch, stack)
        _watches.append(watch)
        stack.callback(_watches.remove, watch)
        yield watch


def bytes_read() -> int | None:
    """Return the bytes this process has read by system calls so far; None where none counts them.

    Linux counts them. Pages of mapped files are not in it.
    """
    try:
        first = _STATUS.read_text(encoding="ascii").split("\n", 1)[0]
    except OSError:
        return None
    return int(first.partition(":")[2])


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if not _watches:
        return
    watch = _watches[-1]
    if event == "open":
        path = args[0]
        if isinstance(path, str | bytes) and _counts(name := _text(path)):
            watch.files.append(name)
    elif event in _NETWORK:
        watch.outside.append(
            f"{_NETWORK[event]} {args[-1] if event.endswith('connect') else args[0]}"
        )
    elif event in _CHANGES:
        watch.outside.append(f"{_CHANGES[event]} {args[0]}")
    elif event in _PROCESS:
        watch.outside.append(f"{_PROCESS[event]} {args[0] if args else 'a process'}")


def _text(path: str | bytes) -> str:
    return path.decode(errors="replace") if isinstance(path, bytes) else path


def _counts(path: str) -> bool:
    return not path.endswith(_MACHINERY) and not any(zone in path for zone in _ZONES)


def _watch_polars(watch: Watch, stack: ExitStack) -> None:
    """Note whenever code outside Polars executes a plan that reads, or reads a file at once."""
    for name in ("collect", "collect_async", "collect_batches", "sink_batches"):
        _replace(stack, pl.LazyFrame, name, _noting(watch, f"LazyFrame.{name}", _reads_plan))
    _replace(stack, pl, "collect_all", _noting(watch, "polars.collect_all", _reads_plans))
    for name in _READERS:
        _replace(stack, pl, name, _noting(watch, f"polars.{name}", _reads_file))


def _replace(stack: ExitStack, owner: Any, name: str, change: Callable[[Any], Any]) -> None:
    original = getattr(owner, name, None)
    if original is not None:
        setattr(owner, name, change(original))
        stack.callback(setattr, owner, name, original)


def _noting(watch: Watch, name: str, reads: Callable[[Any], bool]) -> Callable[[Any], Any]:
    def change(original: Any) -> Any:
        @wraps(original)
        def noted(*args: Any, **options: Any) -> Any:
            caller = sys._getframe(1)  # noqa: SLF001 - the way to a caller's place without its cost
            file = caller.f_code.co_filename
            if f"{Path(pl.__file__).parent}" not in file and (not args or reads(args[0])):
                watch.executed.append(f"{name} at {file}:{caller.f_lineno}")
            return original(*args, **options)

        return noted

    return change


def _reads_plan(lazy: pl.LazyFrame) -> bool:
    """Whether a plan reads rows from outside memory; counting by a file's footer is no reading."""
    plan = lazy.explain()
    scans = _SCANS.findall(plan)
    return "FAST COUNT (Csv)" in plan or any(
        "in-mem" not in where and not (read == "0" and form.lower() in _WITH_FOOTER)
        for form, where, read in scans
    )


def _reads_plans(frames: Any) -> bool:
    return any(_reads_plan(frame) for frame in frames)


def _reads_file(source: Any) -> bool:
    return isinstance(source, str | Path | list)
