"""The columns of the result, the same at both levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow.schema import ColumnSchema, EventSchema
from eventflow_price import names as n
from eventflow_price.dictionary import FEATURES
from eventflow_price.elasticity import PROMOTED, elasticity
from eventflow_price.ratios import in_category, ratios

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from eventflow.frame import EventFrame
    from eventflow_price.options import PriceConfig


def described(frame: EventFrame, parts: pl.LazyFrame, options: PriceConfig) -> EventFrame:
    """Return keys and features, from rows that hold what those are made of."""
    found = parts.collect_schema().names()
    promoted = set(PROMOTED) <= set(found)
    made = {e.meta.output_name(): e for e in _features(options, promoted=promoted)}
    wanted = [f for f in FEATURES if f.name != n.IN_CATEGORY or n.CATEGORY in found]
    lazy = parts.select(*_carried(found), *(made[f.name] for f in wanted))
    columns = {n.PRICE: ColumnSchema(unit="money")}
    columns |= {f.name: ColumnSchema(unit=f.unit, description=f.formula) for f in wanted}
    time = n.DATE if n.DATE in found else None
    schema = EventSchema(entity=n.PRODUCT, timestamp=time, columns=columns)
    return frame.with_lazy(lazy, schema=schema)


def _carried(found: Collection[str]) -> Iterator[pl.Expr]:
    yield from (pl.col(name) for name in (n.PRODUCT, n.DATE, n.CATEGORY) if name in found)
    amounts = (name for name in (n.PRICE, n.QUANTITY) if name in found)
    # Polars multiplies by the inverse of a number, which rounding to the decimals mends.
    yield from ((pl.col(name) / n.UNITS).round(n.DECIMALS) for name in amounts)


def _features(options: PriceConfig, *, promoted: bool) -> Iterator[pl.Expr]:
    paid = pl.col(n.REVENUE).cast(pl.Float64) / n.UNITS**2
    yield paid.round(2 * n.DECIMALS).alias(n.REVENUE)
    yield from ratios(options)
    yield in_category()
    yield from elasticity(options, promoted=promoted)
