"""Stdout belongs to the command's result, whatever the plugins at work print."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from eventflow.cli import output
from eventflow.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site

SOURCE = '''\
import sys
import threading

import polars as pl

from eventflow.base import BaseSource
from eventflow.frame import EventFrame


class Rows(BaseSource):
    """Prints in every way there is."""

    def __init__(self, **options):
        print("built")
        super().__init__(**options)

    def scan(self):
        print("scanned", flush=True)
        thread = threading.Thread(target=lambda: print("in a thread"))
        thread.start()
        thread.join()
        sys.stdout.buffer.write(b"bytes\\n")
        sys.stdout.close()
        return EventFrame(pl.LazyFrame({"n": [1]}))
'''
PRINTED = ("built", "scanned", "in a thread", "bytes")


@pytest.fixture
def pipeline(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A pipeline whose source prints."""
    monkeypatch.chdir(tmp_path)
    site.install(
        "acme-prints", SOURCE, entry_points={"eventflow.sources": {"prints": "acme_prints:Rows"}}
    )
    (tmp_path / "p.yaml").write_text("name: x\nsource: {use: prints}\n", encoding="utf-8")
    return "p.yaml"


@pytest.mark.parametrize("command", ["run", "check", "explain"])
def test_json_is_one_document_though_plugins_print(
    pipeline: str, command: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """What is printed, in a thread and as bytes too, goes to stderr; stdout is as it was after."""
    before = sys.stdout
    with pytest.raises(SystemExit) as ended:
        main([command, pipeline, "--json"])
    assert not ended.value.code
    assert sys.stdout is before
    told = capsysbinary.readouterr()
    assert json.loads(told.out)["schema"] == f"eventflow.{command}/1"
    for text in PRINTED:
        assert text.encode() in told.err


def test_the_result_keeps_its_stream_within(capsys: pytest.CaptureFixture[str]) -> None:
    """Also when one command is inside another."""
    with output.result_alone(), output.result_alone():
        sys.stdout.write("aside\n")
        output.say("result")
    told = capsys.readouterr()
    assert (told.out, told.err) == ("result\n", "aside\n")
