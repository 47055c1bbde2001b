"""The feature dictionary of buyers: what transactions tell beyond the nine features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventflow.blueprint import EXACT, FeatureSpec, close
from eventflow_churn import names as n

if TYPE_CHECKING:
    from eventflow_churn.options import ChurnConfig

_RFM = "RFM analysis: Hughes, Strategic Database Marketing (1994)"
_BG_NBD = "Fader, Hardie and Lee (2005), doi:10.1287/mksc.1040.0098"
_NO_PURCHASE = "null for customers without a purchase"
_ONE_PURCHASE = "null for customers with purchases on fewer than two days"

BUYING_FEATURES: Final = (
    FeatureSpec(
        name=n.RFM_RECENCY,
        unit="days",
        formula="days of the calendar from the last purchase to as_of",
        parity=EXACT,
        nulls=_NO_PURCHASE,
        source=_RFM,
    ),
    FeatureSpec(
        name=n.RFM_FREQUENCY,
        unit="purchases",
        formula="number of purchases, distinct ones where `purchases.distinct` is given",
        parity=EXACT,
        nulls="never; 0 without a purchase",
        source=_RFM,
    ),
    FeatureSpec(
        name=n.RFM_MONETARY,
        unit="value",
        formula="sum of the known amounts of purchases; what was taken back is not subtracted",
        parity=EXACT,
        nulls="never; 0 without a purchase",
        source=_RFM,
    ),
    FeatureSpec(
        name=n.BTYD_FREQUENCY,
        unit="days",
        formula="x: days with a purchase after the first such day",
        parity=EXACT,
        nulls=_NO_PURCHASE,
        source=f"repeat transactions, one a day: {_BG_NBD}",
    ),
    FeatureSpec(
        name=n.BTYD_RECENCY,
        unit="days",
        formula="t_x: days from the first purchase to the last; unlike rfm_recency, larger is "
        "more recent",
        parity=EXACT,
        nulls=_NO_PURCHASE,
        source=_BG_NBD,
    ),
    FeatureSpec(
        name=n.BTYD_AGE,
        unit="days",
        formula="T: days from the first purchase to as_of",
        parity=EXACT,
        nulls=_NO_PURCHASE,
        source=_BG_NBD,
    ),
    FeatureSpec(
        name=n.BTYD_ALIVE,
        unit="1",
        formula="1 / (1 + a / (b + x - 1) * ((alpha + T) / (alpha + t_x))^(r + x)), times in units "
        "of `bg_nbd.unit_days`; 1 where x = 0",
        parity=close(),
        nulls=f"{_NO_PURCHASE}; one-time buyers are alive by the model's definition",
        source=f"P(alive) of BG/NBD: {_BG_NBD}, with parameters that were fitted elsewhere",
    ),
    FeatureSpec(
        name=n.GAP,
        unit="days",
        formula="mean days between successive days with a purchase: t_x / x",
        parity=close(),
        nulls=_ONE_PURCHASE,
        source="mean inter-purchase time: Schmittlein, Morrison and Colombo (1987), "
        "doi:10.1287/mnsc.33.1.1",
    ),
    FeatureSpec(
        name=n.OVERDUE,
        unit="1",
        formula="rfm_recency / purchase_gap_mean: above 1 the customer is later than usual",
        parity=close(),
        nulls=_ONE_PURCHASE,
        source="recency scaled by the customer's own rhythm",
    ),
    FeatureSpec(
        name=n.TREND,
        unit="1",
        formula="days with a purchase in the `trend_days` before as_of / those in the `trend_days` "
        "before",
        parity=close(),
        nulls="null where the earlier window has no purchase",
        source="ratio of adjacent windows",
    ),
)
"""The features of buyers that `purchases` gives, in the order of the output."""


def bought_features(options: ChurnConfig) -> tuple[FeatureSpec, ...]:
    """Return those that the options ask for: none without `purchases`, P(alive) with `bg_nbd`."""
    if options.purchases is None:
        return ()
    left_out = set() if options.bg_nbd is not None else {n.BTYD_ALIVE}
    return tuple(feature for feature in BUYING_FEATURES if feature.name not in left_out)
