"""The feature dictionary: what the blueprint reads and what it makes."""

from __future__ import annotations

from typing import Final

from eventflow.blueprint import EXACT, FeatureSpec, FieldSpec, close
from eventflow_churn import names as n
from eventflow_churn.rfm_dictionary import BUYING_FEATURES

DAYS_PER_MONTH: Final = 30.4375
"""A month is a twelfth of a Julian year of 365.25 days."""

CUSTOMER_FIELD: Final = FieldSpec(
    name=n.CUSTOMER,
    families=("string", "integer", "categorical"),
    description="whom the features describe; text keeps its leading zeros",
    role="entity",
)

CUSTOMER_FIELDS: Final = (
    CUSTOMER_FIELD,
    FieldSpec(
        name=n.LAST,
        families=("temporal",),
        description="when the customer was last active",
    ),
    FieldSpec(
        name=n.CREATED,
        families=("temporal",),
        description="when the account was opened",
    ),
    FieldSpec(
        name=n.VALUE,
        families=("numeric",),
        description="what the customer has been worth so far, net of refunds",
    ),
    FieldSpec(
        name=n.TICKETS,
        families=("numeric",),
        description="support tickets since the account was opened",
        required=False,
    ),
    FieldSpec(
        name=n.USES,
        families=("numeric",),
        description="uses of the product since the account was opened",
        required=False,
    ),
    FieldSpec(
        name=n.PLAN,
        families=("string", "categorical"),
        description="plan the customer is on; one of `plans`",
        required=False,
    ),
)

TRANSACTION_FIELDS: Final = (
    CUSTOMER_FIELD,
    FieldSpec(
        name=n.TIMESTAMP,
        families=("temporal",),
        description="transactions: when it happened",
        role="timestamp",
    ),
    FieldSpec(
        name=n.AMOUNT,
        families=("numeric",),
        description="transactions: what it was worth; refunds are negative",
        role="value",
        required=False,
    ),
    FieldSpec(
        name=n.QUANTITY,
        families=("numeric",),
        description="transactions: pieces, where the amount is quantity times price",
        required=False,
    ),
    FieldSpec(
        name=n.PRICE,
        families=("numeric",),
        description="transactions: price of a piece",
        required=False,
    ),
)

_RATE_NULLS = (
    "null when tenure is null or under one whole day (a rate over no time is undefined), or when "
    "the numerator is null"
)
_PERSON_TIME = "incidence rate, events per time at risk: Rothman, Modern Epidemiology, ch. 3"

NINE: Final = (
    FeatureSpec(
        name=n.DAYS_SINCE,
        unit="days",
        formula="floor((as_of - last activity) / 24 h)",
        parity=EXACT,
        nulls="never; customers without activity before as_of are not in the result",
        source="recency in RFM analysis: Hughes, Strategic Database Marketing (1994)",
    ),
    FeatureSpec(
        name=n.TENURE,
        unit="days",
        formula="floor((as_of - account created) / 24 h)",
        parity=EXACT,
        nulls="null when the account's creation is unknown",
        source="T, the customer's age: Fader, Hardie and Lee (2005), doi:10.1287/mksc.1040.0098",
    ),
    FeatureSpec(
        name=n.VALUE_RATE,
        unit="value/day",
        formula="total value / tenure in days; negative when refunds exceed sales",
        parity=close(),
        nulls=_RATE_NULLS,
        source=_PERSON_TIME,
    ),
    FeatureSpec(
        name=n.SUPPORT,
        unit="tickets/month",
        formula=f"support tickets / (tenure in days / {DAYS_PER_MONTH})",
        parity=close(),
        nulls=_RATE_NULLS,
        source=f"{_PERSON_TIME}; month = 365.25 / 12 days (IAU Julian year)",
        needs=(n.TICKETS,),
    ),
    FeatureSpec(
        name=n.USAGE_RATE,
        unit="uses/day",
        formula="feature usage count / tenure in days",
        parity=close(),
        nulls=_RATE_NULLS,
        source=_PERSON_TIME,
        needs=(n.USES,),
    ),
    FeatureSpec(
        name=n.RECENCY,
        unit="1",
        formula="2^(-days since last activity / half_life_days)",
        parity=close(),
        nulls="never; 1 on the day of activity, 0.5 after one half-life",
        source="exponential decay by half-life: Ding and Li (2005), doi:10.1145/1099554.1099689",
    ),
    FeatureSpec(
        name=n.TIER,
        unit="quartile",
        formula="1 + number of fitted quartile edges of total value that lie below the value",
        parity=EXACT,
        nulls="null when the total value is null; a value on an edge belongs to the lower tier; "
        "tiers between equal edges stay empty, all values equal gives tier 1",
        source="quantiles of type 7: Hyndman and Fan (1996), doi:10.1080/00031305.1996.10473566",
    ),
    FeatureSpec(
        name=n.PLAN_SCORE,
        unit="1",
        formula="rank of the plan in `plans` / (number of plans - 1)",
        parity=close(),
        nulls="null without a plan or for a plan that is not in `plans`; the latter are counted",
        source="rank scaled to [0, 1], as for ordinal variables in Gower (1971) after "
        "Podani (1999), doi:10.2307/1224438",
        needs=(n.PLAN,),
    ),
    FeatureSpec(
        name=n.ENGAGEMENT,
        unit="1",
        formula="weighted mean of the components of `engagement`, each in [0, 1]; rates are "
        "scaled between fitted quantiles and clipped",
        parity=close(),
        nulls="components that are null or had no spread when fitted are left out and the weights "
        "of the others renormalised; null when none is left",
        source="RFM composite: Hughes (1994); winsorised min-max scaling: OECD, Handbook on "
        "Constructing Composite Indicators (2008), doi:10.1787/9789264043466-en",
    ),
)
"""The nine features, in the order of the output."""

FEATURES: Final = (*NINE, *BUYING_FEATURES)
"""Those, then the features of buyers."""

FEATURE_NAMES: Final = tuple(feature.name for feature in FEATURES)
