"""Columns that are constant, extreme or too many, through a whole pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from bad_input import left, run

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 200_000
CATEGORIES = 100_000


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_constant_column_is_prepared_to_a_constant() -> None:
    """It scales to 0, has no outliers, and one category is one code."""
    data = "row,same,shop\n" + "".join(f"{n},5,tea\n" for n in range(50))
    steps = [
        {"use": "prepare.outliers", "columns": ["same"]},
        {"use": "prepare.scale", "columns": ["same"]},
        {"use": "prepare.encode", "columns": {"shop": "auto"}},
    ]
    made = run(data, steps=steps)
    assert left(made) == {}
    assert made.data.select("same", "shop").unique().rows() == [(0.0, 0)]


@pytest.mark.parametrize(
    ("action", "kept", "told"),
    [
        ("cap", 30, {"outlier capped: x": 30}),
        ("null", 30, {"outlier made null: x": 30}),
        ("drop", 0, {"outlier: x": 30}),
    ],
)
def test_all_rows_may_be_outliers(action: str, kept: int, told: dict[str, int]) -> None:
    """New data in which every row is out, with what was learned before: each is counted."""
    steps = [{"use": "prepare.outliers", "columns": ["x"], "action": action}]
    fitted = run("row,x\n" + "".join(f"{n},{n % 7}\n" for n in range(70)), steps=steps)
    assert left(fitted) == {}
    far = "row,x\n" + "".join(f"{n},{900 + n}\n" for n in range(30))
    made = run(far, steps=steps, state=fitted.record.state_path)
    assert left(made) == told
    assert made.data.height == kept


def test_100_000_categories_and_a_target_with_one_class() -> None:
    """Each category is the class; the run stays quick, and no row is lost."""
    pl.select(
        row=pl.int_range(ROWS),
        shop=pl.format("shop {}", pl.int_range(ROWS) % CATEGORIES),
        bought=pl.lit(1),
    ).write_parquet("in.parquet")
    encode = {"use": "prepare.encode", "columns": {"shop": "target"}, "target": "bought"}
    made = run(
        "",
        source={"use": "parquet", "path": "in.parquet"},
        steps=[{**encode, "key": ["row"]}],
    )
    assert left(made) == {}
    assert made.data["shop"].unique().to_list() == [1.0]
    assert made.data.height == ROWS


@pytest.mark.parametrize("blueprint", ["price_optimization", "customer_churn"])
def test_ids_keep_leading_zeros(blueprint: str) -> None:
    """Also where the first of them stands far below the sample."""
    if blueprint == "price_optimization":
        head = "product_id,date,price,quantity_sold\n"
        rows = [f"{n},2024-03-01,5,1" for n in range(20_000)] + ["007,2024-03-01,5,1"]
        name = "product_id"
    else:
        head = "customer_id,last_activity_date,account_created_date,total_value\n"
        rows = [f"{n},2024-03-01,2023-01-01,5" for n in range(20_000)] + [
            "007,2024-03-01,2023-01-01,5"
        ]
        name = "customer_id"
    made = run(head + "\n".join(rows), blueprint={"use": blueprint, "as_of": "2024-04-01"})
    ids = made.data[name]
    assert ids.dtype == pl.String
    assert {"7", "007"} <= set(ids)


def test_infinite_prices_are_set_aside_and_an_empty_id_is_text() -> None:
    """An infinite price is counted with its reason; `""` names a product like any other text."""
    data = "product_id,date,price,quantity_sold\n" + "".join(
        f'"",2026-01-{day:02},{price},3\n' for day, price in enumerate(["inf", "2.5", "3.5"], 1)
    )
    made = run(data, blueprint={"use": "price_optimization", "as_of": "2026-02-01"})
    assert sum(left(made).values()) == 1
    assert any("price" in reason for reason in left(made))
    assert made.data["product_id"].unique().to_list() == [""]
