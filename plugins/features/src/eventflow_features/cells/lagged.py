"""The step `features.lagged`: what a cell's features were some bins of time before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import polars as pl
from pydantic import Field, PositiveInt

from eventflow.base import BaseStep, ComponentConfig
from eventflow.blueprint import EXACT, FeatureSpec
from eventflow.config import ONE_OR_MANY
from eventflow.frame import Account
from eventflow.schema import Dimension
from eventflow.types import Locality
from eventflow_features.aggregates.base import ordered
from eventflow_features.cells.calendar import Every, number
from eventflow_features.cells.checks import require_free, unit_of
from eventflow_features.cells.errors import UnfitBinError
from eventflow_features.errors import MissingOptionError, require_columns
from eventflow_features.keys import bins_of, places_or_entity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Rows

_BIN, _ROWS = "__eventflow_bin", "__eventflow_rows"
_REPEATED = "several rows of one key in one bin, so no lag can tell which"


class FeatureLagStep(BaseStep):
    """The value of the same cell, zone or entity `k` bins earlier: ``count_lag_1``.

    Bins are counted along the calendar, not along the rows: where the bin before has no row, the
    lag is null and not an older value. Shorter and longer bins, where clocks change, are one bin.

    Shape: the same rows in the same number; a column for each column and lag, with its dtype. Null:
    the earlier bin has no row for the key, its value is null, the row has no key or no bin, or the
    key has several rows in the earlier bin, which are counted as flagged. Parity: exact.

    No look-ahead: an earlier bin ends before this one, where bins do not overlap no later than this
    one begins. Where nothing happened in a bin there is no row: whether 0 is meant is for
    ``prepare.missing``, or ``time.fill`` before this step, to say.

    Raises while the plan is built: `SchemaError` (EF301), `NameTakenError` (EF322),
    `MissingOptionError` (EF323), `UnfitBinError` (EF345).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(ComponentConfig):
        """Options of `features.lagged`.

        Attributes:
            columns: Columns whose earlier values are wanted.
            lags: How many bins earlier.
            by: Columns of the key, beside the bin; not given: the schema's dimensions that are
                places, else its entity; ``[]``: one series.
            bin: Column of the start of the bins; not given: the schema's bin of time.
            every: Distance from the start of one bin to the next; not given: as `time.bin` made it.
        """

        columns: Annotated[tuple[str, ...], ONE_OR_MANY] = Field(min_length=1)
        lags: Annotated[tuple[PositiveInt, ...], ONE_OR_MANY] = Field(default=(1,), min_length=1)
        by: Annotated[tuple[str, ...], ONE_OR_MANY] | None = None
        bin: str | None = None
        every: Every | None = None

    @property
    def locality(self) -> Locality:
        """Needs the rows of a key in order."""
        return Locality("ordered", tuple(self.config.by or ()), self.config.bin)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Key, bin, and the columns whose earlier values are wanted."""
        del columns
        return frozenset((*self._by(schema), self._bins(schema).column, *self.config.columns))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Join each row to the one of its key some bins earlier, lazily."""
        del state
        by, bins, found = self._by(frame.schema), self._bins(frame.schema), frame.columns()
        require_columns([*by, bins.column], found, key="by")
        require_columns(self.config.columns, found, key="columns")
        if found[bins.column] not in (pl.Date, pl.Datetime):
            raise UnfitBinError.of_dtype(bins.column, found[bins.column])
        require_free(self._names(), found, key="columns")
        rows = frame.lazy.with_columns(number(bins, found).alias(_BIN))
        keys = [*by, _BIN]
        whole = rows.filter(pl.all_horizontal(pl.col(keys).is_not_null()))
        values = (_any(c, found[c]) for c in self.config.columns)
        known = whole.group_by(keys).agg(*values, pl.len().alias(_ROWS)).cache()
        for lag in self.config.lags:
            rows = rows.join(self._moved(known, by, lag), on=keys, how="left")
        return frame.with_lazy(rows.drop(_BIN)).account(_repeated(known))

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Say what each lag is a lag of."""
        del state
        bins = self._bins(frame.schema)
        key = ", ".join(self._by(frame.schema)) or "series"
        return [
            FeatureSpec(
                name=name,
                unit=unit_of(column, frame.schema),
                formula=f"{column} of the same {key}, {lag} x {bins.every} before {bins.column}",
                parity=EXACT,
                nulls="null without a row in that bin, or where its value is null",
                source="lag along the calendar",
            )
            for name, (column, lag) in self._named().items()
        ]

    def _names(self) -> list[str]:
        return [f"{c}_lag_{k}" for c in self.config.columns for k in self.config.lags]

    def _named(self) -> dict[str, tuple[str, int]]:
        return {f"{c}_lag_{k}": (c, k) for c in self.config.columns for k in self.config.lags}

    def _moved(self, known: pl.LazyFrame, by: Sequence[str], lag: int) -> pl.LazyFrame:
        """Return the rows of each key under the bin that they are told to."""
        alone = pl.col(_ROWS) == 1
        told = (pl.when(alone).then(c).alias(f"{c}_lag_{lag}") for c in self.config.columns)
        return known.select(*by, pl.col(_BIN) + lag, *told)

    def _by(self, schema: EventSchema) -> tuple[str, ...]:
        return places_or_entity(schema) if self.config.by is None else self.config.by

    def _bins(self, schema: EventSchema) -> Dimension:
        """Return the bins, as the options or the schema tell."""
        known = bins_of(schema)
        column = self.config.bin or (known[0].column if known else None)
        if column is None:
            raise MissingOptionError.lacking(method="features.lagged", option="bin")
        bins = next((d for d in known if d.column == column), Dimension(column=column))
        if self.config.every is not None:
            bins = bins.model_copy(update={"every": self.config.every})
        if bins.every is None:
            raise MissingOptionError.lacking(method="features.lagged", option="every")
        return bins


def _any(column: str, dtype: pl.DataType) -> pl.Expr:
    """Return a value of the group, which counts where there is one row; `first` takes longer."""
    return pl.col(column).max() if ordered(dtype) else pl.col(column).first()


def _repeated(known: pl.LazyFrame) -> Account:
    """Return an account of the rows that are not the only ones of their key and bin."""
    many = pl.when(pl.col(_ROWS) > 1).then(_ROWS).sum().cast(pl.UInt64)
    counts = known.select(pl.lit(_REPEATED).alias("reason"), many.alias("rows"))
    return Account(counts=counts, outcomes={_REPEATED: "flagged"})
