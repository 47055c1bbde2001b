"""From a file to a pipeline that runs: ``eventflow init --from``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from eventflow.cli.main import main

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


def code_of(*arguments: str) -> object:
    """Run the command line in this process and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def test_a_drafted_pipeline_passes_check_and_runs(tmp_path: Path) -> None:
    """Every row reaches the sink, through a gate that finds nothing wrong."""
    assert code_of("init", "--from", "orders.csv") == 0
    assert code_of("check", "orders.yaml") == 0
    assert code_of("run", "orders.yaml") == 0
    assert pl.read_parquet(tmp_path / "out/orders.parquet").height == 40
    text = (tmp_path / "orders.yaml").read_text()
    for said in ("entity: customer_id", "timestamp: ordered_at", "minimum_score: 80"):
        assert said in text
    assert "x.org" not in text
    assert (tmp_path / ".eventflow/schema.json").exists()


def test_data_unlike_the_draft_close_the_gate(tmp_path: Path) -> None:
    """What is drafted is a demand: an order that occurs twice is not published."""
    assert code_of("init", "--from", "orders.csv") == 0
    (tmp_path / "orders.csv").write_text(CSV + CSV.splitlines()[-1] + "\n")
    assert code_of("run", "orders.yaml") == 3
    assert not (tmp_path / "out/orders.parquet").exists()


def test_a_file_that_is_there_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is overwritten unless that is asked for."""
    (tmp_path / "orders.yaml").write_text("mine")
    assert code_of("init", "--from", "orders.csv") == 2
    assert "EF352" in capsys.readouterr().err
    assert (tmp_path / "orders.yaml").read_text() == "mine"
    assert code_of("init", "--from", "orders.csv", "--force") == 0
    assert "entity: customer_id" in (tmp_path / "orders.yaml").read_text()
