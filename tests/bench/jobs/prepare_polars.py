"""The same work written by hand in Polars: read once, learn in three passes, compute, write."""

from __future__ import annotations

from typing import Any

import polars as pl
from timing import timed

FLOATS = [f"x{i}" for i in range(12)]
NUMBERS = [*FLOATS, "n0", "n1"]
FEW, MANY = ["kind", "size", "colour"], ["shop", "city"]
WEIGHT = 10.0


def job(source: str, target: str) -> None:
    """Run it."""
    rows = pl.read_parquet(source).lazy()
    fill = _row(
        rows.select(
            pl.col(FLOATS).median(), *(pl.col(c).drop_nulls().mode().min() for c in (*FEW, *MANY))
        )
    )
    filled = rows.with_columns(pl.col(c).fill_null(pl.lit(value)) for c, value in fill.items())
    quartiles = _row(filled.select(pl.col(NUMBERS).quantile([0.25, 0.75], "linear")))
    capped = filled.with_columns(_capped(c, quartiles) for c in NUMBERS)
    spread, overall, *maps = pl.collect_all(
        [
            capped.select(pl.col(NUMBERS).mean(), pl.col(NUMBERS).std(ddof=0).name.suffix(" sd")),
            filled.select(pl.col("y").mean()),
            *(filled.select(pl.col(c).unique().sort()) for c in FEW),
            *(
                filled.group_by(c).agg(n=pl.len().cast(pl.Float64), total=pl.col("y").sum())
                for c in MANY
            ),
        ],
        engine="streaming",
    )
    by = spread.row(0, named=True)
    few = {c: table[c].to_list() for c, table in zip(FEW, maps, strict=False)}
    means = dict(zip(MANY, maps[len(FEW) :], strict=True))
    made = [(pl.col(c) - by[c]) / by[f"{c} sd"] for c in NUMBERS]
    hot = [(pl.col(c) == v).cast(pl.UInt8).alias(f"{c}_{v}") for c in FEW for v in few[c]]
    many = [_encoded(c, table, overall.item()) for c, table in means.items()]
    capped.with_columns(*made, *hot, *many).drop(FEW).sink_parquet(target, compression_level=1)


def _row(query: pl.LazyFrame) -> dict[str, Any]:
    return query.collect(engine="streaming").row(0, named=True)


def _capped(column: str, quartiles: dict[str, list[float]]) -> pl.Expr:
    first, third = quartiles[column]
    reach = 1.5 * (third - first)
    return pl.col(column).clip(first - reach, third + reach)


def _encoded(column: str, table: pl.DataFrame, overall: float) -> pl.Expr:
    shrunk = (table["total"] + WEIGHT * overall) / (table["n"] + WEIGHT)
    return pl.col(column).replace_strict(table[column], shrunk, default=overall)


if __name__ == "__main__":
    timed(job)
