"""The feature dictionary: what the blueprint reads and what it makes."""

from __future__ import annotations

from typing import Final

from eventflow.blueprint import EXACT, FeatureSpec, FieldSpec, close
from eventflow_price import names as n

FIELDS: Final = (
    FieldSpec(
        name=n.PRODUCT,
        families=("string", "integer", "categorical"),
        description="what is sold; text keeps its leading zeros",
    ),
    FieldSpec(
        name=n.PRICE,
        families=("numeric",),
        description="price of one piece, as paid or as offered",
    ),
    FieldSpec(
        name=n.QUANTITY,
        families=("numeric",),
        description="pieces sold at that price; several rows of a day are added",
        role="value",
    ),
    FieldSpec(
        name=n.DATE,
        families=("temporal",),
        description="day, or moment, of the sale",
        role="timestamp",
    ),
    FieldSpec(
        name=n.CATEGORY,
        families=("string", "integer", "categorical"),
        description="products that compete with one another",
        required=False,
    ),
    FieldSpec(
        name=n.PROMOTION,
        families=("boolean", "integer"),
        description="whether the product was promoted; unknown counts as not",
        required=False,
    ),
)

_LOG_LOG = "constant-elasticity demand: Tellis (1988), doi:10.1177/002224378802500401"
_FWL = "Frisch and Waugh (1933), doi:10.2307/1907330"
_GATED = "null with the reason where a gate is not passed"

FEATURES: Final = (
    FeatureSpec(
        name=n.REVENUE,
        unit="money",
        formula="price × quantity sold, added up: row: of the day, an outcome and no input; "
        "product: of all days before as_of",
        parity=close(),
        nulls="never",
        source="identity",
    ),
    FeatureSpec(
        name=n.CHANGE,
        unit="1",
        formula="price / price of the product's previous day with a row − 1",
        parity=close(),
        nulls="null where there is no earlier day",
        source="relative change; product: the last change before as_of",
    ),
    FeatureSpec(
        name=n.DISCOUNT,
        unit="1",
        formula="max(0, 1 − price / highest price of the product in the `reference_days` before)",
        parity=close(),
        nulls="null where those days have no price",
        source="regular price as the recent maximum: Blattberg, Neslin, Sales Promotion (1990), "
        "ch. 12",
    ),
    FeatureSpec(
        name=n.IN_HISTORY,
        unit="1",
        formula="price / mean price of the product over all its earlier days",
        parity=close(),
        nulls="null where there is no earlier day",
        source="price relative to an internal reference: Winer (1986), doi:10.1086/209064",
    ),
    FeatureSpec(
        name=n.IN_CATEGORY,
        unit="1",
        formula="price / mean price over product-days of the category's other products in the "
        "`category_days` before",
        parity=close(),
        nulls="null where no other product of the category had a price in those days, and without "
        "a category",
        source="relative price: Wedel, Leeflang (1998), doi:10.1016/S0167-8116(97)00033-6",
        needs=(n.CATEGORY,),
    ),
    FeatureSpec(
        name=n.TREND,
        unit="1",
        formula="quantity sold in the `trend_days` before / quantity sold in the `trend_days` "
        "before those; days without a row count as 0",
        parity=close(),
        nulls="null where the product's first day lies less than both windows back, or nothing "
        "was sold in the earlier one",
        source="ratio of adjacent windows",
    ),
    FeatureSpec(
        name=n.ELASTICITY,
        unit="1",
        formula="least-squares slope of ln quantity on ln price over days with sales; with a "
        "promotion flag that varies, both are first cleared of it",
        parity=close(),
        nulls=_GATED,
        source=f"{_LOG_LOG}; partialling out: {_FWL}; own-price, not causal: prices answer to "
        "demand",
    ),
    FeatureSpec(
        name=n.POINTS,
        unit="days",
        formula="days with sales that the elasticity is told from",
        parity=EXACT,
        nulls="never; 0 without history",
        source="number of observations",
    ),
    FeatureSpec(
        name=n.FIT,
        unit="1",
        formula="1 − residual / total sum of squares of ln quantity, promotion included",
        parity=close(1e-6),
        nulls=f"{_GATED}, and where quantity never varied",
        source="coefficient of determination of the same regression",
    ),
    FeatureSpec(
        name=n.ERROR,
        unit="1",
        formula="sqrt(residual sum of squares / (n − coefficients) / sum of squares of ln price, "
        "cleared of promotion)",
        parity=close(1e-6),
        nulls=_GATED,
        source="classical standard error of the slope of the same regression",
    ),
    FeatureSpec(
        name=n.REASON,
        unit="text",
        formula="the first gate that is not passed: too few days with sales, too few different "
        "prices, price hardly varies, price follows promotion",
        parity=EXACT,
        nulls="null where there is an elasticity",
        source="gates: `minimum_points`, `minimum_prices`, `minimum_log_price_sd`",
    ),
)
"""The features, in the order of the output."""
