"""Whether data can serve the blueprint, and what is missing: before any data is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve

from eventflow.blueprint import Compatibility, bind_fields
from eventflow.errors import nearest
from eventflow_churn import names as n
from eventflow_churn.dictionary import (
    CUSTOMER_FIELDS,
    FEATURE_NAMES,
    NINE,
    TRANSACTION_FIELDS,
)
from eventflow_churn.transactions import folded_schema, row_expressions
from eventflow_features.row_expression import Misfit, misfit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from eventflow.blueprint import Family
    from eventflow.schema import EventSchema
    from eventflow_churn.options import ChurnConfig
    from eventflow_features.expressions import Expression

_PROXIES: Final = {n.TICKETS: "support", n.USES: "usage", n.PLAN: "plan"}
_NEEDED: Final[dict[str, Family]] = {"amount": "numeric", "plan": "string"}


def bind_customers(
    options: ChurnConfig, schema: EventSchema, found: Mapping[str, pl.DataType]
) -> Compatibility:
    """Bind the columns of a customer table."""
    answer = bind_fields(CUSTOMER_FIELDS, NINE, schema, found, options.columns)
    return _with_kept(evolve(answer, key=(n.CUSTOMER,)), options.keep, found)


def bind_transactions(
    options: ChurnConfig, schema: EventSchema, found: Mapping[str, pl.DataType]
) -> Compatibility:
    """Bind the columns of transactions, and check the expressions over them."""
    answer = bind_fields(TRANSACTION_FIELDS, (), schema, found, options.columns)
    missing, wrong = dict(answer.missing), dict(answer.wrong)
    mistyped = dict(answer.mistyped)
    if options.amount is None and not _has_amount(answer) and n.AMOUNT not in wrong:
        missing.setdefault(n.AMOUNT, nearest(n.AMOUNT, found))
    for option, expression in row_expressions(options).items():
        off = _misfit(option, expression, found)
        missing, wrong, mistyped = (
            missing | off.missing,
            wrong | off.wrong,
            mistyped | off.mistyped,
        )
    table: dict[str, pl.DataType] = {}
    if n.TIMESTAMP in answer.columns and n.CUSTOMER in answer.columns:
        time, customer = (found[answer.columns[f]] for f in (n.TIMESTAMP, n.CUSTOMER))
        table = folded_schema(time, customer, options)
        if options.plan is not None:
            off = _misfit("plan", options.plan, table)
            missing, wrong = missing | off.missing, wrong | off.wrong
    left_out = {
        feature.name: lacking
        for feature in NINE
        if (lacking := tuple(f for f in feature.needs if getattr(options, _PROXIES[f]) is None))
    }
    whole = evolve(answer, missing=missing, wrong=wrong, mistyped=mistyped, left_out=left_out)
    return _with_kept(whole, options.keep, table)


def _has_amount(answer: Compatibility) -> bool:
    bound = answer.columns.keys()
    return n.AMOUNT in bound or {n.QUANTITY, n.PRICE} <= bound


def _misfit(option: str, expression: Expression, found: Mapping[str, pl.DataType]) -> Misfit:
    """Return what an option's expression lacks or gets wrong."""
    needs = "boolean" if option.endswith(".where") else _NEEDED.get(option)
    return misfit(option, expression, found, needs=needs)


def _with_kept(
    answer: Compatibility, keep: Iterable[str], found: Mapping[str, pl.DataType]
) -> Compatibility:
    missing, wrong = dict(answer.missing), dict(answer.wrong)
    for column in keep:
        if column in (n.CUSTOMER, *FEATURE_NAMES):
            wrong[f"keep: {column}"] = f'the output has a column "{column}" of its own'
        elif column not in found:
            missing[f"keep: {column}"] = nearest(column, found)
    return evolve(answer, missing=missing, wrong=wrong)
