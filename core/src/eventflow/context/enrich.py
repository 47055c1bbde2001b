"""The step `enrich`: events get columns of context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import polars as pl
from pydantic import Field

from eventflow.base import BaseStep
from eventflow.blueprint import EXACT, FeatureSpec
from eventflow.columns import require_columns
from eventflow.component import ComponentConfig
from eventflow.config import ONE_OR_MANY
from eventflow.config.uses import Uses
from eventflow.context.charts import SHARE, accounted_share
from eventflow.context.errors import ColumnClashError
from eventflow.context.exact import ExactJoin
from eventflow.context.joining import called
from eventflow.context.schema import ContextSchema, context_schema
from eventflow.frame import EventFrame
from eventflow.schema import ColumnSchema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.context.joining import JoinReads
    from eventflow.schema import EventSchema
    from eventflow.types import Rows


class ContextEnricherStep(BaseStep):
    """Events get columns of context, by a join that is chosen.

    Every event stays, once. Events that find nothing get nulls and are counted by reason in the
    ledger, as flagged, and drawn in the report. The context is read while the run executes, and
    only the columns that are asked for; also where there are no events, so that a context that
    cannot be used fails the run of an empty day too.

    Shape: the same events in the same number; each chosen column of the context is added under its
    name with `prefix`, with its dtype, unit and range: a quality gate that follows finds impossible
    values.

    Example:
        >>> from eventflow import ContextEnricherStep, EventFrame, ExactJoin, Pipeline
        >>> sales = EventFrame.of({"shop": ["a", "b"], "amount": [3, 4]})
        >>> shops = EventFrame.of({"shop": ["a"], "town": ["Bonn"]}, entity="shop")
        >>> enriched = Pipeline([ContextEnricherStep(shops, ExactJoin())]).run(sales)
        >>> sorted(enriched.collect()["town"], key=str)
        ['Bonn', None]

    Args:
        context: The context: a source, or an event frame.
        join: The join; by equal keys if not given.
        options: Further options, see `Config`.

    Errors: those of the join; EF301 for a column that the context does not have.

    Parity: that of the join.
    """

    rows: ClassVar[Rows] = "kept"
    fixed_schema: ClassVar[bool] = True

    class Config(ComponentConfig):
        """Options of `enrich`.

        Attributes:
            context: Where the context comes from.
            join: How events and context belong together; by equal keys if not given.
            columns: Columns of the context to add; all that the join does not match by if not
                given.
            prefix: Text before the names of added columns.
            roles: What the context's columns mean, where its source does not say so.
        """

        context: Annotated[Any, Uses("source")]
        join: Annotated[Any, Uses("context_join")] = Field(default_factory=ExactJoin)
        columns: Annotated[tuple[str, ...], ONE_OR_MANY] | None = Field(default=None, min_length=1)
        prefix: str = ""
        roles: ContextSchema | None = None

    def __init__(self, context: Any = None, join: Any = None, **options: Any) -> None:
        """Take context and join by position too."""
        given = {"context": context, "join": join}
        super().__init__(**{k: v for k, v in given.items() if v is not None}, **options)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """What the join matches by; None if it cannot say."""
        del columns
        found = self.config.join.reads(schema, self._context())
        return None if found is None else found.events

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Join."""
        del state
        context = self._chosen(frame.schema)
        joined: EventFrame = self.config.join.join(frame, context)
        theirs = {
            name: spec.model_copy(update={"nullable": True, "unique": False, "critical": False})
            for name, spec in context.schema.columns.items()
            if name in joined.columns() and name not in joined.schema.columns
        }
        schema = joined.schema.with_columns({**joined.schema.columns, **theirs})
        told = joined.with_lazy(joined.lazy, schema=schema)
        if any(chart.title == SHARE for chart in joined.charts[len(frame.charts) :]):
            return told
        lost = joined.accounts[len(frame.accounts) :]
        return told.charted(accounted_share(frame, lost, called(context)))

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Say of each added column what the context says of it."""
        context = self._chosen(frame.schema)
        before = frame.columns()
        made = self.apply(frame, state)
        specs = {**made.schema.columns, **context.schema.columns}
        new = [name for name in made.columns() if name not in before]
        return [_described(name, specs.get(name), self.config.prefix, context) for name in new]

    def _context(self) -> EventFrame:
        """Return the context under its roles, without NaN. Reads no data."""
        given = self.config.context
        found = given.scan() if hasattr(given, "scan") else given
        context = found if isinstance(found, EventFrame) else EventFrame.of(found)
        roles = self.config.roles
        if roles is not None:
            context = context.under(context_schema(context).merge(roles))
        return context.without_nan()

    def _chosen(self, events: EventSchema) -> EventFrame:
        """Return the context with what the join matches by, and the columns that are added."""
        context = self._context()
        reads: JoinReads | None = self.config.join.reads(events, context)
        if reads is None:
            return context
        names = context.columns().names()
        chosen = self.config.columns
        if chosen is None:
            chosen = tuple(name for name in names if name not in reads.context)
        require_columns(chosen, context.columns(), key="columns")
        renamed = {f"{self.config.prefix}{name}": name for name in chosen}
        if clash := sorted(reads.context & set(renamed)):
            raise ColumnClashError.of_matched(clash, called(context))
        columns = [pl.col(name) for name in names if name in reads.context]
        columns += [pl.col(name).alias(new) for new, name in renamed.items()]
        schema = context_schema(context).kept(reads.context)
        told = {new: context.schema.columns.get(old) for new, old in renamed.items()}
        found = {new: spec for new, spec in told.items() if spec is not None}
        schema = schema.model_copy(update={"columns": {**schema.columns, **found}})
        return context.with_lazy(context.lazy.select(columns), schema=schema)


def _described(
    name: str, told: ColumnSchema | None, prefix: str, context: EventFrame
) -> FeatureSpec:
    spec = told or ColumnSchema()
    origin = called(context)
    return FeatureSpec(
        name=name,
        unit=spec.unit or "",
        formula=spec.description or f"{name.removeprefix(prefix)} of {origin}",
        parity=EXACT,
        nulls=f"no {origin} for the event, or null there",
        source=context.metadata.source or origin,
    )
