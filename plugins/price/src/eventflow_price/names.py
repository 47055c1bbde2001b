"""Names of the fields, the features and the columns between the steps."""

from __future__ import annotations

from typing import Final

PRODUCT: Final = "product_id"
PRICE: Final = "price"
QUANTITY: Final = "quantity_sold"
DATE: Final = "date"
CATEGORY: Final = "category"
PROMOTION: Final = "promotion"

REVENUE: Final = "revenue"
CHANGE: Final = "price_change"
DISCOUNT: Final = "discount_depth"
IN_HISTORY: Final = "price_position_history"
IN_CATEGORY: Final = "price_position_category"
TREND: Final = "demand_trend"
ELASTICITY: Final = "price_elasticity"
POINTS: Final = "price_elasticity_n"
FIT: Final = "price_elasticity_r2"
ERROR: Final = "price_elasticity_se"
REASON: Final = "price_elasticity_reason"

PREVIOUS: Final = "__previous_price"
REFERENCE: Final = "__reference_price"
PAST: Final = "__past_price"
OTHERS: Final = "__others_price"
RECENT: Final = "__recent_quantity"
EARLIER: Final = "__earlier_quantity"
AGE: Final = "__age"
"""What price, demand and history features are ratios of; the same at both levels."""

DECIMALS: Final = 4
UNITS: Final = 10**DECIMALS
"""Prices and quantities are added as integers of this fraction: exact in any order."""
