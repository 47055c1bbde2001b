"""Whether the process that began a run still lives: pid, start time and host name."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from attrs import frozen


@frozen
class Process:
    """A process, told apart from a later one that got the same number.

    Attributes:
        pid: Process id.
        host: Name of the machine; on another machine nobody can tell whether it lives.
        born: When it started, in the words of the operating system; empty when it does not say.
    """

    pid: int
    host: str
    born: str = ""

    @classmethod
    def current(cls) -> Process:
        """Return this process."""
        return cls(os.getpid(), platform.node(), _born(os.getpid()))

    def alive(self) -> bool:
        """Whether it still runs. A process of another machine counts as alive."""
        if self.host != platform.node():
            return True
        return exists(self.pid) and _born(self.pid) == self.born


def _born(pid: int) -> str:
    """Start time in clock ticks since boot (field 22 of proc(5) stat); empty elsewhere."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


def exists(pid: int) -> bool:
    """Return whether a process of this machine has this number."""
    if sys.platform == "win32":
        return _exists_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _exists_on_windows(pid: int) -> bool:
    """Open the process: on Windows, `os.kill` with signal 0 would end it."""
    import ctypes  # noqa: PLC0415 - Windows only

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - the attribute exists on Windows only
    handle = kernel.OpenProcess(0x1000, False, pid)  # noqa: FBT003 - the signature of Win32
    if handle:
        kernel.CloseHandle(handle)
    return bool(handle)
