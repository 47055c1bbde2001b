"""A run with context from a server: recorded, replayed, and told where it fails."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import polars as pl
import pytest

import eventflow
from eventflow.runs.orchestrate import RunFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

PIPELINE = """
name: sales
source: {use: csv, path: sales.csv}
steps:
  - use: enrich
    context: {use: table, path: shops.csv, key: shop}
  - use: enrich
    context: {use: holidays, country: DE, language: en_US, years: [2025, 2026], days: all}
    join: {use: exact, by: {day: date}}
    columns: holiday
  - use: enrich
    context:
      use: http_json
      url: %s/rates
      token: ${env:RATES_TOKEN}
      columns: {currency: str, euros: f64}
      key: currency
      cache: recorded
sink: {use: csv, path: out/sales.csv}
"""


class _Rates(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer whoever has the token."""
        known = self.headers["authorization"] == "Bearer sesame-4711"
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(json.dumps([{"currency": "USD", "euros": 0.5}] if known else {}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Rates)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("RATES_TOKEN", "sesame-4711")
    Path("sales.csv").write_text("shop,day,currency\na,2025-12-25,USD\nb,2025-12-27,EUR\n")
    Path("shops.csv").write_text("shop,town\na,Bonn\nb,Ulm\n")


def test_three_sources_of_context_enrich_one_run() -> None:
    """A table, a calendar and a server; what was fetched is recorded, without the secret."""
    with _server() as url:
        Path("p.yaml").write_text(PIPELINE % url)
        live = eventflow.run("p.yaml").record
    written = pl.read_csv("out/sales.csv").sort("shop")
    assert written["town"].to_list() == ["Bonn", "Ulm"]
    assert written["holiday"].to_list() == ["Christmas Day", None]
    assert written["euros"].to_list() == [0.5, None]
    replayed = eventflow.run("p.yaml", overrides=["steps.2.context.offline=replay"]).record
    assert pl.read_csv("out/sales.csv").sort("shop").equals(written)
    name = "http_json (steps.2.context)"
    assert live.inputs[name] == replayed.inputs[name]
    kept = [file for file in Path.cwd().rglob("*") if file.is_file()]
    assert [f for f in kept if b"sesame-4711" in f.read_bytes()] == []


def test_what_a_context_could_not_get_is_told_at_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The line of the option, the package, the fix."""
    monkeypatch.setenv("RATES_TOKEN", "wrong-4711")
    with _server() as url:
        Path("p.yaml").write_text(PIPELINE % url)
        with pytest.raises(RunFailedError) as raised:
            eventflow.run("p.yaml")
    (problem,) = raised.value.problems
    assert problem.location is not None
    lines = Path("p.yaml").read_text().splitlines()
    assert lines[problem.location.line - 1].strip().startswith("token:")
    assert (problem.code, problem.key) == ("EF653", "context.token")
    assert (problem.owner or "").startswith("eventflow-http")
    assert "wrong-4711" not in str(raised.value)
