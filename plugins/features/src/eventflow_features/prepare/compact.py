"""The step `prepare.compact`: the narrowest dtypes that hold what the fitting data holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

import polars as pl
from attrs import frozen
from pydantic import Field

from eventflow.base import BaseStep, ComponentConfig
from eventflow.frame import EventFrame, Rejection
from eventflow.runs.logs import inform
from eventflow.schema import EventSchema, dtype_name
from eventflow_features.prepare.choice import Choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eventflow.types import Rows

_SIGNED: Final = (pl.Int8(), pl.Int16(), pl.Int32(), pl.Int64())
_UNSIGNED: Final = (pl.UInt8(), pl.UInt16(), pl.UInt32(), pl.UInt64())
_WIDTHS: Final = {
    "i8": 1, "u8": 1, "i16": 2, "u16": 2, "i32": 4, "u32": 4, "f32": 4, "i64": 8, "u64": 8,
    "f64": 8, "categorical": 4,
}  # fmt: skip
_VIEW: Final = 16
"""Bytes of a text's place in a column."""
_INLINE: Final = 12
"""Longest text, in bytes, that its place holds; longer text comes on top."""
_NARROW: Final = {dtype_name(dtype): dtype for dtype in (*_SIGNED, *_UNSIGNED)}


@frozen(kw_only=True)
class CompactState:
    """What was learned.

    Attributes:
        dtypes: Column → short name of its new dtype; only columns that change.
        categories: Column → the values of its enum.
        bytes_before: About how much the columns took that change.
        bytes_after: About how much they take now.
    """

    dtypes: dict[str, str]
    categories: dict[str, tuple[str, ...]]
    bytes_before: int
    bytes_after: int

    @property
    def saving(self) -> float:
        """Share of the bytes that is saved, 0 to 1."""
        return 1 - self.bytes_after / self.bytes_before if self.bytes_before else 0.0

    def told(self) -> dict[str, str]:
        """Say what became of each column, and what it saves."""
        saved = {"saved": f"{self.saving:.0%} of {self.bytes_before:,} bytes"}
        return saved | {f"{column} becomes": dtype for column, dtype in self.dtypes.items()}


class CompactStep(BaseStep):
    """Narrow dtypes: integers to the smallest that holds them, repeated text to categories.

    Shape: the same columns; the rows that fit. Integers keep their sign: differences of unsigned
    numbers wrap around below zero. Floats stay as they are unless `floats` is ``f32``, which keeps
    about seven digits. Text of at most `cardinality` different values becomes ``categorical``,
    which takes unseen values as they come, or ``enum``.

    A row of new data that does not fit what was learned leaves, quarantined: an integer beyond the
    new dtype (``does not fit i8: quantity``), text that is no value of an enum. Columns without a
    value when fitting keep their dtype. The saving is estimated when fitting from widths and
    lengths of text, written to the run's log, and kept in the state.

    Raises while the plan is built: `SchemaError` (EF301).
    """

    rows: ClassVar[Rows] = "accounted"

    class Config(ComponentConfig):
        """Options.

        Attributes:
            columns: Columns to narrow; all if not given, but for entity and timestamp.
            exclude: Columns to leave alone.
            text: What text of few different values becomes.
            cardinality: How many different values are few.
            floats: What 64-bit floats become.
            outcome: What becomes of rows that do not fit.
        """

        columns: tuple[str, ...] | None = None
        exclude: tuple[str, ...] = ()
        text: Literal["categorical", "enum", "keep"] = "categorical"
        cardinality: int = Field(default=1000, ge=1)
        floats: Literal["keep", "f32"] = "keep"
        outcome: Literal["quarantined", "dropped"] = "quarantined"

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Needs the columns it narrows; cannot say when dtypes decide."""
        del schema, columns
        return self._choice().reads()

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        """Return one row: per column its dtype, range, bytes, and number of different values."""
        found = frame.columns()
        wanted = [self._facts(c, found[c]).alias(c) for c in self._columns(frame)]
        return frame.lazy.select(wanted) if wanted else None

    def fit(self, statistics: pl.DataFrame) -> CompactState:
        """Choose each column's dtype, and tell the run's log what is saved."""
        dtypes, categories, before, after = {}, {}, 0, 0
        for column, facts in statistics.row(0, named=True).items():
            chosen = self._chosen(facts)
            if chosen is None:
                continue
            dtypes[column] = chosen
            before += facts["bytes"]
            after += facts["rows"] * _width(chosen, facts)
            if chosen in {"enum", "categorical"}:
                after += facts["distinct_bytes"]
            if chosen == "enum":
                categories[column] = tuple(sorted(facts["values"]))
        state = CompactState(
            dtypes=dtypes, categories=categories, bytes_before=before, bytes_after=after
        )
        inform(
            "prepare.compact: %d columns, about %d bytes become %d (%.0f %% saved)",
            len(dtypes), before, after, 100 * state.saving,
        )  # fmt: skip
        return state

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Take out rows that do not fit, then cast, lazily."""
        names = [c for c in self._columns(frame) if state is not None and c in state.dtypes]
        if not names:
            return frame
        targets = {c: _dtype(state.dtypes[c], state.categories.get(c, ())) for c in names}
        kept = frame.reject(*self._rules(targets, state))
        cast = [pl.col(c).cast(dtype, strict=False) for c, dtype in targets.items()]
        return kept.with_lazy(
            kept.lazy.with_columns(cast), schema=_without_dtypes(frame.schema, names)
        )

    def _rules(
        self, targets: Mapping[str, pl.DataType], state: CompactState
    ) -> Iterable[Rejection]:
        for column, dtype in targets.items():
            if dtype.is_integer() or isinstance(dtype, pl.Enum):
                known = pl.col(column).is_not_null()
                lost = pl.col(column).cast(dtype, strict=False).is_null()
                reason = f"does not fit {state.dtypes[column]}: {column}"
                yield Rejection(reason, known & lost, self.config.outcome)

    def _choice(self) -> Choice:
        return Choice("compact", self.config.columns, exclude=self.config.exclude)

    def _columns(self, frame: EventFrame) -> list[str]:
        found = frame.columns()
        return [c for c in self._choice().methods(frame, self._narrows) if self._narrows(found[c])]

    def _narrows(self, dtype: pl.DataType) -> bool:
        if dtype == pl.String:
            return bool(self.config.text != "keep")
        if dtype == pl.Float64:
            return bool(self.config.floats == "f32")
        return dtype in _SIGNED or dtype in _UNSIGNED

    def _facts(self, column: str, dtype: pl.DataType) -> pl.Expr:
        values, rows = pl.col(column), pl.len().cast(pl.Int64)
        facts = [pl.lit(dtype_name(dtype)).alias("dtype"), rows.alias("rows")]
        if dtype == pl.String:
            return pl.struct(*facts, *self._text_facts(values, rows))
        size = (rows * _WIDTHS[dtype_name(dtype)]).alias("bytes")
        return pl.struct(*facts, size, values.min().alias("low"), values.max().alias("high"))

    def _text_facts(self, values: pl.Expr, rows: pl.Expr) -> Iterable[pl.Expr]:
        several, length = values.drop_nulls().unique(), values.str.len_bytes().cast(pl.Int64)
        beside = pl.when(length > _INLINE).then(length).sum()
        yield (rows * _VIEW + beside).alias("bytes")
        yield several.len().cast(pl.Int64).alias("distinct")
        yield several.str.len_bytes().cast(pl.Int64).sum().alias("distinct_bytes")
        if self.config.text == "enum":
            yield several.head(self.config.cardinality).implode().alias("values")

    def _chosen(self, facts: Mapping[str, Any]) -> str | None:
        """Return the name of the new dtype; None keeps the old one."""
        if facts["dtype"] == "str":
            few = 0 < facts["distinct"] <= self.config.cardinality
            return str(self.config.text) if few else None
        if facts["dtype"] == "f64":
            return "f32"
        if facts["low"] is None:
            return None
        ladder = _SIGNED if facts["dtype"].startswith("i") else _UNSIGNED
        narrow = next(t for t in ladder if _holds(t, facts["low"], facts["high"]))
        name = dtype_name(narrow)
        return None if name == facts["dtype"] else name


def _holds(dtype: pl.DataType, low: int, high: int) -> bool:
    bits = 8 * _WIDTHS[dtype_name(dtype)]
    if dtype.is_unsigned_integer():
        return high < 1 << bits
    return -(1 << bits - 1) <= low and high < 1 << bits - 1


def _width(name: str, facts: Mapping[str, Any]) -> int:
    """Return the bytes of one value; the codes of an enum are as wide as they must be."""
    if name != "enum":
        return _WIDTHS[name]
    return next(width for width in (1, 2, 4) if facts["distinct"] < 1 << 8 * width)


def _dtype(name: str, categories: Sequence[str]) -> pl.DataType:
    if name == "enum":
        return pl.Enum(categories)
    if name == "categorical":
        return pl.Categorical()
    return pl.Float32() if name == "f32" else _NARROW[name]


def _without_dtypes(schema: EventSchema, names: Sequence[str]) -> EventSchema:
    """Return the schema without the dtypes it expects of these columns."""
    free = {
        name: spec.model_copy(update={"dtype": None}) if name in names else spec
        for name, spec in schema.columns.items()
    }
    return schema.with_columns(free)
