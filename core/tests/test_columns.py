"""Checking columns before any data is read."""

from __future__ import annotations

import polars as pl
import pytest

from eventflow import EventflowError, require_columns
from eventflow.columns import PatternNameError, require_plain_names

FOUND = {"amount": pl.Float64(), "sku": pl.String(), "at": pl.Datetime("us")}


def _problems(*names: str, families: tuple[str, ...] = ()) -> list[tuple[str, str, str | None]]:
    with pytest.raises(EventflowError) as caught:
        require_columns(names, FOUND, key="columns", families=families)
    assert all(problem.key == "columns" for problem in caught.value.problems)
    return [(problem.code, problem.message, problem.fix) for problem in caught.value.problems]


def test_every_missing_column_is_named_with_the_nearest() -> None:
    """All at once, each once."""
    assert _problems("amuont", "sku", "nothing", "amuont") == [
        ("EF301", 'there is no column "amuont"', 'did you mean "amount"?'),
        ("EF301", 'there is no column "nothing"', "name a column that exists"),
    ]


def test_every_column_of_another_dtype_is_named_with_what_is_needed() -> None:
    """EF308, once all are there."""
    fix = "cast the column first, or name another"
    assert _problems("amount", "sku", "at", families=("numeric", "boolean")) == [
        ("EF308", 'column "sku" is str, but this needs numeric or boolean', fix),
        ("EF308", 'column "at" is datetime, but this needs numeric or boolean', fix),
    ]


def _accepts(dtype: pl.DataType, *families: str) -> bool:
    try:
        require_columns(["x"], {"x": dtype}, key="column", families=families)
    except EventflowError:
        return False
    return True


@pytest.mark.parametrize("dtype", [pl.Int8(), pl.UInt64(), pl.Float32(), pl.Decimal(10, 2)])
def test_any_dtype_of_a_family_will_do(dtype: pl.DataType) -> None:
    """And any dtype at all where no family is given."""
    assert _accepts(dtype, "temporal", "numeric")
    assert _accepts(dtype)
    assert not _accepts(dtype, "temporal")


def test_a_name_that_is_a_pattern_is_refused() -> None:
    """Polars would take it for other columns, or for none."""
    require_plain_names(["a", "a*", "^a", "a$", "", "**"])
    with pytest.raises(PatternNameError) as caught:
        require_plain_names(["a", "*", "^a.*$"])
    assert [problem.message.split('"')[1] for problem in caught.value.problems] == ["*", "^a.*$"]
