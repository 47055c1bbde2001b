"""Target statistics from the past only: what was known of a category before each row's time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
from attrs import frozen

from eventflow_features.prepare.categories import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow_features.prepare.fitting import Codes

_TIME: Final = "__eventflow_time"
_LATER: Final = "__eventflow_later"
_CATEGORY: Final = "__eventflow_category"
_N: Final = "__eventflow_n"
_SUM: Final = "__eventflow_sum"
_ALL: Final = ("__eventflow_all_n", "__eventflow_all_sum")
_PAST: Final = "__eventflow_past_"
_BEFORE_ALL: Final = -(2**62)


@frozen(kw_only=True)
class Clock:
    """When targets are known, and how they weigh.

    Attributes:
        time: Microseconds since 1970.
        target: The target; None where the data has none.
        until: Last time of the fitting data; rows after it also count the fitting data.
        delay: Microseconds after which a row's target is known.
        weight: Weight of the prior, in rows.
        prior: Prior when nothing is past; None gives null.
    """

    time: pl.Expr
    target: pl.Expr | None
    until: int | None
    delay: int
    weight: float
    prior: float | None


def with_past_means(
    rows: pl.LazyFrame, codes: Mapping[str, Codes], clock: Clock
) -> tuple[pl.LazyFrame, dict[str, pl.Expr], list[str]]:
    """Compute, for each column, the shrunk mean of its category's targets known before each row.

    Rows up to the end of the fitting data (and the delay after it) look at the rows of this frame
    alone; rows after it count what was fitted, and the rows of this frame that came since.

    Returns:
        The rows with more columns; for each column what replaces it; the columns to drop then.
    """
    end = _BEFORE_ALL if clock.until is None else clock.until
    marked = rows.with_columns(
        clock.time.fill_null(_BEFORE_ALL).alias(_TIME),
        (clock.time > end + clock.delay).fill_null(value=False).alias(_LATER),
    )
    known = _known(rows, list(codes), clock, end)
    marked = _joined(marked, known, (_LATER,), _ALL)
    made: dict[str, pl.Expr] = {}
    temporary = [_TIME, _LATER, *_ALL]
    for number, (column, code) in enumerate(codes.items()):
        category, n, total = (f"{_PAST}{number}{part}" for part in ("c", "n", "s"))
        marked = marked.with_columns(text(column).alias(category))
        of_column = None if known is None else known.rename({f"{_CATEGORY}{number}": category})
        marked = _joined(marked, of_column, (category, _LATER), (n, total))
        value = _shrunk(code, clock, category=pl.col(category), n=pl.col(n), total=pl.col(total))
        placed = (pl.col(_TIME) > _BEFORE_ALL) & pl.col(category).is_not_null()
        made[column] = pl.when(placed).then(value)
        temporary += [category, n, total]
    return marked, made, temporary


def _known(
    rows: pl.LazyFrame, columns: Sequence[str], clock: Clock, end: int
) -> pl.LazyFrame | None:
    """Return the targets, and when each was known; None where the data has none."""
    if clock.target is None:
        return None
    named = [text(column).alias(f"{_CATEGORY}{i}") for i, column in enumerate(columns)]
    return rows.select(
        *named,
        (clock.time > end).alias(_LATER),
        (clock.time + clock.delay).alias(_TIME),
        clock.target.alias(_SUM),
    ).drop_nulls([_TIME, _SUM])


def _joined(
    marked: pl.LazyFrame, known: pl.LazyFrame | None, by: Sequence[str], names: tuple[str, str]
) -> pl.LazyFrame:
    """Add number and sum of the targets of each group that were known before the row's time."""
    if known is None:
        return marked.with_columns(pl.lit(0.0).alias(name) for name in names)
    n, total = names
    each = known.group_by(*by, _TIME).agg(
        pl.len().cast(pl.Float64).alias(n), pl.col(_SUM).sum().alias(total)
    )
    running = each.with_columns(pl.col(n, total).cum_sum().over(by, order_by=_TIME))
    joined = marked.sort(*by, _TIME).join_asof(
        running.sort(*by, _TIME),
        on=_TIME,
        by=list(by),
        strategy="backward",
        allow_exact_matches=False,
        check_sortedness=False,  # both are sorted in the plan, group by group
    )
    return joined.with_columns(pl.col(n, total).fill_null(0.0))


def _shrunk(
    codes: Codes, clock: Clock, *, category: pl.Expr, n: pl.Expr, total: pl.Expr
) -> pl.Expr:
    later, (all_n, all_total) = pl.col(_LATER), map(pl.col, _ALL)
    fitted = [
        category.replace_strict(
            pl.Series(codes.categories, dtype=pl.String),
            pl.Series([value[part] for value in codes.values], dtype=pl.Float64),
            default=0.0,
            return_dtype=pl.Float64,
        )
        for part in (0, 1)
    ]
    n = n + pl.when(later).then(fitted[0]).otherwise(0.0)
    total = total + pl.when(later).then(fitted[1]).otherwise(0.0)
    all_n = all_n + pl.when(later).then(codes.unseen[0]).otherwise(0.0)
    all_total = all_total + pl.when(later).then(codes.unseen[1]).otherwise(0.0)
    prior = pl.when(all_n > 0).then(all_total / all_n).otherwise(pl.lit(clock.prior, pl.Float64))
    if clock.weight == 0:
        return pl.when(n > 0).then(total / n).otherwise(prior)
    return (total + clock.weight * prior) / (n + clock.weight)
