"""From counted categories to codes: what encoding learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import polars as pl
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TWO = 2


@frozen(kw_only=True)
class Codes:
    """How the categories of one column are encoded.

    Attributes:
        method: ``label``, ``one_hot``, ``frequency``, ``target`` or ``target_ordered``.
        categories: The categories as text, in the order of their codes; None stands for null.
        values: For each category: nothing, its share of rows, its target means (from all rows, then
            without each fold), or number and sum of its targets.
        unseen: The same for what is none of them.
        rare: Whether there is a column for rare categories.
    """

    method: str
    categories: tuple[str | None, ...] = ()
    values: tuple[tuple[float | None, ...], ...] = ()
    unseen: tuple[float | None, ...] = ()
    rare: bool = False


@frozen(kw_only=True)
class EncodeState:
    """What was learned.

    Attributes:
        columns: Column → its codes.
        probe: Hash of a known text, which tells whether folds are still dealt alike.
        until: Last time of the fitting data in microseconds since 1970, for ``target_ordered``.
    """

    columns: dict[str, Codes]
    probe: str
    until: int | None = None


@frozen(kw_only=True)
class Fitting:
    """The options that decide what codes become; see `EncodeStep.Config`."""

    limit: int
    minimum_rows: int
    categories: Mapping[str, Sequence[str]]
    supervised: bool
    smoothing: float | Literal["auto"]
    folds: int

    def state(self, statistics: pl.DataFrame, *, probe: str) -> EncodeState:
        """Turn counted categories, one row each, into codes."""
        told = statistics.filter(pl.col("method").is_not_null())
        cells = statistics.filter(pl.col("method").is_null())
        parts = cells.partition_by("column", as_dict=True)
        columns = {
            row["column"]: self._codes(row, parts.get((row["column"],), cells.clear()))
            for row in told.iter_rows(named=True)
        }
        until: Any = cells["until"].max()
        return EncodeState(columns=columns, probe=probe, until=until)

    def _codes(self, told: Mapping[str, Any], cells: pl.DataFrame) -> Codes:
        known = cells.filter(pl.col("category").is_not_null())
        counted = known.group_by("category").agg(pl.col("n").sum())
        number = pl.col("category").cast(pl.Int128) if told["numeric"] else pl.col("category")
        counted = counted.sort(number)
        method = self._resolved(told["method"], counted.height)
        given = self.categories.get(told["column"])
        if method == "target":
            return self._target(cells)
        if method == "target_ordered":
            return _totals(cells)
        if method == "frequency":
            shares = (counted["n"] / max(int(counted["n"].sum()), 1)).to_list()
            return Codes(
                method=method,
                categories=tuple(counted["category"]),
                values=tuple((share,) for share in shares),
            )
        if given is not None:
            return Codes(method=method, categories=tuple(given))
        return (
            self._one_hot(counted)
            if method == "one_hot"
            else Codes(method=method, categories=tuple(counted["category"]))
        )

    def _resolved(self, method: str, categories: int) -> str:
        if method != "auto":
            return method
        if categories <= _TWO:
            return "label"
        if categories <= self.limit:
            return "one_hot"
        return "target" if self.supervised else "frequency"

    def _one_hot(self, counted: pl.DataFrame) -> Codes:
        """Keep the most frequent, of equals the first in order; the others are rare."""
        placed = counted.with_row_index("place")
        frequent = placed.filter(pl.col("n") >= self.minimum_rows)
        if frequent.height < placed.height or frequent.height > self.limit:
            ranked = frequent.sort(["n", "place"], descending=[True, False])
            frequent = ranked.head(self.limit - 1).sort("place")
        return Codes(
            method="one_hot",
            categories=tuple(frequent["category"]),
            rare=frequent.height < placed.height,
        )

    def _target(self, cells: pl.DataFrame) -> Codes:
        cells = cells.filter(pl.col("mean").is_not_null())
        names = cells.select(pl.col("category").unique()).sort("category").with_row_index("code")
        coded = cells.join(names, on="category", nulls_equal=True).drop("category")
        columns, unseen = [], []
        for slot in [None, *range(self.folds)] if self.folds > 1 else [None]:
            part = coded if slot is None else coded.filter(pl.col("fold") != slot)
            means, overall = _shrunk(part, self.smoothing)
            joined = names.join(means, on="code", how="left", maintain_order="left")["encoded"]
            columns.append(joined if overall is None else joined.fill_null(overall))
            unseen.append(overall)
        return Codes(
            method="target",
            categories=tuple(names["category"]),
            values=tuple(zip(*columns, strict=True)),
            unseen=tuple(unseen),
        )


def _shrunk(
    cells: pl.DataFrame, smoothing: float | Literal["auto"]
) -> tuple[pl.DataFrame, float | None]:
    """Return code → encoding, and the overall mean (None without any target).

    Counts, means and squared deviations of parts are merged as Chan, Golub and LeVeque (1983) do.
    """
    if cells.is_empty():
        return cells.select("code", encoded="mean"), None
    n, mean, m2 = pl.col("n"), pl.col("mean"), pl.col("m2")
    by = _merged(cells, "code")
    rows, overall, spread = _merged(by.with_columns(all=0), "all").select("n", "mean", "m2").row(0)
    if smoothing != "auto":
        shrunk = (n * mean + smoothing * overall) / (n + smoothing)
    elif spread > 0:
        variance = spread / rows
        trust = variance * n / (variance * n + m2 / n)
        shrunk = trust * mean + (1 - trust) * overall
    else:
        shrunk = pl.lit(overall)
    return by.select("code", encoded=shrunk), float(overall)


def _merged(cells: pl.DataFrame, by: str) -> pl.DataFrame:
    """Merge counts, means and squared deviations of the cells that share a key."""
    n, mean = pl.col("n"), pl.col("mean")
    weighed = cells.with_columns(total=n * mean)
    centers = weighed.group_by(by).agg(center=pl.col("total").sum() / n.sum())
    away = cells.join(centers, on=by).with_columns(
        m2=pl.col("m2") + n * (mean - pl.col("center")) ** 2
    )
    return away.group_by(by).agg(
        n.sum(), pl.col("center").first().alias("mean"), pl.col("m2").sum()
    )


def _totals(cells: pl.DataFrame) -> Codes:
    known = cells.filter(pl.col("mean").is_not_null())
    total = (pl.col("n") * pl.col("mean")).sum().alias("total")
    by = known.group_by("category").agg(pl.col("n").sum(), total).sort("category")
    overall = known.select(pl.col("n").sum(), total).row(0)
    by = by.filter(pl.col("category").is_not_null())
    return Codes(
        method="target_ordered",
        categories=tuple(by["category"]),
        values=tuple(zip(by["n"].cast(pl.Float64), by["total"], strict=True)),
        unseen=(float(overall[0]), float(overall[1])),
    )
