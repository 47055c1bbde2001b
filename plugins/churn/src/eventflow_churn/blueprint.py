"""The customer churn blueprint: features of each customer as of a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import evolve

from eventflow.base import BaseBlueprint
from eventflow_churn import names as n
from eventflow_churn.binding import bind_customers, bind_transactions
from eventflow_churn.customers import PrepareCustomers
from eventflow_churn.dictionary import CUSTOMER_FIELDS, NINE, TRANSACTION_FIELDS
from eventflow_churn.features import ChurnFeatures
from eventflow_churn.options import ChurnConfig
from eventflow_churn.rfm import today
from eventflow_churn.rfm_dictionary import bought_features
from eventflow_churn.transactions import FoldTransactions, PrepareTransactions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from pydantic import BaseModel

    from eventflow.blueprint import Binding, Compatibility, FeatureSpec, FieldSpec
    from eventflow.schema import EventSchema
    from eventflow.types import Step

_OPTIONAL = frozenset({n.TICKETS, n.USES, n.PLAN})
_PROXIES = {n.TICKETS: "support", n.USES: "usage", n.PLAN: "plan"}


class CustomerChurn(BaseBlueprint):
    """Churn features from a customer table or from raw transactions.

    Shape: one row per customer; columns customer_id, the columns to keep, and up to nine features;
    from transactions with `purchases`, ten more of buyers.
    `features` is their dictionary: unit, formula, null rule, parity class and source of each.

    From **customers** it reads customer_id, last_activity_date, account_created_date, total_value
    and, where present, support_tickets, feature_usage_count and plan_type. One row per customer is
    the quality gate's business: duplicates are neither merged nor removed. The table must show each
    customer as of the moment: that its totals hold nothing later cannot be seen from the table.

    From **transactions** it first folds each customer's rows into such a table: last and first
    transaction, sum of the amounts, and proxies for tickets, uses and plan where the options define
    them. The first transaction in the data stands in for the opening of the account; customers
    older than the data look younger than they are.

    No look-ahead: an event counts only strictly before `as_of`. A Date means its midnight, and a
    time without an offset a wall clock, in the frame's zone. Later transactions are dropped and
    counted, so that customers with nothing earlier are not in the result; customers whose last
    activity is missing or not before `as_of`, whose account was created on or after it or after the
    last activity, or who have no id, are quarantined with the reason.

    Days are whole periods of 24 hours, rounded down; from a Date, days of the calendar. Refunds are
    negative amounts: they lower total_value and daily_value_rate, below zero if need be.

    Edges of the value tier and bounds of the engagement score are learned from the data at hand,
    saved with the run, and reused unchanged when a state is given.

    Errors: missing and ill-typed fields are reported by `compatibility` before any data is read;
    a missing optional field only leaves out the features that need it.

    With the option `purchases`, transactions also give rfm_recency, rfm_frequency, rfm_monetary,
    btyd_frequency, btyd_recency, btyd_T, purchase_gap_mean, purchase_recency_over_gap and
    purchase_trend, and with `bg_nbd` btyd_alive; the package's README is their dictionary.

    Source: the features named in the product's churn specification; definitions as cited in
    `features`.
    """

    Config: ClassVar[type[BaseModel]] = ChurnConfig
    config: ChurnConfig
    name: ClassVar[str] = "customer_churn"
    version: ClassVar[str] = "1.0"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        *CUSTOMER_FIELDS,
        *(evolve(field, required=False) for field in TRANSACTION_FIELDS[1:]),
    )
    features: ClassVar[tuple[FeatureSpec, ...]] = NINE

    def __init__(self, **options: Any) -> None:
        """Validate the options, and promise the features of buyers where they are asked for.

        Raises:
            pydantic.ValidationError: An option is unknown, missing or out of range.
        """
        super().__init__(**options)
        asked = (*NINE, *bought_features(self.config))
        self.features = asked  # type: ignore[misc] # asked for, an instance promises more than its class

    def compatibility(
        self, schema: EventSchema, columns: Mapping[str, pl.DataType]
    ) -> Compatibility:
        """Bind the fields of the input that is named or fits best; see the option `input`."""
        if self.config.input == "customers":
            return bind_customers(self.config, schema, columns)
        if self.config.input == "transactions" or self.config.speaks_of_transactions:
            return bind_transactions(self.config, schema, columns)
        customers = bind_customers(self.config, schema, columns)
        transactions = bind_transactions(self.config, schema, columns)
        # a column with another dtype still tells which table this is; an absent one does not
        return min(customers, transactions, key=lambda c: (len(c.missing), len(c.wrong)))

    def steps(self, binding: Binding) -> Sequence[Step]:
        """Return two row-wise steps, after two that fold transactions if those are bound."""
        options = self.config
        if not binding.has(n.TIMESTAMP):
            fields = _OPTIONAL & binding.columns.keys()
            return (
                PrepareCustomers(binding=binding, options=options),
                ChurnFeatures(options=options, fields=fields),
            )
        proxies = {f for f, option in _PROXIES.items() if getattr(options, option) is not None}
        bought = tuple(feature.name for feature in bought_features(options))
        table = (n.CUSTOMER, n.LAST, n.CREATED, n.VALUE, *proxies)
        folded = evolve(binding, columns={field: field for field in table})
        return (
            PrepareTransactions(binding=binding, options=options),
            FoldTransactions(options=options, today=today(binding)),
            PrepareCustomers(binding=folded, options=options, made=bought),
            ChurnFeatures(options=options, fields=frozenset(proxies), made=bought),
        )
