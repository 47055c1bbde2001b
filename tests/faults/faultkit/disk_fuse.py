"""A disk that forgets, for whole processes: a FUSE file system with a power switch.

It needs ``/dev/fuse`` and libfuse 2 (Debian: ``apt-get install libfuse2``); `missing` says what is
not there. Where it cannot be had, `disk_model` tests the same property within one process.

What is synced is copied aside, file by file, so it is for stores of a few megabytes. Removing and
renaming last at once, as on a journaling file system that has just committed.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

_ROOM = Path(__file__).parents[1]
_DEVICE = Path("/dev/fuse")
_PATIENCE = 20.0  # seconds to mount in, on a machine that is busy


def missing() -> str | None:
    """Return what is missing to mount anything; None when nothing is."""
    if not os.access(_DEVICE, os.R_OK | os.W_OK):
        return f"{_DEVICE} cannot be used"
    if ctypes.util.find_library("fuse") is None:
        return "libfuse 2 is not installed (Debian: apt-get install libfuse2)"
    if shutil.which("fusermount") is None and shutil.which("fusermount3") is None:
        return "fusermount is not installed (Debian: apt-get install fuse3)"
    return None


class ForgetfulMount:
    """A folder that forgets what was not synced when `lose_power` is called.

    Args:
        folder: An empty folder for the mount and for what is behind it.

    Attributes:
        place: Where it is mounted.
        synced: What the disk keeps.
    """

    def __init__(self, folder: Path) -> None:
        self.place, self._now, self.synced = folder / "disk", folder / "now", folder / "synced"
        for path in (self.place, self.synced):
            path.mkdir()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Mount it."""
        self.mount()
        return self

    def __exit__(self, *_: object) -> None:
        """Unmount it, unsynced bytes forgotten."""
        self.lose_power()

    def mount(self) -> None:
        """Mount what the disk has kept."""
        shutil.rmtree(self._now, ignore_errors=True)
        shutil.copytree(self.synced, self._now)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "faultkit.fuse_files", self.place, self._now, self.synced],
            env={**os.environ, "PYTHONPATH": str(_ROOM)},
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _PATIENCE
        while not self.place.is_mount():
            if self._process.poll() is not None or time.monotonic() > deadline:
                message = "the file system could not be mounted"
                raise RuntimeError(message)
            time.sleep(0.01)

    def lose_power(self) -> None:
        """Turn it off: who still has files open gets errors; the mount is gone."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None
        program = shutil.which("fusermount") or shutil.which("fusermount3") or "fusermount"
        subprocess.run([program, "-u", "-z", self.place], check=True)
