"""Systems without `pread` read the same bytes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from eventflow_files import window
from eventflow_files.csv import CsvSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def _unseen(*_: Any) -> bytes:
    msg = "pread does not exist here"
    raise AssertionError(msg)


def test_a_file_is_read_without_pread(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, execute: Callable[..., Any]
) -> None:
    """Several blocks, carriage returns and all, by seeking and reading; two files side by side."""
    monkeypatch.setattr(os, "pread", _unseen, raising=False)
    monkeypatch.setattr(window, "_read_at", window._seek_and_read)
    rows = 120_000
    for name in ("a", "b"):
        text = "".join(f"{n},{name}{n:0200}\r\n" for n in range(rows))
        (tmp_path / f"{name}.csv").write_bytes(b"n,text\r\n" + text.encode())

    made = execute(CsvSource(path=str(tmp_path)).scan()).rows

    assert made.height == 2 * rows
    assert made["n"].sum() == rows * (rows - 1)
    assert made["text"].n_unique() == 2 * rows


def test_positions_are_independent(tmp_path: Path) -> None:
    """Reading at one place leaves no trace at another."""
    path = tmp_path / "t"
    path.write_bytes(bytes(range(100)))
    with path.open("rb") as file:
        read = window._seek_and_read
        assert read(file.fileno(), 3, 50) == bytes([50, 51, 52])
        assert read(file.fileno(), 2, 10) == bytes([10, 11])
        assert read(file.fileno(), 5, 98) == bytes([98, 99])
