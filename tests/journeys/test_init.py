"""From a file to a pipeline that runs: ``eventflow init --from``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from click.testing import CliRunner

from eventflow.cli.main import cli, main

if TYPE_CHECKING:
    from pathlib import Path

CSV = "order_id,customer_id,ordered_at,amount,country,email\n" + "".join(
    f"A-{n:04},{n % 3:05},2024-05-{n % 28 + 1:02}T10:00:00,{n}.50,{'FR' if n % 2 else 'DE'},"
    f"{'' if n == 7 else f'p{n}@x.org'}\n"
    for n in range(40)
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_text(CSV)


def test_a_drafted_pipeline_passes_check_and_runs(tmp_path: Path) -> None:
    """Every row reaches the sink, through a gate that finds nothing wrong."""
    runner = CliRunner()
    for arguments in (["init", "--from", "orders.csv"], ["check", "orders.yaml"]):
        done = runner.invoke(cli, arguments)
        assert done.exit_code == 0, done.output
    done = runner.invoke(cli, ["run", "orders.yaml"])
    assert done.exit_code == 0, done.output
    assert pl.read_parquet(tmp_path / "out/orders.parquet").height == 40
    text = (tmp_path / "orders.yaml").read_text()
    for said in ("entity: customer_id", "timestamp: ordered_at", "minimum_score: 80"):
        assert said in text
    assert "x.org" not in text
    assert (tmp_path / ".eventflow/schema.json").exists()


def test_data_unlike_the_draft_close_the_gate(tmp_path: Path) -> None:
    """What is drafted is a demand: an order that occurs twice is not published."""
    CliRunner().invoke(cli, ["init", "--from", "orders.csv"])
    (tmp_path / "orders.csv").write_text(CSV + CSV.splitlines()[-1] + "\n")
    done = CliRunner().invoke(cli, ["run", "orders.yaml"])
    assert done.exit_code == 3, done.output
    assert not (tmp_path / "out/orders.parquet").exists()


def test_a_file_that_is_there_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is overwritten unless that is asked for."""
    (tmp_path / "orders.yaml").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        main(["init", "--from", "orders.csv"])
    assert ended.value.code == 2
    assert "EF352" in capsys.readouterr().err
    assert (tmp_path / "orders.yaml").read_text() == "mine"
    done = CliRunner().invoke(cli, ["init", "--from", "orders.csv", "--force", "--name", "o"])
    assert done.exit_code == 0
    assert (tmp_path / "o.yaml").exists()
