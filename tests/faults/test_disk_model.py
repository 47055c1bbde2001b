"""The model of a disk keeps what was synced, and nothing that it should not."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import apsw
import pytest

from faultkit.disk_model import Adversary, ForgetfulDisk

if TYPE_CHECKING:
    from pathlib import Path

ADVERSARIES = get_args(Adversary)


def committed(folder: Path, target: Path, adversary: Adversary, **options: object) -> list[int]:
    """Commit 20 rows, cut the power, and return the rows that a plain SQLite finds."""
    pragmas = options.pop("pragmas", "")
    folder.mkdir()
    with ForgetfulDisk(folder, seed=1, **options) as disk:  # type: ignore[arg-type] # passed through
        db = apsw.Connection(str(folder / "a.db"))
        db.execute(f"PRAGMA journal_mode=WAL; {pragmas}; CREATE TABLE row (n INTEGER)").fetchall()
        for number in range(20):
            db.execute("INSERT INTO row VALUES (?)", (number,))
        disk.cut()
        db.close()
    disk.leave(target, adversary)
    return rows_of(target)


def rows_of(folder: Path) -> list[int]:
    """Return what a plain SQLite finds; nothing where the file is unreadable."""
    found = apsw.Connection(str(folder / "a.db"))
    try:
        return [n for (n,) in found.execute("SELECT n FROM row ORDER BY n")]
    except (apsw.SQLError, apsw.CorruptError, apsw.NotADBError):
        return []
    finally:
        found.close()


@pytest.mark.parametrize("adversary", ADVERSARIES)
def test_what_was_synced_survives(tmp_path: Path, adversary: Adversary) -> None:
    """Full sync: every commit is there, whatever becomes of the rest."""
    rows = committed(tmp_path / "a", tmp_path / "b", adversary, pragmas="PRAGMA synchronous=FULL")
    assert rows == list(range(20))


@pytest.mark.parametrize("pragma", ["PRAGMA synchronous=NORMAL", "PRAGMA synchronous=OFF"])
def test_what_was_not_synced_is_forgotten(tmp_path: Path, pragma: str) -> None:
    """Less than full sync: commits that were reported are gone."""
    rows = committed(tmp_path / "a", tmp_path / "b", "nothing", pragmas=pragma)
    assert rows == list(range(len(rows)))
    assert len(rows) < 20


def test_a_disk_that_lies_keeps_nothing(tmp_path: Path) -> None:
    """Syncs that only pretend leave nothing of what was reported."""
    pragma = "PRAGMA synchronous=FULL"
    assert committed(tmp_path / "a", tmp_path / "b", "nothing", pragmas=pragma, lies=True) == []


def test_what_is_written_after_the_cut_is_not_there(tmp_path: Path) -> None:
    """A process that runs on after the power is gone leaves no trace."""
    folder = tmp_path / "a"
    folder.mkdir()
    with ForgetfulDisk(folder, seed=1) as disk:
        db = apsw.Connection(str(folder / "a.db"))
        db.execute("CREATE TABLE row (n INTEGER)")
        disk.cut()
        db.execute("INSERT INTO row VALUES (1)")
        assert rows_of(folder) == [1]
        db.close()
    disk.leave(tmp_path / "b", "prefix")
    assert rows_of(tmp_path / "b") == []


def test_a_seed_repeats_what_survives(tmp_path: Path) -> None:
    """The same seed leaves the same bytes; another one, others."""
    left = []
    for number, seed in enumerate((7, 7, 8)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with ForgetfulDisk(folder, seed=seed) as disk:
            for at in range(8):
                disk.told("write", str(folder / "f"), at * 512, bytes([at + 1]) * 512)
        disk.leave(tmp_path / f"left-{number}", "sectors")
        left.append((tmp_path / f"left-{number}" / "f").read_bytes())
    assert left[0] == left[1] != left[2]


def test_a_removal_lasts_when_the_folder_is_synced(tmp_path: Path) -> None:
    """Before: the old file, the new one, or none; no mixture. After: no trace of the old."""
    assert left_of_a_log(tmp_path / "before", synced=False) == {b"old" * 10, b"new", None}
    assert left_of_a_log(tmp_path / "after", synced=True) == {b"new"}


def left_of_a_log(place: Path, *, synced: bool) -> set[bytes | None]:
    """Return what 40 losses of power leave of a log that was removed and made again."""
    left = set()
    for seed in range(40):
        folder, after = place / f"{seed}", place / f"after-{seed}"
        folder.mkdir(parents=True)
        name = str(folder / "f-wal")
        with ForgetfulDisk(folder, seed=seed) as disk:
            disk.told("write", name, 0, b"old" * 10)
            disk.told("sync", name)
            disk.told("remove", name)
            disk.told("write", name, 0, b"new")
            if synced:
                disk.told("sync", name)
        disk.leave(after, "prefix")
        left.add((after / "f-wal").read_bytes() if (after / "f-wal").exists() else None)
    return left
