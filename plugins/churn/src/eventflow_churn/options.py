"""The options of the churn blueprint."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from eventflow.base import BlueprintConfig
from eventflow_churn import names as n
from eventflow_features.row_expression import (
    RowExpression,  # noqa: TC001 - pydantic resolves it at runtime
)

Component = Literal[
    "activity_recency_score", "daily_value_rate", "feature_usage_rate", "plan_value_score"
]
"""What may count towards the engagement score."""

Weight = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class Counted(BaseModel):
    """Transactions that are counted for a customer.

    Attributes:
        distinct: SQL expression whose distinct values are counted, null not among them; without
            it every row counts.
        where: SQL condition; only rows where it is true count. Without it all do.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    distinct: RowExpression | None = None
    where: RowExpression | None = None


class Purchases(Counted):
    """Transactions that are purchases, for the features of buyers.

    Attributes:
        trend_days: Days of each of the two windows that the purchase trend compares.
    """

    trend_days: int = Field(default=90, ge=1, le=3660)


class BgNbd(BaseModel):
    """Parameters of a BG/NBD model that was fitted elsewhere.

    Attributes:
        r: Shape of the distribution of purchase rates.
        alpha: Its scale, in units of time.
        a: First parameter of the distribution of dropout probabilities.
        b: Second parameter of it.
        unit_days: Days in the unit of time that the model was fitted in; 7 for weeks.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    r: Weight
    alpha: Weight
    a: Weight
    b: Weight
    unit_days: Weight = 1.0


class ChurnConfig(BlueprintConfig):
    """Options of `CustomerChurn`.

    Attributes:
        input: What arrives: a table with a row per customer, or a row per transaction. ``auto``
            takes transactions when one of the options on transactions is given, and otherwise
            whichever lacks fewer fields, a customer table when both do.
        keep: Further columns to carry to the output. Of transactions, the columns that
            aggregation makes: last_activity_date, account_created_date, total_value, transactions.
        half_life_days: Days in which the activity recency score halves.
        plans: Plans from the lowest to the highest, compared exactly.
        engagement: Component of the engagement score → weight. Weights need not sum to 1.
        engagement_range: Quantiles between which a rate is scaled to [0, 1] for the engagement
            score; ``[0, 1]`` is plain min-max scaling, which a single outlier can flatten.
        amount: SQL expression of a transaction's worth, in place of the column ``amount``, the
            schema's value, or quantity × price.
        usage: What counts as a use of the product among transactions (a proxy).
        support: What counts as a support ticket among transactions (a proxy).
        plan: SQL expression over a customer's aggregated columns that gives the plan (a proxy).
        purchases: Which transactions are purchases; gives the features of buyers, ``rfm_*``,
            ``btyd_*`` and ``purchase_*``. ``{}`` takes every row.
        bg_nbd: Parameters that give ``btyd_alive``.
    """

    input: Literal["auto", "customers", "transactions"] = "auto"
    keep: tuple[str, ...] = ()
    half_life_days: float = Field(default=30.0, gt=0, allow_inf_nan=False)
    plans: tuple[str, ...] = Field(
        default=("free", "basic", "standard", "premium", "enterprise"),
        min_length=2,
        max_length=n.UNKNOWN_PLAN,
    )
    engagement: dict[Component, Weight] = Field(
        default={
            "activity_recency_score": 0.4,
            "feature_usage_rate": 0.4,
            "daily_value_rate": 0.2,
        },
        min_length=1,
    )
    engagement_range: tuple[Share, Share] = (0.05, 0.95)
    amount: RowExpression | None = None
    usage: Counted | None = None
    support: Counted | None = None
    plan: RowExpression | None = None
    purchases: Purchases | None = None
    bg_nbd: BgNbd | None = None

    @property
    def speaks_of_transactions(self) -> bool:
        """Whether an option is given that only transactions have."""
        given = (self.amount, self.usage, self.support, self.plan, self.purchases)
        return any(option is not None for option in given)

    @model_validator(mode="after")
    def _bought(self) -> Self:
        if self.bg_nbd is not None and self.purchases is None:
            msg = "bg_nbd needs purchases: say which transactions are, or {} for all of them"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _one_input(self) -> Self:
        if self.input == "customers" and self.speaks_of_transactions:
            msg = (
                "amount, usage, support, plan and purchases describe transactions, "
                "not input: customers"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _distinct_plans(self) -> Self:
        if len(set(self.plans)) < len(self.plans):
            msg = f"plans names a plan twice: {', '.join(self.plans)}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _rising_range(self) -> Self:
        low, high = self.engagement_range
        if low >= high:
            msg = f"engagement_range must rise, for example [0.05, 0.95], not [{low}, {high}]"
            raise ValueError(msg)
        return self
