"""Event stores where nothing, or not enough, can be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import pytest

from eventflow.events import BaseEvent
from eventflow.store import EventReader, EventStore, verify
from eventflow.store.errors import (
    EventsMissingError,
    StoreFailedError,
    StoreFullError,
    StoreUnusableError,
)
from faultkit.disk_model import ForgetfulDisk

APPEND = """
import os, sys
from eventflow.events import BaseEvent
from eventflow.errors import EventflowError
from eventflow.store import EventReader, EventStore

def attempt(path):
    try:
        yield sum(1 for _ in EventReader(sys.argv[1]).replay())
        EventStore(path).append(BaseEvent(event_type="a.b"))
    except EventflowError as error:
        yield error.problems[0].code

list(attempt(sys.argv[1] + "/none"))  # imports what this user may read and the next may not
if os.getuid() == 0:  # whom no permission stops
    os.setuid(65534)
print(*attempt(sys.argv[1]))
"""


def event() -> BaseEvent:
    """Return an event."""
    return BaseEvent(event_type="a.b", source="x" * 200)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """To read, and to append."""
    with pytest.raises(StoreUnusableError, match="no event store at"):
        EventReader(tmp_path / "none" / "e.sqlite")
    with pytest.raises(StoreUnusableError, match="cannot open"):
        EventStore(tmp_path / "none" / "e.sqlite")


def test_a_read_only_store_is_read_and_not_appended_to() -> None:
    """Another user may look at it, even where the folder too is closed to writing."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "e.sqlite"
        with EventStore(path) as store:
            store.append_many([event(), event()])
        path.chmod(0o444)
        folder.chmod(0o555)
        said = subprocess.run(
            [sys.executable, "-c", APPEND, path], capture_output=True, text=True, check=True
        )
        folder.chmod(0o755)
    assert said.stdout.split() == ["2", "EF720"], said.stderr


def full(operation: str, _: int) -> Exception | None:
    """Refuse every write."""
    return apsw.FullError("no room") if operation == "write" else None


def failing(operation: str, _: int) -> Exception | None:
    """Fail every sync."""
    return apsw.IOError("the platter is gone") if operation == "sync" else None


def test_a_full_disk_refuses_and_the_store_goes_on(tmp_path: Path) -> None:
    """Nothing is acknowledged, what is stored can be read; with room, appends succeed again."""
    path = tmp_path / "e.sqlite"
    kept, refused, later = event(), event(), event()
    with ForgetfulDisk(tmp_path, seed=0) as disk, EventStore(path) as store:
        store.append(kept)
        disk.fault = full
        with pytest.raises(StoreFullError):
            store.append(refused)
        assert [e.event_id for e in store.replay()] == [str(kept.event_id)]
        disk.fault = None
        store.append(later)
        assert [e.event_id for e in store.replay()] == [str(kept.event_id), str(later.event_id)]
    assert verify(path).sound


def test_after_a_failed_sync_nothing_is_acknowledged_until_opened_again(tmp_path: Path) -> None:
    """Nobody knows what the disk holds: no second try; opened again, an append finds out."""
    path = tmp_path / "e.sqlite"
    unsure = event()
    with ForgetfulDisk(tmp_path, seed=0) as disk:
        store = EventStore(path)
        store.append(event())
        disk.fault = failing
        with pytest.raises(StoreFailedError):
            store.append(unsure)
        disk.fault = None
        with pytest.raises(StoreFailedError):
            store.append(event())
        store.close()
    with EventStore(path) as store:
        assert store.append(unsure) == 2
        assert store.append(unsure) == 2
    assert verify(path).sound


LIMITED = """
import resource, signal, sys
from eventflow.events import BaseEvent
from eventflow.errors import EventflowError
from eventflow.store import EventStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = EventStore(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
acknowledged = 0
try:
    while True:
        acknowledged = store.append(BaseEvent(event_type="a.b", source="x" * 2_000))
except EventflowError as error:
    print(acknowledged, error.problems[0].code)
"""


def test_a_limit_of_the_system_costs_no_acknowledged_event(tmp_path: Path) -> None:
    """A file may not grow: an error with a code, and everything that was acknowledged is there."""
    path = tmp_path / "e.sqlite"
    said = subprocess.run(
        [sys.executable, "-c", LIMITED, path, "300000"], capture_output=True, text=True, check=True
    )
    acknowledged, code = said.stdout.split()
    assert code in {"EF724", "EF725"}
    assert verify(path).events >= int(acknowledged) > 5


CRASH = """
import os, sys
from eventflow.events import BaseEvent
from eventflow.store import EventStore
store = EventStore(sys.argv[1])
store.append(BaseEvent(event_type="a.b"))
os._exit(0)
"""


def test_a_log_that_is_gone_is_noticed(tmp_path: Path) -> None:
    """The events were still in the -wal file, and somebody removed it."""
    path = tmp_path / "e.sqlite"
    subprocess.run([sys.executable, "-c", CRASH, path], check=True)
    path.with_name("e.sqlite-wal").unlink()
    path.with_name("e.sqlite-shm").unlink()
    assert isinstance(verify(path).error, EventsMissingError)
