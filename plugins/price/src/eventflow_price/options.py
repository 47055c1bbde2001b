"""The options of the price blueprint."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from eventflow.base import BlueprintConfig


class PriceConfig(BlueprintConfig):
    """Options of `PriceOptimization`.

    Attributes:
        level: ``row`` describes each product on each of its days, from earlier days only;
            ``product`` each product once, from all days before `as_of`.
        minimum_points: Days with sales below which there is no elasticity.
        minimum_prices: Different prices below which there is no elasticity.
        minimum_log_price_sd: Standard deviation of the logarithm of the price below which there is
            no elasticity; 0.01 is about one percent of the price.
        control_promotion: Whether the elasticity is that of price with promotion held constant,
            where the data have a promotion flag.
        trend_days: Days of each of the two windows that the demand trend compares.
        reference_days: Days in which the highest price is what a discount is told against.
        category_days: Days in which the prices of the other products of the category count.
    """

    level: Literal["row", "product"] = "row"
    minimum_points: int = Field(default=8, ge=4)
    minimum_prices: int = Field(default=3, ge=2)
    minimum_log_price_sd: float = Field(default=0.01, gt=0, allow_inf_nan=False)
    control_promotion: bool = True
    trend_days: int = Field(default=28, ge=1, le=3660)
    reference_days: int = Field(default=90, ge=1, le=3660)
    category_days: int = Field(default=28, ge=1, le=3660)
