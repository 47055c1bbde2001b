from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from eventflow.liveness import Process
from eventflow.runs import index
from eventflow.runs.record import RunRecord, RunState
from eventflow.runs.store import RunStore
from eventflow.runs.store_errors import (
    AmbiguousRunError,
    RecordFormatError,
    RunStoreError,
    UnknownRunError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def run(number: int, *, state: RunState = RunState.COMPLETED, name: str = "churn") -> RunRecord:
    """Make a record whose short id is the number in eight digits."""
    return RunRecord(
        run_id=f"019aa3f0-5b1c-7c2e-9d41-0000{number:08}",
        name=name,
        state=state,
        started_at=START + timedelta(minutes=number),
    )


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    """Give an empty store."""
    return RunStore(tmp_path / "home")


def test_what_is_kept_comes_back_equal(store: RunStore, samples: Mapping[str, RunRecord]) -> None:
    """`get` gives back every kind of record as it was."""
    for record in samples.values():
        store.update(record)
        if record.state is not RunState.PENDING:
            assert store.get(record.run_id) == record


def test_update_replaces_what_begin_wrote(store: RunStore) -> None:
    """A run is one row, in its last state, with its folder and record."""
    begun = run(1, state=RunState.IN_PROGRESS)
    folder = store.begin(begun)
    assert store.get("latest").state is RunState.IN_PROGRESS
    store.update(evolve(begun, state=RunState.COMPLETED, seconds=1.5))
    (row,) = store.list()
    assert (row.state, row.seconds, row.interrupted) == (RunState.COMPLETED, 1.5, False)
    assert folder == store.home / "runs" / "00000001"
    assert [p.name for p in folder.iterdir()] == ["record.json"]


def test_reading_an_absent_store_makes_nothing(tmp_path: Path) -> None:
    """Listing where there is no store is empty, and leaves no folder behind."""
    store = RunStore(tmp_path / "nowhere")
    assert list(store.list()) == []
    assert list(store.gc(keep_last=0)) == []
    with pytest.raises(UnknownRunError, match="no runs in"):
        store.get()
    assert not (tmp_path / "nowhere").exists()


def test_list_is_newest_first_and_filters(store: RunStore) -> None:
    """Limit, pipeline and state narrow the list."""
    for i in range(6):
        state = RunState.FAILED if i % 2 else RunState.COMPLETED
        store.update(run(i, state=state, name="even" if i < 3 else "odd"))
    assert [r.short_id for r in store.list(2)] == ["00000005", "00000004"]
    assert [r.short_id for r in store.list(name="even")] == ["00000002", "00000001", "00000000"]
    assert [r.short_id for r in store.list(state=RunState.FAILED, limit=2)] == [
        "00000005",
        "00000003",
    ]


def test_get_takes_prefixes_of_either_id_in_any_case(store: RunStore) -> None:
    """People type the beginning of what they saw."""
    record = evolve(run(1), run_id="019aa3f0-5b1c-7c2e-9d41-3f8a7b2c793c")
    store.update(record)
    for asked in ("7b2c793c", "7B2C", "019AA3F0-5b1c", "latest", "LATEST"):
        assert store.get(asked) == record


def test_an_unknown_id_names_the_nearest(store: RunStore) -> None:
    """A typo is answered with the run that was meant."""
    store.update(evolve(run(1), run_id="019aa3f0-5b1c-7c2e-9d41-3f8a7b2c793c"))
    with pytest.raises(UnknownRunError) as caught:
        store.get("7b2d793c")
    (problem,) = caught.value.problems
    assert (problem.code, problem.replacement) == ("EF520", "7b2c793c")
    with pytest.raises(UnknownRunError):
        store.get("")


def test_a_prefix_of_several_runs_is_refused(store: RunStore) -> None:
    """Nothing is guessed; a whole id is never ambiguous."""
    store.update(run(1))
    store.update(run(10))
    with pytest.raises(AmbiguousRunError, match="fits 2 runs"):
        store.get("000000")
    assert store.get("00000001").short_id == "00000001"


def test_gc_keeps_the_newest_the_young_and_the_running(store: RunStore) -> None:
    """Both conditions must fit; a running run and other folders are never touched."""
    for i in range(5):
        store.update(run(i))
    store.begin(run(99, state=RunState.IN_PROGRESS))
    (store.home / "runs" / "notes").mkdir()
    assert list(store.gc()) == []
    assert list(store.gc(keep_last=0, older_than=timedelta(days=365 * 100))) == []
    removed = store.gc(keep_last=3)
    assert [r.short_id for r in removed] == ["00000002", "00000001", "00000000"]
    assert sorted(p.name for p in (store.home / "runs").iterdir()) == [
        "00000003",
        "00000004",
        "00000099",
        "notes",
    ]
    assert [r.short_id for r in store.list()] == ["00000099", "00000004", "00000003"]
    store.gc(keep_last=0)
    assert [r.short_id for r in store.list()] == ["00000099"]


def test_a_run_whose_process_is_gone_is_shown_as_interrupted(store: RunStore) -> None:
    """Killing the process (SIGKILL) leaves a readable store and a run that has failed."""
    program = (
        "import sys, time\n"
        "from datetime import UTC, datetime\n"
        "from eventflow.runs.record import RunRecord, RunState\n"
        "from eventflow.runs.store import RunStore\n"
        "store = RunStore(sys.argv[1])\n"
        "record = RunRecord(run_id='0' * 28 + 'dead', name='x', state=RunState.IN_PROGRESS,\n"
        "                   started_at=datetime.now(UTC))\n"
        "store.begin(record)\n"
        "print('begun', flush=True)\n"
        "while True:\n"
        "    store.update(record)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(store.home)], stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "begun\n"
            assert store.get().state is RunState.IN_PROGRESS
            time.sleep(0.1)
        finally:
            os.kill(child.pid, signal.SIGKILL)
    (row,) = store.list()
    assert (row.state, row.interrupted) == (RunState.FAILED, True)
    record = store.get()
    assert record.state is RunState.FAILED
    assert record.problems[-1].code == "EF524"
    assert list(store.list(state=RunState.IN_PROGRESS)) == []


def test_a_pid_that_was_given_again_is_another_process() -> None:
    """A process is known by its start time too; one of another machine counts as alive."""
    mine = Process.current()
    assert mine.alive()
    assert not evolve(mine, born="1").alive()
    assert not evolve(mine, pid=2**22 + 1).alive()
    assert evolve(mine, host="elsewhere", born="1").alive()


def test_two_processes_write_at_once(store: RunStore) -> None:
    """Writers in several processes and threads, from the very first, lose nothing."""
    program = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from eventflow.runs.record import RunRecord, RunState\n"
        "from eventflow.runs.store import RunStore\n"
        "store = RunStore(sys.argv[1])\n"
        "for i in range(25):\n"
        "    store.update(RunRecord(run_id=f'{sys.argv[2]}{i:08}', name='x',\n"
        "                 state=RunState.COMPLETED, started_at=datetime.now(UTC)))\n"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", program, str(store.home), f"{n}a"])
        for n in range(3)
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: store.update(run(1000 + i)), range(25)))
    assert [child.wait(60) for child in children] == [0, 0, 0]
    assert len(store.list(None)) == 100


def test_a_damaged_index_is_rebuilt_from_the_records(
    store: RunStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Garbage in place of the index costs nothing but a line in the log."""
    for i in range(3):
        store.update(run(i))
    (store.home / "runs.sqlite").write_bytes(b"not a database" * 100)
    assert [r.short_id for r in store.list()] == ["00000002", "00000001", "00000000"]
    assert (store.home / "runs.sqlite.damaged").exists()
    assert "was damaged" in caplog.text
    store.update(run(3))
    assert len(store.list()) == 4


def test_a_truncated_index_is_rebuilt(store: RunStore) -> None:
    """An index cut in the middle is rebuilt as well."""
    for i in range(40):
        store.update(run(i))
    path = store.home / "runs.sqlite"
    path.write_bytes(path.read_bytes()[:5000])
    assert len(store.list(None)) == 40


def test_a_missing_index_is_rebuilt_past_damaged_records(
    store: RunStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Records are the truth; one that cannot be read is passed over, and said."""
    for i in range(3):
        store.update(run(i))
    for path in store.home.glob("runs.sqlite*"):
        path.unlink()
    (store.home / "runs" / "00000001" / "record.json").write_text("{", encoding="utf-8")
    assert [r.short_id for r in store.list()] == ["00000002", "00000000"]
    assert "EF522" in caplog.text


@pytest.mark.parametrize("damage", ["absent", "half", "foreign"])
def test_a_damaged_record_is_a_coded_error(store: RunStore, damage: str) -> None:
    """`get` says which file is damaged."""
    path = store.update(run(1)) / "record.json"
    if damage == "absent":
        path.unlink()
    else:
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole[:50] if damage == "half" else json.dumps({"a": 1}), encoding="utf-8")
    with pytest.raises(RecordFormatError, match=r"record\.json"):
        store.get()


def test_a_store_of_a_newer_version_is_not_touched(store: RunStore) -> None:
    """A layout this version does not know is refused with what to do."""
    store.update(run(1))
    db = sqlite3.connect(store.home / "runs.sqlite")
    db.execute(f"PRAGMA user_version = {index.LAYOUT + 1}")
    db.close()
    with pytest.raises(RunStoreError, match="newer eventflow-core"):
        store.list()


def test_a_home_that_cannot_be_made_is_a_coded_error(tmp_path: Path) -> None:
    """A file in the way gives EF523 with the key to set."""
    (tmp_path / "home").write_text("a file", encoding="utf-8")
    with pytest.raises(RunStoreError) as caught:
        RunStore(tmp_path / "home").update(run(1))
    assert (caught.value.problems[0].code, caught.value.problems[0].key) == ("EF523", "runs.path")


def test_listing_imports_no_codec() -> None:
    """`runs list` needs the index only: no polars, pydantic, msgspec or jinja2."""
    program = (
        "import sys; from eventflow.runs.store import RunStore; RunStore('x').list();"
        "print([m for m in ('polars', 'pydantic', 'msgspec', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
