"""Money and numbers that people write, sell for nothing, or give back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from bad_input import left, refusal, run, warned
from eventflow import DataPipeline, EventflowError, PipelineConfig

if TYPE_CHECKING:
    from pathlib import Path

REVENUE = {"use": "revenue_projection", "as_of": "2024-03-11"}
PRICE = {"use": "price_optimization", "as_of": "2024-03-31", "level": "product"}
SALES = "product_id,date,price,quantity_sold\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _days(*amounts: str, separator: str = ",") -> str:
    rows = (f'2024-03-{n:02}{separator}"{a}"\n' for n, a in enumerate(amounts, 1))
    return f"date{separator}revenue\n" + "".join(rows)


MONEY = {
    "currency and thousands": (("$1,234.50", "$2.00"), '"$1,234.50"', [1234.5, 2.0]),
    "decimal comma and euro": (("1.234,50 €", "2,00 €"), '"1.234,50 €"', [1234.5, 2.0]),
    "decimal comma": (("1234,5", "2"), '"1234,50"', [1234.5, 2.0]),
    "parentheses": (("12.00", "(2.00)"), '"1234.50"', [12.0, -2.0]),
    "percent": (("12.5%", "2%"), '"1234.50 %"', [12.5, 2.0]),
}


@pytest.mark.parametrize(("amounts", "example", "read"), MONEY.values(), ids=MONEY)
def test_money_in_text_is_refused_with_the_option_that_reads_it(
    amounts: tuple[str, ...], example: str, read: list[float]
) -> None:
    """EF304 names the column; what it says to write works as it is told."""
    data = _days(*amounts, separator=";")
    problem = refusal(data, blueprint=REVENUE)
    assert (problem.code, problem.fix) == (
        "EF304",
        f"under source write  numbers: {{revenue: {example}}}",
    )
    made = run(data, source={"numbers": {"revenue": example.strip('"')}}, blueprint=REVENUE)
    assert made.data.sort("date")["revenue"].to_list()[:2] == read


def test_money_that_could_be_read_in_two_ways_is_the_users_to_tell() -> None:
    """`1,234` is a thousand here and a bit more than one there: both are shown."""
    problem = refusal(_days("1,234", "5,678"), blueprint=REVENUE)
    assert '"1,234.50"}  or  numbers: {revenue: "1234,50"}' in problem.fix


def test_another_currency_is_never_added_up() -> None:
    """Before the run the fix comes with the first such line; in the run, its row is set aside."""
    data = _days("$1.00", "$2.00", *["$3.00"] * 7, "€4.00")
    problem = refusal(data, blueprint=REVENUE)
    assert "in.csv:11  '€4.00'" in problem.detail[0]
    made = run(data, source={"numbers": {"revenue": "$1234.50"}}, blueprint=REVENUE)
    assert left(made)['value does not fit column "revenue"'] == 1
    assert made.data["revenue"].sum() == 1 + 2 + 7 * 3


async def test_the_facade_reads_money_too() -> None:
    """A file and an upload, with the same option."""
    data = _days("$1,234.50", "$2.00").encode()
    pipeline = DataPipeline(PipelineConfig(source={"numbers": {"revenue": "$1,234.50"}}))
    made, state = await pipeline.process_stream(
        [data], "days.csv", "revenue_projection", as_of="2024-03-11"
    )
    assert state.status == "COMPLETED"
    assert made["revenue"].sum() == 1236.5
    with pytest.raises(EventflowError, match=r'numbers: {revenue: "\$1,234\.50"}'):
        await DataPipeline().process_stream([data], "days.csv", "revenue_projection")


def test_digits_that_a_float_does_not_keep_are_told() -> None:
    """EF313 names the option that keeps them."""
    data = "name,amount\na,12345678901234567.89\nb,1.5\n"
    told = warned(run(data))
    assert 'schema: {amount: "decimal(38,2)"}' in told["EF313"]
    exact = run(data, source={"schema": {"amount": "decimal(38,2)"}})
    assert warned(exact) == {}
    assert exact.data["amount"][0] == Decimal("12345678901234567.89")


def test_prices_that_are_not_positive_and_quantities_below_zero_are_set_aside() -> None:
    """Each with its reason; a quantity of zero is a day on which nothing was sold."""
    rows = ("a,2024-03-01,0,1", "a,2024-03-02,-5,1", "a,2024-03-03,5,-2", "a,2024-03-04,5,0")
    made = run(SALES + "".join(f"{row}\n" for row in rows), blueprint=PRICE)
    assert left(made) == {"price not positive": 2, "quantity_sold negative": 1}
    assert made.data.row(0, named=True)["revenue"] == 0


def test_a_product_with_one_price_has_no_elasticity() -> None:
    """It is null, with the reason beside it; everything else is told."""
    rows = "".join(f"a,2024-03-{n:02},5,{n}\n" for n in range(1, 30))
    told: dict[str, Any] = run(SALES + rows, blueprint=PRICE).data.row(0, named=True)
    assert told["price_elasticity"] is None
    assert told["price_elasticity_reason"] == "too few different prices"
    assert told["price_change"] == 0


def test_nothing_but_bad_prices_ends_the_run() -> None:
    """EF305 says which rule took all rows."""
    problem = refusal(SALES + "a,2024-03-01,0,1\n", blueprint=PRICE)
    assert problem.code == "EF305"
    assert "1 quarantined: price not positive" in problem.detail[0]


def test_missing_days_are_zero_and_negative_days_stay_negative() -> None:
    """The calendar is complete from the first row on; the ledger counts the days it added."""
    data = "date,revenue\n2024-03-01,100\n2024-03-04,-40\n2024-03-10,\n"
    made = run(data, blueprint=REVENUE)
    assert left(made) == {"no revenue": 1, "rows made": 8}
    days = made.data.sort("date")
    assert days["revenue"].to_list() == [100, 0, 0, -40, 0, 0, 0, 0, 0, 0]
    assert days["revenue_ma_7"][6] == pytest.approx(60 / 7)
    assert days["revenue_growth_1d"][1] == -1.0
    assert days["revenue_growth_1d"][2] is None, "its base was 0"


def test_an_amount_computed_from_money_in_text_names_the_column() -> None:
    """And what reads it, for an expression as for a field."""
    data = "date,q,p\n2024-03-01,2,$1.50\n2024-03-02,6,$5.00\n"
    blueprint = {**REVENUE, "amount": "q * p"}
    problem = refusal(data, blueprint=blueprint)
    assert 'column "p" is text' in problem.message
    assert problem.fix == 'under source write  numbers: {p: "$1234.50"}'
    made = run(data, source={"numbers": {"p": "$1234.50"}}, blueprint=blueprint)
    assert made.data["revenue"].sum() == 33


def test_words_for_no_value_are_named_together() -> None:
    """NULL and n/a beside numbers are two ways to say nothing."""
    data = "date,revenue\n" + "".join(f"2024-03-{n:02},{n}\n" for n in range(1, 9))
    problem = refusal(data + "2024-03-09,NULL\n2024-03-10,n/a\n", blueprint=REVENUE)
    assert 'schema: {revenue: f64}  and  null_values: ["NULL", "n/a"]' in problem.fix


def test_a_field_that_the_blueprint_does_not_have_is_refused() -> None:
    """A typing error under `columns` is never passed over."""
    blueprint = {**REVENUE, "columns": {"customer_cont": "buyers"}}
    problem = refusal("date,revenue,buyers\n2024-03-01,5,2\n", blueprint=blueprint)
    assert (problem.code, problem.fix) == ("EF304", 'did you mean "customer_count"?')
