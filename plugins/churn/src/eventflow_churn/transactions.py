"""From raw transactions to a customer table: two steps before the customers' own."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic resolves it at runtime
from typing import TYPE_CHECKING, Any, ClassVar, Final

import polars as pl

from eventflow.base import BaseStep, ComponentConfig
from eventflow.blueprint import Binding  # noqa: TC001 - pydantic resolves it at runtime
from eventflow.frame import Rejection
from eventflow.moments import instant
from eventflow.schema import EventSchema
from eventflow.types import aggregate
from eventflow_churn import names as n
from eventflow_churn import rfm
from eventflow_churn.customers import NO_CUSTOMER
from eventflow_churn.options import ChurnConfig  # noqa: TC001 - pydantic resolves it at runtime
from eventflow_features.entity import EntityAggregation
from eventflow_features.specs import AggregateSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import BaseModel

    from eventflow.frame import EventFrame
    from eventflow.types import Locality, Rows
    from eventflow_churn.options import Counted
    from eventflow_features.expressions import Expression

NO_TIME = "no timestamp"
FUTURE = "on or after as_of"

_DECIMALS: Final = 4
UNITS_OF_VALUE: Final = 10**_DECIMALS
"""Amounts are summed as integers of this fraction, so that the sum is exact in any order."""

_AMOUNTS: Final = "__known_amounts"
_COUNTED: Final = {n.USES: "usage", n.TICKETS: "support"}


class TransactionsConfig(ComponentConfig):
    """What to prepare.

    Attributes:
        binding: Columns and moment.
        options: Options of the blueprint.
    """

    binding: Binding
    options: ChurnConfig


class PrepareTransactions(BaseStep):
    """Keep the transactions that were known before a moment, and what is folded of each.

    Shape: rows without customer or timestamp are quarantined, rows on or after the moment dropped
    with the reason; all others stay. Columns: customer_id, timestamp, the amount in
    ten-thousandths (Int64, null when unknown), and what usage and support count.

    Customers whose first transaction is on or after the moment thus have no row in the result.
    """

    Config: ClassVar[type[BaseModel]] = TransactionsConfig
    rows: ClassVar[Rows] = "accounted"

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Read customer, timestamp, and the columns that the expressions name."""
        del schema, columns
        bound, options = self.config.binding.columns, self.config.options
        read = {bound[n.CUSTOMER], bound[n.TIMESTAMP]}
        if options.amount is None:
            read |= {bound[f] for f in (n.AMOUNT, n.QUANTITY, n.PRICE) if f in bound}
        return frozenset(read).union(*(e.columns() for e in row_expressions(options).values()))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Reject what is not known before the moment, and select."""
        del state
        binding: Binding = self.config.binding
        time = binding.columns[n.TIMESTAMP]
        found = frame.columns()
        dtype = found[time]
        known = frame.reject(
            Rejection(NO_CUSTOMER, pl.col(binding.columns[n.CUSTOMER]).is_null(), "quarantined"),
            Rejection(NO_TIME, pl.col(time).is_null(), "quarantined"),
            Rejection(FUTURE, instant(time, dtype) >= binding.moment(dtype)),
        )
        schema = EventSchema(entity=n.CUSTOMER, timestamp=n.TIMESTAMP)
        return known.with_lazy(known.lazy.select(*self._columns(found)), schema=schema)

    def _columns(self, found: Mapping[str, pl.DataType]) -> Iterator[pl.Expr]:
        names, options = self.config.binding.columns, self.config.options
        yield pl.col(names[n.CUSTOMER]).alias(n.CUSTOMER)
        yield pl.col(names[n.TIMESTAMP]).alias(n.TIMESTAMP)
        units = (self._amount().cast(pl.Float64) * UNITS_OF_VALUE).round()
        whole = units.cast(pl.Int64, strict=False)
        yield whole.alias(n.AMOUNT)
        if options.purchases is not None:
            yield from rfm.kept(options.purchases, self.config.binding, found, whole)
        for field, option in _COUNTED.items():
            counted: Counted | None = getattr(options, option)
            if counted is not None:
                yield _counted(counted, found, key=f"{option}.where").alias(field)

    def _amount(self) -> pl.Expr:
        names: Mapping[str, str] = self.config.binding.columns
        options: ChurnConfig = self.config.options
        if options.amount is not None:
            return options.amount.expr
        if n.AMOUNT in names:
            return pl.col(names[n.AMOUNT])
        return pl.col(names[n.QUANTITY]) * pl.col(names[n.PRICE])


class FoldConfig(ComponentConfig):
    """What to fold.

    Attributes:
        options: Options of the blueprint.
        today: The day of the moment.
    """

    options: ChurnConfig
    today: date


class FoldTransactions(BaseStep):
    """Fold prepared transactions into one row per customer, in one streaming group-by.

    Shape: one row per customer; columns customer_id, last_activity_date and account_created_date
    (last and first transaction, whatever its amount), total_value (sum of the amounts, refunds
    negative; null when no amount is known), transactions (number of rows), and as configured
    feature_usage_count, support_tickets, plan_type and the features of buyers.

    Every answer is exact for any order and any split of the rows: minima, maxima, counts, and a sum
    of integers.
    """

    Config: ClassVar[type[BaseModel]] = FoldConfig
    rows: ClassVar[Rows] = "unknown"

    @property
    def locality(self) -> Locality:
        """All rows of a customer, in any order."""
        return aggregate(n.CUSTOMER)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Read every prepared column."""
        del schema
        return frozenset(columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Aggregate per customer."""
        del state
        options = self.config.options
        bought = options.purchases
        specs = [*_aggregates(options)]
        if bought is not None:
            specs += rfm.aggregates(bought, self.config.today)
        fold = EntityAggregation(by=n.CUSTOMER, aggregates=specs)
        total = (pl.col(n.AMOUNT) / UNITS_OF_VALUE).round(_DECIMALS)
        value = pl.when(pl.col(_AMOUNTS) > 0).then(total)
        customers = fold.run(frame.lazy).with_columns(value.alias(n.VALUE))
        customers = customers.drop(n.AMOUNT, _AMOUNTS)
        if bought is not None:
            made = rfm.features(self.config.today, options.bg_nbd, _DECIMALS)
            customers = customers.with_columns(**made).drop(rfm.FOLDED)
        if options.plan is not None:
            customers = customers.with_columns(options.plan.expr.alias(n.PLAN))
        return frame.with_lazy(customers, schema=EventSchema(entity=n.CUSTOMER))


def row_expressions(options: ChurnConfig) -> dict[str, Expression]:
    """Return option → expression over the transactions, for those that are given."""
    given = {"amount": options.amount}
    for option in (*_COUNTED.values(), n.PURCHASES):
        counted: Counted | None = getattr(options, option)
        if counted is not None:
            given |= {f"{option}.distinct": counted.distinct, f"{option}.where": counted.where}
    return {option: written for option, written in given.items() if written is not None}


def folded_schema(
    time: pl.DataType, customer: pl.DataType, options: ChurnConfig
) -> dict[str, pl.DataType]:
    """Return the columns a plan expression may read, with their dtypes."""
    given = {f: pl.Int64() for f, o in _COUNTED.items() if getattr(options, o) is not None}
    return {
        n.CUSTOMER: customer, n.LAST: time, n.CREATED: time, n.VALUE: pl.Float64(),
        n.TRANSACTIONS: pl.Int64(), **given,
    }  # fmt: skip


def _counted(counted: Counted, found: Mapping[str, pl.DataType], *, key: str) -> pl.Expr:
    """Return what is counted on each row: a value of which to count the distinct, or whether."""
    where: pl.Expr = pl.lit(value=True)
    if counted.where is not None:
        where = counted.where.condition(found, key=key)
    return where if counted.distinct is None else pl.when(where).then(counted.distinct.expr)


def _aggregates(options: ChurnConfig) -> Iterator[AggregateSpec]:
    yield AggregateSpec(name=n.LAST, op="max", value=n.TIMESTAMP)
    yield AggregateSpec(name=n.CREATED, op="min", value=n.TIMESTAMP)
    yield AggregateSpec(name=n.AMOUNT, op="sum", value=n.AMOUNT)
    yield AggregateSpec(name=_AMOUNTS, op="count", value=n.AMOUNT)
    yield AggregateSpec(name=n.TRANSACTIONS, op="count")
    for field, option in _COUNTED.items():
        counted: Counted | None = getattr(options, option)
        if counted is None:
            continue
        if counted.distinct is None:
            yield AggregateSpec(name=field, op="count", where=pl.col(field))
        else:
            yield AggregateSpec(name=field, op="n_unique", value=field)
