"""By hand in Polars: tiles over one packed integer key, merged per window, then pivoted."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import windows_shape as shape
from timing import timed

GROUPS = len(shape.KINDS) * 2
TILES = len(shape.DAYS)
FOLDS = {"n": "sum", "total": "sum", "low": "min", "high": "max"}


def job(events: str, parquet: str) -> None:
    """Run it."""
    tiles = fold(pl.scan_parquet(events).filter(pl.col("day") < shape.AS_OF))
    by_card = merge(tiles, pl.col("card"), shape.CARDS)
    by_channel = merge(tiles, pl.col("channel"), shape.CHANNELS)
    wide = by_card.join(by_channel, on="customer", how="full", coalesce=True)
    shape.in_order(wide).write_parquet(parquet)


def fold(rows: pl.LazyFrame) -> pl.DataFrame:
    """Fold rows into tiles of customer, card, channel, kind and time."""
    tile: pl.Expr = pl.lit(TILES - 1, pl.UInt32)
    for i, days in reversed(list(enumerate(shape.DAYS[:-1]))):
        edge = shape.AS_OF - timedelta(days=days)
        tile = pl.when(pl.col("day") >= edge).then(pl.lit(i, pl.UInt32)).otherwise(tile)
    card = (pl.col("card") == shape.CARDS[1]).cast(pl.UInt32)
    channel = (pl.col("channel") == shape.CHANNELS[1]).cast(pl.UInt32)
    kind = pl.col("kind").cast(pl.Enum(shape.KINDS)).to_physical().cast(pl.UInt32)
    code = (((card * 2 + channel) * len(shape.KINDS)) + kind) * TILES + tile
    amount = pl.col(shape.AMOUNT)
    folded = (
        rows.group_by((pl.col("customer") * (4 * len(shape.KINDS) * TILES) + code).alias("key"))
        .agg(n=pl.len(), total=amount.sum(), low=amount.min(), high=amount.max())
        .with_columns(tile=pl.col("key") % TILES, key=pl.col("key") // TILES)
        .with_columns(kind=pl.col("key") % len(shape.KINDS), key=pl.col("key") // len(shape.KINDS))
    )
    return folded.select(
        "tile", "kind", *FOLDS, channel=pl.col("key") % 2, card=pl.col("key") // 2 % 2,
        customer=pl.col("key") // 4,
    ).collect()  # fmt: skip


def merge(tiles: pl.DataFrame, first: pl.Expr, values: tuple[str, ...]) -> pl.DataFrame:
    """Merge the tiles of each window for one grouping, and spread it over columns."""
    merged = (
        tiles.lazy()
        .group_by("customer", (first * len(shape.KINDS) + pl.col("kind")).alias("group"))
        .agg(
            getattr(pl.when(pl.col("tile") <= i).then(part), fold)().alias(f"{part}_{days}")
            for i, days in enumerate(shape.DAYS)
            for part, fold in FOLDS.items()
        )
        .select("customer", "group", *_finished())
        .collect()
    )
    wide = merged.pivot(
        on="group", on_columns=range(GROUPS), index="customer", maintain_order=False
    )
    names = {
        f"{aggregate}_{days}_{values.index(v) * len(shape.KINDS) + k}": shape.column(
            v, kind, days, aggregate
        )
        for v in values
        for k, kind in enumerate(shape.KINDS)
        for days in shape.DAYS
        for aggregate in shape.AGGREGATES
    }
    return wide.rename(names)


def _finished() -> list[pl.Expr]:
    exprs = []
    for days in shape.DAYS:
        n, total = pl.col(f"n_{days}"), pl.col(f"total_{days}")
        mean = pl.when(n > 0).then(total / n)
        parts = (n, total, mean, pl.col(f"low_{days}"), pl.col(f"high_{days}"))
        exprs += [
            part.alias(f"{aggregate}_{days}")
            for aggregate, part in zip(shape.AGGREGATES, parts, strict=True)
        ]
    return exprs


if __name__ == "__main__":
    timed(job)
