"""The options of the revenue blueprint."""

from __future__ import annotations

from eventflow.base import BlueprintConfig
from eventflow_features.row_expression import (
    RowExpression,  # noqa: TC001 - pydantic resolves it at runtime
)


class RevenueConfig(BlueprintConfig):
    """Options of `RevenueProjection`.

    Attributes:
        amount: SQL expression of what a row brought in, in place of the column ``revenue``, for
            example ``quantity * price``. What is paid back is negative.
    """

    amount: RowExpression | None = None
