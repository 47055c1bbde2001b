"""The event frame: a lazy frame, what its columns mean, and an account of the rows it lost."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
import polars.selectors as cs
from attrs import evolve, field, frozen
from pydantic import ValidationError

from eventflow.component import plainly
from eventflow.moments import UTC_ZONE
from eventflow.schema import EventMetadata, EventSchema, dtype_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from eventflow.charts.chart import Chart, Outline
    from eventflow.charts.plot import Plot

Outcome = Literal["dropped", "quarantined", "late", "unmatched", "folded", "flagged", "changed"]
"""What became of rows that are not in the result as they came; flagged and changed rows stay in it.

Flagged rows are a warning; changed rows have another value than they came with, as was asked for.
"""

REASON = "__eventflow_reason"
"""Column of a rejected-rows frame that says why each row is there."""

REASONS = "__eventflow_reasons"
"""Column of a rejected-rows frame that lists every rule a row matched, the first one too."""


@frozen
class Rejection:
    """A rule whose matching rows leave the frame.

    Attributes:
        reason: Why, in a few words a person understands: ``no customer``.
        when: Boolean expression; rows where it is true leave. Null counts as false.
        outcome: ``dropped`` (counted) or ``quarantined`` (counted and kept aside), or another.
    """

    reason: str
    when: pl.Expr = field(eq=False)
    outcome: Outcome = "dropped"


@frozen(eq=False)
class Account:
    """Rows that left a frame, to be counted (and kept aside) when the frame is executed.

    Attributes:
        counts: Lazy frame with columns ``reason`` (String; null for the rows that stayed) and
            ``rows`` (unsigned). One row per reason at most.
        outcomes: Reason → outcome, in the order in which the rules were tried.
        rejected: Lazy frame of the rows to keep aside, with the extra column `REASON`, and where
            several rules may match one row `REASONS`; or None.
        rules: The rules, while another `reject` may still be merged into this account.
    """

    counts: pl.LazyFrame
    outcomes: dict[str, Outcome]
    rejected: pl.LazyFrame | None = None
    rules: tuple[Rejection, ...] = ()
    base: pl.LazyFrame | None = None
    kept: pl.LazyFrame | None = None

    @property
    def counts_all(self) -> bool:
        """Whether `counts` surely tells how many rows stayed, be it none."""
        return self.kept is not None


@frozen(eq=False)
class EventFrame:
    """Events, lazily: data, meaning, and an account of every row that left.

    Immutable; every operation returns a new frame. Row order is never part of the answer.

    Attributes:
        lazy: The rows.
        schema: Roles and constraints of the columns.
        metadata: What holds for the whole frame (data set, time zone, CRS).
        accounts: Rows that left on the way, not yet counted.
        charts: Pictures that were asked for on the way, not yet answered.
        outlines: Column → what outlines the areas that its values are ids of, for maps.
    """

    lazy: pl.LazyFrame
    schema: EventSchema = field(factory=EventSchema)
    metadata: EventMetadata = field(factory=EventMetadata)
    accounts: tuple[Account, ...] = ()
    charts: tuple[Chart, ...] = ()
    outlines: Mapping[str, Outline] = field(factory=dict)

    @classmethod
    def of(cls, data: Any, **roles: str) -> EventFrame:
        """Wrap a DataFrame, LazyFrame, mapping, or anything with an Arrow stream.

        NaN becomes null on the way in: Polars and SQL disagree on NaN, and a feature must not.

        Args:
            data: The rows.
            roles: Roles of columns, for example ``timestamp="at", entity="user"``; and
                ``timezone``, the zone of timestamps without an offset, and ``crs``.

        Raises:
            pydantic.ValidationError: There is no such role.
        """
        try:
            schema = EventSchema.model_validate(roles)
        except ValidationError as error:
            raise plainly(error, cls.__name__, EventSchema) from None
        return cls(_to_lazy(data)).under(schema).without_nan()

    @property
    def zone(self) -> str:
        """IANA name of the zone in which timestamps without an offset are read."""
        return self.metadata.timezone or UTC_ZONE

    def under(self, schema: EventSchema) -> EventFrame:
        """Return this frame with another schema, whose time zone and CRS, if it has any, count."""
        zone = schema.timezone or self.metadata.timezone
        crs = schema.crs or self.metadata.crs
        metadata = self.metadata.model_copy(update={"timezone": zone, "crs": crs})
        return evolve(self, schema=schema, metadata=metadata)

    def without_nan(self) -> EventFrame:
        """Turn NaN into null in every float column."""
        return evolve(self, lazy=self.lazy.with_columns(cs.float().fill_nan(None)))

    def with_lazy(self, lazy: pl.LazyFrame, *, schema: EventSchema | None = None) -> EventFrame:
        """Return this frame with other rows (and, if given, another schema)."""
        return evolve(self, lazy=lazy, schema=self.schema if schema is None else schema)

    def pipe(self, function: Callable[[pl.LazyFrame], pl.LazyFrame]) -> EventFrame:
        """Apply a function of the lazy frame."""
        return self.with_lazy(function(self.lazy))

    def reject(self, *rules: Rejection) -> EventFrame:
        """Take out the rows that match a rule, and account for them.

        Each row leaves for the first rule it matches; a row that is kept aside lists every rule
        of this account that it matches. Consecutive calls are merged, so that any
        number of rules costs one pass; a reason that was given before begins a new account. Every
        rule is computed for every row, also for those that an earlier one takes out: let casts
        give null (``strict=False``) rather than fail.
        """
        last = self.accounts[-1] if self.accounts else None
        if (
            last is not None
            and last.base is not None
            and last.kept is self.lazy
            and not (last.outcomes.keys() & {rule.reason for rule in rules})
        ):
            account = _flag(last.base, (*last.rules, *rules))
            before = self.accounts[:-1]
        else:
            account, before = _flag(self.lazy, rules), self.accounts
        assert account.kept is not None  # noqa: S101 - _flag always sets it
        return evolve(self, lazy=account.kept, accounts=(*before, account))

    def account(self, account: Account) -> EventFrame:
        """Add an account made by hand (deduplication, unmatched rows, late rows)."""
        return evolve(self, accounts=(*self.accounts, account))

    def charted(self, *charts: Chart) -> EventFrame:
        """Ask for charts: a run answers them with its next pass, and no row changes.

        A chart that cannot be answered fails nothing: the run goes on with a warning.
        """
        return evolve(self, charts=(*self.charts, *charts))

    def outlined(self, column: str, outline: Outline) -> EventFrame:
        """Say how areas are outlined whose ids are in a column, for maps.

        Args:
            column: The column of ids, or the name it will have.
            outline: From a series of distinct ids to a series of their outlines: for each id a
                list of rings, or one ring, of ``[longitude, latitude]`` in degrees; null where
                there is none.
        """
        return evolve(self, outlines={**self.outlines, column: outline})

    @property
    def plot(self) -> Plot:
        """Pictures of these rows, for notebooks: ``frame.plot.map()``. Each one reads the rows."""
        from eventflow.charts.plot import Plot  # noqa: PLC0415 - delayed: only notebooks draw

        return Plot(self)

    def settled(self) -> EventFrame:
        """Return this frame without accounts and charts, once they have been gathered."""
        return evolve(self, accounts=(), charts=())

    def columns(self) -> pl.Schema:
        """Return names and dtypes of the columns. Reads no data."""
        return self.lazy.collect_schema()

    def collect(self) -> pl.DataFrame:
        """Execute and return the rows."""
        return self.lazy.collect()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand the rows to anything that speaks the Arrow PyCapsule interface."""
        return self.collect().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        """Describe columns and roles without reading data."""
        return f"EventFrame({', '.join(f'{n}: {t}' for n, t, _ in self._described())})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row' style='text-align:left'>{escape(n)}</th>"
            f"<td>{escape(t)}</td><td>{escape(r)}</td></tr>"
            for n, t, r in self._described()
        )
        title = escape(self.metadata.dataset or "event frame")
        return (
            f"<table><caption>{title}, not executed</caption><thead><tr>"
            "<th scope='col'>column</th><th scope='col'>dtype</th><th scope='col'>role</th>"
            f"</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _described(self) -> Sequence[tuple[str, str, str]]:
        return [
            (name, dtype_name(dtype), self.schema.role_of(name) or "")
            for name, dtype in self.columns().items()
        ]


def _to_lazy(data: Any) -> pl.LazyFrame:
    if isinstance(data, pl.LazyFrame):
        return data
    if isinstance(data, pl.DataFrame):
        return data.lazy()
    return pl.DataFrame(data).lazy()


def _flag(base: pl.LazyFrame, rules: tuple[Rejection, ...]) -> Account:
    """Number the first rule each row matches (0: none), so that one pass serves all rules."""
    marks = [f"{REASON}_{i}" for i in range(1, len(rules) + 1)]
    number: Any = pl.lit(0, pl.UInt16)
    for i, mark in reversed(list(enumerate(marks, 1))):
        number = pl.when(mark).then(pl.lit(i, pl.UInt16)).otherwise(number)
    marked = base.with_columns(rule.when.alias(m) for m, rule in zip(marks, rules, strict=True))
    flagged = marked.with_columns(number.alias(REASON))
    return Account(
        counts=_counts(flagged, _named(rules)),
        outcomes={rule.reason: rule.outcome for rule in rules},
        rejected=_rejected(flagged, rules, marks),
        rules=rules,
        base=base,
        kept=flagged.filter(pl.col(REASON) == 0).drop(REASON, *marks),
    )


def _named(rules: tuple[Rejection, ...]) -> pl.Expr:
    names = {i: rule.reason for i, rule in enumerate(rules, 1)}
    return pl.col(REASON).replace_strict(names, default=None, return_dtype=pl.String)


def _counts(flagged: pl.LazyFrame, named: pl.Expr) -> pl.LazyFrame:
    return (
        flagged.group_by(REASON)
        .agg(pl.len().alias("rows"))
        .select(named.alias("reason"), "rows")
        .group_by("reason")
        .agg(pl.col("rows").sum())
    )


def _rejected(
    flagged: pl.LazyFrame, rules: tuple[Rejection, ...], marks: Sequence[str]
) -> pl.LazyFrame | None:
    """Return the rows to keep aside; reasons are listed for these few rows only."""
    keep = [i for i, rule in enumerate(rules, 1) if rule.outcome != "dropped"]
    if not keep:
        return None
    aside = flagged.filter(pl.col(REASON).is_in(keep)).with_columns(_named(rules).alias(REASON))
    if len(rules) > 1:
        found = (
            pl.when(mark).then(pl.lit(rule.reason)) for mark, rule in zip(marks, rules, strict=True)
        )
        aside = aside.with_columns(pl.concat_list(found).list.drop_nulls().alias(REASONS))
    return aside.drop(marks)
