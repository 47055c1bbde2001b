"""The feature dictionary: what the blueprint reads and what it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventflow.blueprint import EXACT, FeatureSpec, FieldSpec, close
from eventflow_revenue import names as n

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS: Final = (
    FieldSpec(
        name=n.DATE,
        families=("temporal",),
        description="day, or moment, of the revenue",
        role="timestamp",
    ),
    FieldSpec(
        name=n.REVENUE,
        families=("numeric",),
        description="what came in; several rows of a day are added, what is paid back is negative",
        role="value",
    ),
    FieldSpec(
        name=n.COUNT,
        families=("numeric",),
        description="customers of the day; several rows of a day are added",
        required=False,
    ),
    FieldSpec(
        name=n.CUSTOMER,
        families=("string", "integer", "categorical"),
        description="transactions: who bought; distinct ones are counted where there is no "
        "customer_count",
        required=False,
    ),
    FieldSpec(
        name=n.SERIES,
        families=("string", "integer", "categorical"),
        description="what has revenue of its own: a shop, a country; one series without it",
        required=False,
    ),
)

_BOX_JENKINS = "Hyndman, Athanasopoulos, Forecasting: Principles and Practice, 3rd ed."
_CYCLES = {
    "day_of_week": ("day of the week (Monday to Sunday)", "ISO weeks"),
    "week_of_year": ("ISO week", "ISO years"),
    "month": ("month", "calendar years"),
    "quarter": ("quarter", "calendar years"),
}


def _means() -> Iterator[FeatureSpec]:
    for days in n.WINDOWS:
        yield FeatureSpec(
            name=n.mean(days),
            unit="revenue/day",
            formula=f"mean revenue of the {days} days that end with this one",
            parity=close(),
            nulls=f"null on the first {days - 1} days of a series",
            source=f"trailing moving average: {_BOX_JENKINS}, section 3.3",
        )


def _growths() -> Iterator[FeatureSpec]:
    for days in n.LAGS:
        yield FeatureSpec(
            name=n.growth(days),
            unit="1",
            formula=f"(R_t - R_(t-{days})) / |R_(t-{days})|",
            parity=close(),
            nulls=f"null on the first {days} days of a series, and where R_(t-{days}) is 0; "
            "rising from a negative base is positive",
            source=f"relative change: {_BOX_JENKINS}, section 3.1",
        )


def _seasonals() -> Iterator[FeatureSpec]:
    for season, (what, cycles) in _CYCLES.items():
        yield FeatureSpec(
            name=n.seasonal(season),
            unit="1",
            formula=f"mean daily revenue on this {what} / mean daily revenue, both over the "
            f"complete {cycles} before this one",
            parity=close(),
            nulls=f"null until a complete earlier cycle ({cycles}) has had this {what}, "
            "and where mean daily revenue is not positive",
            source=f"seasonal index, ratio to the mean: {_BOX_JENKINS}, section 3.4",
        )


def _volatilities() -> Iterator[FeatureSpec]:
    for days in n.WINDOWS:
        yield FeatureSpec(
            name=n.volatility(days),
            unit="revenue/day",
            formula=f"sample standard deviation (ddof 1) of daily revenue over the {days} days "
            "that end with this one",
            parity=close(),
            nulls=f"null on the first {days - 1} days of a series",
            source="sample standard deviation: NIST/SEMATECH e-Handbook, section 1.3.5.6",
        )


FEATURES: Final = (
    FeatureSpec(
        name=n.INCOMPLETE,
        unit="1",
        formula="whether the day was not over at as_of",
        parity=EXACT,
        nulls="never; true on the last day only, and only where as_of is no midnight",
        source="flagged, since every feature of such a day will still change",
    ),
    *_means(),
    *_growths(),
    *_seasonals(),
    *_volatilities(),
    FeatureSpec(
        name=n.PER_CUSTOMER,
        unit="revenue/customer",
        formula="revenue of the day / customers of the day",
        parity=close(),
        nulls="null on days without customers",
        source="average revenue per user: Farris et al., Marketing Metrics (2010), ch. 5",
        needs=(n.COUNT,),
    ),
)
"""The features, in the order of the output."""
