"""The step `deduplicate`: one row for each key, the others counted and kept aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl
from pydantic import Field

from eventflow.base import BaseStep, ComponentConfig
from eventflow.frame import REASON, Account, EventFrame
from eventflow.types import Locality, Rows, aggregate
from eventflow_features.errors import MissingOptionError, require_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

_COPIES = "__eventflow_copies"
_ROW = "__eventflow_row"
_TIME = "keep"


class DeduplicateStep(BaseStep):
    """Keep one row of those that share a key. Nulls are equal to each other.

    The same row is kept whatever the order of the rows: ``first`` and ``last`` go by time, then by
    `tie_break`, then by all other columns; ``any`` goes by all other columns. Among equals, ``any``
    and ``first`` take the smallest (null is largest), ``last`` the largest (null is smallest).

    Columns keep their order and dtype. It is a group-by on the key and streams; memory grows with
    the number of different keys. With outcome ``quarantined`` the surplus rows are worked out in a
    second group-by on whole rows.

    Raises while the plan is built: `SchemaError` (EF301, no such column), `MissingOptionError`
    (EF323, ``first`` or ``last`` without a time).
    """

    rows: ClassVar[Rows] = "accounted"

    class Config(ComponentConfig):
        """Options.

        Attributes:
            by: Columns of the key; all columns if not given.
            keep: Which row stays.
            time: Column that ``first`` and ``last`` go by; the schema's timestamp if not given.
            tie_break: Columns that decide between equal times.
            reason: Why the others leave; ``duplicate`` if not given.
            outcome: What becomes of the others.
        """

        by: tuple[str, ...] | None = Field(default=None, min_length=1)
        keep: Literal["any", "first", "last"] = "any"
        time: str | None = None
        tie_break: tuple[str, ...] = ()
        reason: str | None = Field(default=None, min_length=1)
        outcome: Literal["quarantined", "dropped"] = "quarantined"

    @property
    def locality(self) -> Locality:
        """Folds rows per key."""
        return aggregate(*(self.config.by or ()))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Keep one row for each key, lazily."""
        del state
        columns = list(frame.columns())
        by = list(self.config.by or columns)
        order = self._order(frame, by)
        grouped = _grouped(frame.lazy, by, order, keep=self.config.keep)
        kept = grouped.select(columns)
        reason = self._reason()
        others = (pl.col(_COPIES) - 1).sum().cast(pl.UInt64)
        rejected = _surplus(frame.lazy, kept).with_columns(pl.lit(reason).alias(REASON))
        return frame.with_lazy(kept).account(
            Account(
                counts=grouped.select(pl.lit(reason).alias("reason"), others.alias("rows")),
                outcomes={reason: self.config.outcome},
                rejected=rejected if self.config.outcome == "quarantined" else None,
            )
        )

    def _order(self, frame: EventFrame, by: Sequence[str]) -> list[str]:
        """Return what decides between rows of one key: every column outside it, the named first."""
        found = frame.columns()
        require_columns(by, found, key="by")
        require_columns(self.config.tie_break, found, key="tie_break")
        first = list(self.config.tie_break)
        if self.config.keep != "any":
            time = self.config.time or frame.schema.timestamp
            if time is None:
                raise MissingOptionError.time(_TIME)
            require_columns([time], found, key="time")
            first.insert(0, time)
        return [c for c in dict.fromkeys((*first, *found)) if c not in by]

    def _reason(self) -> str:
        if self.config.reason is not None:
            return str(self.config.reason)
        by = self.config.by
        return "duplicate" if by is None else f"duplicate {', '.join(by)}"


def _grouped(
    rows: pl.LazyFrame, by: Sequence[str], order: Sequence[str], *, keep: str
) -> pl.LazyFrame:
    """Return one row per key with all columns, and in `_COPIES` how many rows shared it."""
    copies = pl.len().cast(pl.Int64).alias(_COPIES)
    if not order:
        return rows.group_by(by).agg(copies)
    row = pl.struct(order)
    chosen = (
        row.sort_by(order, nulls_last=False).last()
        if keep == "last"
        else row.sort_by(order, nulls_last=True).first()
    )
    return rows.group_by(by).agg(copies, chosen.alias(_ROW)).unnest(_ROW)


def _surplus(rows: pl.LazyFrame, kept: pl.LazyFrame) -> pl.LazyFrame:
    """Return the rows that are not kept: each distinct row as often as it is left over."""
    columns = pl.all().exclude(_COPIES)
    counted = pl.concat(
        [
            rows.with_columns(pl.lit(1, pl.Int64).alias(_COPIES)),
            kept.with_columns(pl.lit(-1, pl.Int64).alias(_COPIES)),
        ],
        how="vertical",
    )
    left = counted.group_by(columns).agg(pl.col(_COPIES).sum()).filter(pl.col(_COPIES) > 0)
    each = left.with_columns(pl.int_ranges(pl.col(_COPIES)).alias(_COPIES))
    return each.explode(_COPIES, empty_as_null=False).drop(_COPIES)
