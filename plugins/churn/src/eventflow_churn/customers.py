"""The row-wise half: from a customer table to the few small columns the features need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from eventflow.base import BaseStep, ComponentConfig
from eventflow.blueprint import Binding  # noqa: TC001 - pydantic resolves it at runtime
from eventflow.frame import Account, Rejection
from eventflow.moments import instant
from eventflow.schema import EventSchema
from eventflow_churn import names as n
from eventflow_churn.moments import elapsed, later, whole_days
from eventflow_churn.options import ChurnConfig  # noqa: TC001 - pydantic resolves it at runtime

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import BaseModel

    from eventflow.frame import EventFrame
    from eventflow.types import Rows

NO_CUSTOMER = "no customer_id"
NO_ACTIVITY = "no activity before as_of"
LATE_ACTIVITY = "last activity on or after as_of"
LATE_ACCOUNT = "account created on or after as_of"
CONTRADICTION = "account created after its last activity"
UNKNOWN_PLAN = "plan not among the declared plans"


class CustomersConfig(ComponentConfig):
    """What to prepare.

    Attributes:
        binding: Columns and moment.
        options: Options of the blueprint.
        made: Features that were made before; carried along.
    """

    binding: Binding
    options: ChurnConfig
    made: tuple[str, ...] = ()


class PrepareCustomers(BaseStep):
    """Turn customers into whole days, values and ranks as of a moment, one row each.

    Shape: rows that cannot be known as of the moment, or contradict themselves, are quarantined
    with a reason; all others stay. Columns: customer_id, the columns to keep,
    days_since_last_activity and account_tenure_days (Int32, days), total_value, support_tickets and
    feature_usage_count (Float64; not finite counts as null), and the plan's rank.

    Rows whose plan is not declared stay, with the outcome ``flagged``.
    """

    Config: ClassVar[type[BaseModel]] = CustomersConfig
    rows: ClassVar[Rows] = "accounted"

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Read the bound columns and those to keep."""
        del schema, columns
        carried = (*self.config.options.keep, *self.config.made)
        return frozenset({*self.config.binding.columns.values(), *carried})

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Reject what cannot be known, and compute what the features need."""
        del state
        found = frame.columns()
        known = frame.reject(*self._rules(found))
        lazy = known.lazy.select(*self._columns(found))
        prepared = known.with_lazy(lazy, schema=EventSchema(entity=n.CUSTOMER))
        return prepared.account(_flagged(lazy)) if self._has(n.PLAN) else prepared

    def _has(self, field: str) -> bool:
        return field in self.config.binding.columns

    def _rules(self, found: Mapping[str, pl.DataType]) -> Iterator[Rejection]:
        binding: Binding = self.config.binding
        customer, last, created = (binding.columns[f] for f in (n.CUSTOMER, n.LAST, n.CREATED))
        conditions = {
            NO_CUSTOMER: pl.col(customer).is_null(),
            NO_ACTIVITY: pl.col(last).is_null(),
            LATE_ACTIVITY: instant(last, found[last]) >= binding.moment(found[last]),
            LATE_ACCOUNT: instant(created, found[created]) >= binding.moment(found[created]),
            CONTRADICTION: later(binding, created, last, found),
        }
        for reason, when in conditions.items():
            yield Rejection(reason, when, "quarantined")

    def _columns(self, found: Mapping[str, pl.DataType]) -> Iterator[pl.Expr]:
        binding: Binding = self.config.binding
        names = binding.columns
        yield pl.col(names[n.CUSTOMER]).alias(n.CUSTOMER)
        yield whole_days(elapsed(binding, names[n.LAST], found)).alias(n.DAYS_SINCE)
        yield whole_days(elapsed(binding, names[n.CREATED], found)).alias(n.TENURE)
        for field in (n.VALUE, n.TICKETS, n.USES):
            if self._has(field):
                yield _finite(names[field]).alias(internal(field))
        if self._has(n.PLAN):
            yield _rank(names[n.PLAN], self.config.options.plans).alias(n.PLAN_RANK)
        yield from (pl.col(column) for column in (*self.config.options.keep, *self.config.made))


def internal(field: str) -> str:
    """Return the name of a prepared number, which cannot clash with a column to keep."""
    return f"__{field}"


def _finite(column: str) -> pl.Expr:
    number = pl.col(column).cast(pl.Float64)
    return pl.when(number.is_finite()).then(number)


def _rank(column: str, plans: Sequence[str]) -> pl.Expr:
    """Number the plans from 0. A chain of comparisons is three times as fast as a look-up."""
    plan = pl.col(column).cast(pl.String)
    rank: Any = pl.when(plan.is_not_null()).then(pl.lit(n.UNKNOWN_PLAN, pl.UInt8))
    for i, known in enumerate(plans):
        rank = pl.when(plan == known).then(pl.lit(i, pl.UInt8)).otherwise(rank)
    return rank  # type: ignore[no-any-return] # a `then` first and an expression after that


def _flagged(prepared: pl.LazyFrame) -> Account:
    """Count the rows whose plan is not declared; they stay."""
    unknown = (pl.col(n.PLAN_RANK) == n.UNKNOWN_PLAN).sum().cast(pl.UInt32)
    counts = (
        prepared.select(pl.len().cast(pl.UInt32).alias("stayed"), unknown.alias(UNKNOWN_PLAN))
        .unpivot(variable_name="reason", value_name="rows")
        .with_columns(pl.col("reason").replace({"stayed": None}))
    )
    return Account(counts=counts, outcomes={UNKNOWN_PLAN: "flagged"})
