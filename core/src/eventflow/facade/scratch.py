"""Folders for what is needed for a moment: removed in the end, after a kill on the next start."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eventflow.liveness import Process

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX: Final = "eventflow-upload"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield an empty folder of this process; folders of processes that are gone are removed."""
    mine = Process.current()
    _remove_abandoned(mine)
    made = tempfile.mkdtemp(prefix=f"{_PREFIX}_{_host(mine)}_{mine.pid}_{mine.born}_")
    try:
        yield Path(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _remove_abandoned(mine: Process) -> None:
    """Remove what processes of this machine left behind; those of other machines are theirs."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}_{_host(mine)}_*"):
        _, _, pid, born, *_ = folder.name.split("_")
        if pid.isdecimal() and not Process(int(pid), mine.host, born).alive():
            shutil.rmtree(folder, ignore_errors=True)


def _host(process: Process) -> str:
    """Return the machine's name as one that no underscore parts."""
    return hashlib.sha256(process.host.encode()).hexdigest()[:12]
