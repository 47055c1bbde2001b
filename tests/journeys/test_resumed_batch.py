"""A batch whose results are kept goes on where it was stopped."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from eventflow import DataPipeline

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = "2024-06-01"
CUSTOMERS = pl.DataFrame(
    {
        "customer_id": [f"{n:04}" for n in range(40)],
        "last_activity_date": [date(2024, 5, 1) + timedelta(days=n % 28) for n in range(40)],
        "account_created_date": [date(2023, 1, 1) + timedelta(days=n) for n in range(40)],
        "total_value": [n * 7.5 for n in range(40)],
    }
)


def found(folder: Path, pattern: str) -> list[str]:
    """Return the names of what lies in a folder."""
    return sorted(path.name for path in folder.glob(pattern))


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with two files."""
    monkeypatch.chdir(tmp_path)
    CUSTOMERS.head(20).write_csv("customers_jan.csv")
    CUSTOMERS.tail(20).write_csv("customers_feb.csv")


async def test_a_batch_that_was_stopped_goes_on(tmp_path: Path) -> None:
    """Kept results are not computed again; changed files, other moments and torn results are."""
    files = [(f"customers_{month}.csv", "customer_churn") for month in ("jan", "feb")]
    kept = tmp_path / "results"

    async def batch(as_of: str = AS_OF) -> tuple[int, list[Any]]:
        pipeline = DataPipeline()
        done = await pipeline.process_batch(
            [*files, ("gone.csv", "customer_churn")], as_of=as_of, results=kept
        )
        return sum(r.state == "COMPLETED" for r in pipeline.records), done

    runs, first = await batch()
    assert (runs, len(found(kept, "*.parquet")), len(found(kept, "*.json"))) == (2, 2, 2)
    runs, again = await batch()
    assert runs == 0
    for (data, state), (data_again, state_again) in zip(first[:2], again[:2], strict=True):
        assert data.equals(data_again)
        assert state == state_again
    assert "EF601" in str(again[2])

    (kept / found(kept, "customers_jan-*.json")[0]).write_text("{", encoding="utf-8")
    assert (await batch())[0] == 1
    CUSTOMERS.head(3).write_csv("customers_feb.csv")
    runs, changed = await batch()
    assert (runs, changed[1][0].height) == (1, 3)
    assert (await batch("2024-06-02"))[0] == 2
    assert not found(kept, ".*")


async def test_results_are_kept_for_one_moment_only(tmp_path: Path) -> None:
    """Without `as_of` every call means another moment."""
    with pytest.raises(ValueError, match="need as_of"):
        await DataPipeline().process_batch([], results=tmp_path)
