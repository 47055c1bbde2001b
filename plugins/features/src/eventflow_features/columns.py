"""Steps on columns: rename, select, cast, derive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from eventflow.base import BaseStep, ComponentConfig
from eventflow.frame import Account, EventFrame, Rejection
from eventflow.numbers import NumberFormat
from eventflow.schema import DType  # noqa: TC001 - pydantic reads it at run time
from eventflow.zones import Repeated, Skipped  # noqa: TC001 - pydantic reads it at run time
from eventflow_features.casts import (
    Reading,
    fails,
    lacks_unit,
    odd_times,
    reason,
    turned,
)
from eventflow_features.errors import ExpressionError, NameTakenError, require_columns
from eventflow_features.expressions import Expression, ExpressionOption

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eventflow.schema import EventSchema
    from eventflow.types import Rows


class RenameStep(BaseStep):
    """Rename columns; roles and constraints follow. Rows and values stay as they are.

    Raises while the plan is built: `SchemaError` (EF301, no such column), `NameTakenError` (EF322).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(ComponentConfig):
        """Options.

        Attributes:
            columns: Old name → new name. Names may be swapped.
        """

        columns: dict[str, str] = Field(min_length=1)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Needs the columns it renames."""
        del schema, columns
        return frozenset(self.config.columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Rename, lazily."""
        del state
        names = self.config.columns
        found = frame.columns()
        require_columns(names, found, key="columns")
        after = [names.get(column, column) for column in found]
        if twice := {name for name in after if after.count(name) > 1}:
            raise NameTakenError.twice(twice, key="columns")
        return frame.with_lazy(frame.lazy.rename(names), schema=frame.schema.renamed(names))


class SelectStep(BaseStep):
    """Keep some columns, in the order given, or drop some. Rows stay as they are.

    Raises while the plan is built: `SchemaError` (EF301, no such column).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(ComponentConfig):
        """Options; exactly one of the two.

        Attributes:
            columns: Columns to keep.
            drop: Columns to drop.
        """

        columns: tuple[str, ...] | None = Field(default=None, min_length=1)
        drop: tuple[str, ...] | None = Field(default=None, min_length=1)

        @model_validator(mode="after")
        def _one_of_two(self) -> Self:
            if (self.columns is None) == (self.drop is None):
                msg = "give columns (to keep) or drop, one of the two"
                raise ValueError(msg)
            named = self.columns or self.drop or ()
            if twice := sorted({name for name in named if named.count(name) > 1}):
                msg = f"listed twice: {', '.join(twice)}"
                raise ValueError(msg)
            return self

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Needs the columns it keeps; cannot say when it only drops."""
        del schema, columns
        return None if self.config.columns is None else frozenset(self.config.columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Select, lazily."""
        del state
        found = frame.columns()
        dropped = self.config.drop or ()
        require_columns(dropped, found, key="drop")
        kept = self.config.columns or tuple(c for c in found if c not in dropped)
        require_columns(kept, found, key="columns")
        return frame.with_lazy(frame.lazy.select(kept), schema=frame.schema.kept(frozenset(kept)))


class CastStep(BaseStep):
    """Change dtypes. A value that does not fit takes its row out, counted; never a silent null.

    Text is trimmed first; numbers, ``true/false``, ``yes/no``, ``1/0``, and dates and times of
    ISO 8601 are read, each value by itself: ``2024-02-29``, ``2024-02-29 10:15``,
    ``2024-02-29T10:15:30.5Z``, ``…+02:00``, ``10:15``; `formats` gives another form. Null stays
    null. Categories are cast as their text. A time of 24:00 is 00:00 of the next day.

    What does not fit: a fraction in an integer; a whole number that a float cannot hold exactly; a
    number too large (a float never becomes infinite); a number but 0 and 1 in a Boolean; ``NaN``; a
    wall time that a clock change skips or repeats, unless `repeated_times` and `skipped_times` say
    what it means. What is rounded: a fraction, to the nearest
    float or the decimal's scale; a time, down to its unit. A datetime gives its date.

    A time without a zone is read in the frame's (`schema: {timezone: …}`, or as the source
    declares), or else in the zone asked for; one with an offset is that instant. An integer becomes
    a time only if `formats` tells what it counts. Rows whose time is then in 1970 or after 2199 are
    counted in the ledger as flagged: as a rule, another unit is meant.

    Raises while the plan is built: `SchemaError` (EF301), `ExpressionError` (EF320, no such cast).
    """

    rows: ClassVar[Rows] = "accounted"

    class Config(ComponentConfig):
        """Options.

        Attributes:
            columns: Column → dtype: ``i64``, ``f64``, ``date``, ``datetime[us, UTC]``, …
            formats: Column → format of text dates and times, as in ``%d.%m.%Y``; of numbers that
                become times, what they count since 1970 in UTC: ``d``, ``s``, ``ms``, ``us`` or
                ``ns``; of numbers in text, one as they are written, as in ``$1,234.50``.
            repeated_times: What a wall time means that occurs twice, where clocks go back: the
                ``earlier`` or the ``later`` of the two, or that it does not fit.
            skipped_times: What one means that never occurs, where clocks go ``forward``: that it is
                moved by what was skipped, or that it does not fit.
            outcome: What becomes of rows with a value that does not fit.
        """

        columns: dict[str, DType] = Field(min_length=1)
        formats: dict[str, str] = Field(default_factory=dict)
        repeated_times: Repeated = "unfit"
        skipped_times: Skipped = "unfit"
        outcome: Literal["quarantined", "dropped"] = "quarantined"

        @model_validator(mode="after")
        def _formats_of_columns(self) -> Self:
            if others := sorted(set(self.formats) - set(self.columns)):
                msg = f"formats speaks of columns that are not cast: {', '.join(others)}"
                raise ValueError(msg)
            for column, form in self.formats.items():
                if self.columns[column].is_numeric():
                    NumberFormat.of(form)
            return self

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Needs the columns it casts."""
        del schema, columns
        return frozenset(self.config.columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Take out what does not fit, then cast, lazily."""
        del state
        found = frame.columns()
        require_columns(self.config.columns, found, key="columns")
        zone = frame.metadata.timezone
        kept = frame.reject(*self._rules(found, zone))
        if odd := dict(self._odd(found)):
            kept = kept.account(_flagged(kept.lazy, odd))
        cast = [self._turned(c, found, zone).alias(c) for c in self.config.columns]
        return kept.with_lazy(kept.lazy.with_columns(cast), schema=self._schema(frame.schema))

    def _rules(self, found: Mapping[str, pl.DataType], zone: str | None) -> Iterator[Rejection]:
        for column, dtype in self.config.columns.items():
            if lacks_unit(found[column], dtype, self.config.formats.get(column)):
                raise ExpressionError.without_unit(column, found[column], dtype)
            done = self._turned(column, found, zone)
            Expression(f"{column} as {dtype}", done).dtype(found, key=f"columns.{column}")
            wrong = fails(pl.col(column), done)
            yield Rejection(f"{reason(dtype)}: {column}", wrong, self.config.outcome)

    def _turned(self, column: str, found: Mapping[str, pl.DataType], zone: str | None) -> pl.Expr:
        options = self.config
        form, repeated, skipped = (
            options.formats.get(column),
            options.repeated_times,
            options.skipped_times,
        )
        how = Reading(form, zone, repeated, skipped)
        return turned(pl.col(column), found[column], options.columns[column], how)

    def _odd(self, found: Mapping[str, pl.DataType]) -> Iterator[tuple[str, pl.Expr]]:
        """Yield what is said of numbers that likely count another unit, and where that holds."""
        for column, unit in self.config.formats.items():
            odd = odd_times(pl.col(column), found[column], self.config.columns[column], unit)
            if odd is not None:
                yield f"in 1970 or after 2199, counted in {unit}: {column}", odd

    def _schema(self, schema: EventSchema) -> EventSchema:
        specs = {
            name: spec.model_copy(update={"dtype": self.config.columns[name]})
            for name, spec in schema.columns.items()
            if name in self.config.columns and spec.dtype is not None
        }
        return schema.with_columns({**schema.columns, **specs})


class DeriveStep(BaseStep):
    """Add columns, each computed from its row alone, in the order written.

    An expression may use columns derived before it. NaN (0 / 0) becomes null, as everywhere, also
    inside an expression; a division of another number by zero is infinite. A ``CAST`` that fails
    stops the run; ``TRY_CAST`` gives null. Constraints of a column that is replaced no
    longer hold and are left out; its role stays.

    Raises while the plan is built: `SchemaError` (EF301, no such column), `ExpressionError`
    (EF320).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(ComponentConfig):
        """Options.

        Attributes:
            columns: Name → SQL expression, for example ``quantity * unit_price``; in Python also a
                Polars expression.
        """

        columns: dict[str, ExpressionOption] = Field(min_length=1)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Needs what the expressions name, less what is derived before."""
        del schema, columns
        needed: set[str] = set()
        made: set[str] = set()
        for name, expression in self.config.columns.items():
            needed |= expression.columns() - made
            made.add(name)
        return frozenset(needed)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        lazy = frame.lazy
        found = dict(frame.columns())
        for layer in _layers(self.config.columns):
            before = dict(found)
            for name, expression in layer.items():
                found[name] = expression.row_wise(before, key=f"columns.{name}")
            made = {name: e.without_nan(before) for name, e in layer.items()}
            lazy = lazy.with_columns(e.alias(name) for name, e in made.items())
        return frame.with_lazy(lazy, schema=_unconstrained(frame.schema, self.config.columns))


def _layers(columns: Mapping[str, Expression]) -> Iterator[dict[str, Expression]]:
    """Yield runs of expressions that do not use one another: each run is computed at once."""
    layer: dict[str, Expression] = {}
    for name, expression in columns.items():
        if expression.columns() & set(layer):
            yield layer
            layer = {}
        layer[name] = expression
    yield layer


def _unconstrained(schema: EventSchema, replaced: Mapping[str, Expression]) -> EventSchema:
    kept = {name: spec for name, spec in schema.columns.items() if name not in replaced}
    return schema.with_columns(kept)


def _flagged(rows: pl.LazyFrame, when: Mapping[str, pl.Expr]) -> Account:
    sums = [condition.sum().cast(pl.UInt64).alias(reason) for reason, condition in when.items()]
    counts = rows.select(sums).unpivot(variable_name="reason", value_name="rows")
    return Account(counts=counts, outcomes=dict.fromkeys(when, "flagged"))
