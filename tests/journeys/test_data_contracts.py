"""Contracts on the command line: what a pipeline demands, written and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner

from eventflow.cli.main import cli
from eventflow_quality.contract_import import read_contract

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PIPELINE = """
name: orders
source: {use: csv, path: orders.csv}
schema: {timestamp: day, columns: {price: {minimum: 0}}}
quality: {unique: [[id]], rules: {cheap: "price < 100"}}
"""


def test_the_command_line_writes_and_reads_contracts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipeline's contract, imported, is a pipeline's sections again."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_text("id,day,price\na,2024-01-02,1.5\nb,2024-01-03,2.5\n")
    (tmp_path / "orders.yaml").write_text(PIPELINE)
    runner = CliRunner()
    done = runner.invoke(cli, ["contract", "export", "orders.yaml", "--output", "c.yaml"])
    assert done.exit_code == 0, done.output
    done = runner.invoke(cli, ["contract", "import", "c.yaml", "--output", "sections.yaml"])
    assert done.exit_code == 0, done.output
    found = read_contract(tmp_path / "c.yaml")
    assert found.schema["columns"]["price"] == {"dtype": "f64", "minimum": 0}
    assert found.quality == {"unique": [["id"]], "rules": {"cheap": "price < 100"}}
    assert "minimum: 0" in (tmp_path / "sections.yaml").read_text()


def test_foreign_keys_cross_the_border_and_paths_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contract says which table is meant; who imports it is asked where that lies."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_text("id,day,price,shop\na,2024-01-02,1.5,s1\n")
    (tmp_path / "shops.csv").write_text("shop,town\ns1,Rome\n")
    references = "references: [{columns: [shop], context: shops}]"
    contexts = "contexts: {shops: {use: csv, path: shops.csv}}"
    text = PIPELINE.replace("quality: {", f"quality: {{{contexts}, {references}, ")
    (tmp_path / "orders.yaml").write_text(text)
    runner = CliRunner()
    done = runner.invoke(cli, ["contract", "export", "orders.yaml", "--output", "c.yaml"])
    assert done.exit_code == 0, done.output
    assert "left out: where the rows of shops lie" in done.stderr
    assert "shops.csv" not in (tmp_path / "c.yaml").read_text()
    done = runner.invoke(cli, ["contract", "import", "c.yaml"])
    assert "context: shops" in done.stdout
    assert "contexts: {shops: {use: …}}" in done.stderr
