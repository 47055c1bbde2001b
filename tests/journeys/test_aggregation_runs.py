"""What a run with `features.aggregate` tells: learned groups, and sums that do not fit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import eventflow
from eventflow.errors import EventflowError

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2024, 1, 20, tzinfo=UTC)


def test_learned_groups_are_in_the_record_of_a_run(tmp_path: Path) -> None:
    """What was learned has entries too, and they are the run's features."""
    path = tmp_path / "rows.parquet"
    rows = {"k": [1, 1, 2], "t": [AT.replace(day=d) for d in (1, 2, 3)]}
    pl.DataFrame({**rows, "kind": ["food", "rent", "food"]}).write_parquet(path)
    step = {"use": "features.aggregate", "by": "k", "time": "t", "as_of": AT, "groups": "kind"}
    config = {
        "source": {"use": "parquet", "path": str(path)},
        "steps": [{**step, "aggregates": ["count"]}],
        "runs": {"path": str(tmp_path)},
    }
    result = eventflow.run(config)
    assert set(result.features_created) == {
        "count_kind_food", "count_kind_rent", "count_kind_other",
    }  # fmt: skip
    assert {f.parity for f in result.record.features if f.formula} == {"exact"}


def test_a_run_names_the_step_the_values_and_the_fix(tmp_path: Path) -> None:
    """EF501 at the step: which sum, and what to cast; with the cast the sum is exact."""
    path = tmp_path / "ids.parquet"
    pl.DataFrame({"k": [1, 1], "v": [2**62, 2**62]}).write_parquet(path)
    steps: list[dict[str, Any]] = [
        {"use": "features.aggregate", "by": "k", "aggregates": ["sum(v)"]}
    ]
    config = {"source": {"use": "parquet", "path": str(path)}, "runs": {"path": str(tmp_path)}}
    with pytest.raises(EventflowError) as caught:
        eventflow.run({**config, "steps": steps})
    told = str(caught.value)
    assert 'the sum of "v" does not fit 64 bits: cast the values to decimal(38,0)' in told
    assert "features.aggregate" in told
    cast = {"use": "cast", "columns": {"v": "decimal(38,0)"}}
    found = eventflow.run({**config, "steps": [cast, *steps]}).data
    assert found is not None
    assert found["v_sum"].item() == 2**63
