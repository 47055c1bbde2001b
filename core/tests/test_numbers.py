"""Numbers as people write them; a naive reading in Python is the oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.numbers import NumberFormat

if TYPE_CHECKING:
    from decimal import Decimal


def _read(example: str, *texts: str) -> list[float | None]:
    values = pl.Series("text", texts, dtype=pl.String).to_frame()
    number = NumberFormat.of(example).read(pl.col("text"), pl.Float64())
    return values.select(number).to_series().to_list()


@pytest.mark.parametrize(
    ("example", "text", "value"),
    [
        ("1,234.50", "1,234,567.25", 1234567.25),
        ("1,234.50", "1234567", 1234567),
        ("1.234,50 €", "1.234,50 €", 1234.5),
        ("1.234,50 €", "€1.234,50", 1234.5),
        ("$1,234.50", "1,234.5", 1234.5),
        ("1 234,50", "1\u202f234,5", 1234.5),
        ("1 234,50", "1\u00a0234", 1234),
        ("1'234.50", "1\u2019234.50", 1234.5),
        ("1,23,456.50", "12,34,567.5", 1234567.5),
        ("1234,5", "0,25", 0.25),
        ("1234.5", ".5", 0.5),
        ("EUR 1,234.50", " EUR 12 ", 12),
        ("12.5%", "12.25 %", 12.25),
        ("$1,234.50", "(12.00)", -12),
        ("$1,234.50", "($12.00)", -12),
        ("$1,234.50", "$(12.00)", -12),
        ("$1,234.50", "-$5", -5),
        ("$1,234.50", "$-5", -5),
        ("$1,234.50", "$5-", -5),
        ("$1,234.50", "\u22125", -5),
        ("$1,234.50", "+$5", 5),
    ],
)
def test_a_number_of_the_format_is_read(example: str, text: str, value: float) -> None:
    """With its thousands, decimals, currency before or after it, and any sign for minus."""
    assert _read(example, text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "1,23",
        "1,2345",
        "1.234,50",
        "€5",
        "--5",
        "(5",
        "5)",
        "(-5)",
        "",
        "5.",
        "1e5",
        "-",
        "$",
        "١٢",
    ],
)
def test_what_is_no_number_of_the_format_is_null(text: str) -> None:
    """Another currency, wrong groups and half a pair of parentheses are never guessed at."""
    assert _read("$1,234.50", text) == [None]


@pytest.mark.parametrize("example", ["1,234", "12", "1,234,50", "abc", "$5.00€", "1.234.50", ""])
def test_an_example_that_leaves_signs_open_is_refused(example: str) -> None:
    """`1,234` could be a thousand or a bit more than one; the error shows what to write."""
    with pytest.raises(ValueError, match=r"write one number as the file has them.*\$1,234\.50"):
        NumberFormat.of(example)


@pytest.mark.parametrize(
    "example",
    ["1,234.50", "1234,50 €", "$1,234.50", "1 234,50 kr.", "EUR 1,234.50", "1,23,456.50", "12.5%"],
)
def test_a_format_is_shown_as_an_example_of_itself(example: str) -> None:
    """So that a saved configuration says the same."""
    form = NumberFormat.of(example)
    assert NumberFormat.of(str(form)) == form


@given(
    value=st.decimals(-(10**12), 10**12, places=2),
    signs=st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("", ","), ("", ".")]),
    money=st.sampled_from(["", "$", "€", "CHF"]),
)
def test_what_python_writes_is_read_back(
    value: Decimal, signs: tuple[str, str], money: str
) -> None:
    """Every amount, in every style, exactly, as a decimal."""
    thousands, decimal = signs
    style = NumberFormat(thousands, decimal, money)
    plain = f"{value:,.2f}".replace(",", "_").replace(".", decimal).replace("_", thousands)
    read = style.read(pl.lit(f"{plain} {money}"), pl.Decimal(38, 2))
    assert pl.select(read).item() == value
