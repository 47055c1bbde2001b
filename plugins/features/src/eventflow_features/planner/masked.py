"""The masked form: group-bys over the rows, in which conditions and windows mask values.

Most aggregates share one group-by. Diversities see how often each value occurs: those of one value
share a group-by over group and value, and what is merged by adding rides along with the first of
these, so that there is no second one over the rows, and no join.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow_features.aggregates.diversity import Diversity
from eventflow_features.planner.families import partials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.aggregate import Aggregate

    Bound = tuple[Aggregate, pl.DataType]

_VALUE, _TIMES = "__eventflow_value", "__eventflow_times_{}"


def masked(rows: pl.LazyFrame, by: Sequence[str], bound: Sequence[Bound]) -> pl.LazyFrame:
    """Return one row per group: the key, then the answers.

    Args:
        rows: Rows that all count.
        by: Columns of the group.
        bound: The aggregates, each with the dtype of its values.
    """
    alike: dict[str, list[Diversity]] = {}
    others: list[Bound] = []
    for aggregate, dtype in bound:
        if isinstance(aggregate, Diversity):
            alike.setdefault(str(aggregate.of.value), []).append(aggregate)
        else:
            others.append((aggregate, dtype))
    counted = [*alike.values()]
    if counted and all(getattr(a, "additive", False) for a, _ in others):
        first, *counted = counted
        grouped = _by_value(rows, by, first, others)
    else:
        grouped = _at_once(rows, by, others)
    for same in counted:
        grouped = grouped.join(_by_value(rows, by, same, ()), on=by, how="left")
    return grouped.select(*by, *(aggregate.name for aggregate, _ in bound))


def _at_once(rows: pl.LazyFrame, by: Sequence[str], bound: Sequence[Bound]) -> pl.LazyFrame:
    """Fold the rows of a group at once."""
    parts: dict[str, pl.Expr] = {}
    answers: list[pl.Expr] = []
    for aggregate, dtype in bound:
        direct = aggregate.direct(dtype)
        parts |= aggregate.partial(dtype) if direct is None else {aggregate.name: direct}
        answers.append(aggregate.finish() if direct is None else pl.col(aggregate.name))
    grouped = rows.group_by(by).agg(e.alias(name) for name, e in parts.items())
    return grouped.select(*by, *answers)


def _by_value(
    rows: pl.LazyFrame, by: Sequence[str], diverse: Sequence[Diversity], others: Sequence[Bound]
) -> pl.LazyFrame:
    """Fold the rows of each value of a group, and these into one row per group.

    A sixth of the time of lists where groups are small.

    Args:
        rows: The rows.
        by: Columns of the group.
        diverse: They may differ in which rows they look at, not in the value.
        others: What is merged by adding.
    """
    times = {_TIMES.format(i): a for i, a in enumerate(diverse)}
    parts, _ = partials(others)
    merged: dict[str, pl.Expr] = {}
    for aggregate, _dtype in others:
        merged |= aggregate.merge()
    known = pl.col(_VALUE).is_not_null()
    found = rows.group_by(*by, diverse[0].of.value.alias(_VALUE)).agg(
        *(a.of.rows().alias(name) for name, a in times.items()),
        *(e.alias(name) for name, e in parts.items()),
    )
    masks = (pl.when(known & (pl.col(n) > 0)).then(n).cast(pl.Float64).alias(n) for n in times)
    folded = found.with_columns(masks).group_by(by).agg(
        *(a.of_times(pl.col(name)).alias(a.name) for name, a in times.items()),
        *(e.alias(name) for name, e in merged.items()),
    )  # fmt: skip
    names = (a.name for a in diverse)
    return folded.select(*by, *names, *(a.finish() for a, _ in others))
