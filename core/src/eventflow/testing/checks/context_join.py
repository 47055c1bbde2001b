"""Context joins: the same rows in the same number, and only what was known."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
from attrs import evolve, frozen

from eventflow.errors import EventflowError
from eventflow.testing import variants
from eventflow.testing.check import broken, check, extra
from eventflow.testing.comparing import differences
from eventflow.testing.frames import sample_context, sample_history
from eventflow.testing.probe import Probe
from eventflow.testing.runner import Applied, Engine, executed, first_line, parity_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.testing.subject import Subject

extra("keys", "columns by which a context join matches; else the entity of the context")
extra("timed", "capability: the join looks at when context became known, and not later")
extra("known_at", "column of the context that says when a row became known; else its timestamp")

KIND = ("context_join",)


@frozen(kw_only=True, eq=False)
class Joining:
    """A context join with its events and its context."""

    subject: Subject
    events: EventFrame
    context: EventFrame

    @classmethod
    def of(cls, subject: Subject) -> Joining:
        """Take the subject's events and context; sample context where it has none."""
        timed = "timed" in subject.capabilities
        context = subject.context or (sample_history() if timed else sample_context())
        return cls(subject=subject, events=subject.frame, context=context)

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns by which it matches."""
        entity = self.context.schema.entity
        given: Sequence[str] = self.subject.extras.get("keys", (entity,) if entity else ())
        return tuple(given)

    @property
    def known_at(self) -> str:
        """Column that says when a row of context became known."""
        named = self.subject.extras.get("known_at", self.context.schema.timestamp)
        if named is None:
            broken("the contract does not say when context became known: give known_at=")
        return str(named)

    def joined(
        self,
        events: pl.DataFrame | None = None,
        context: pl.DataFrame | None = None,
        engine: Engine = "streaming",
    ) -> Applied:
        """Return what it makes of these events and this context."""
        ours = self.events if events is None else variants.of(self.events, events)
        theirs = self.context if context is None else variants.of(self.context, context)
        return executed(self.subject.build().join(ours, theirs), (), engine)

    def compare(self, found: Applied, expected: Applied, when: str) -> None:
        """Compare rows as multisets."""
        if told := differences(found.rows, expected.rows, parity=parity_of(self.subject)):
            broken(f"{when}: {told}")

    def keeps(self, made: Applied, events: pl.DataFrame, when: str) -> None:
        """Compare the events' columns with those of the events."""
        if made.rows.height != events.height:
            broken(f"{when}: {events.height} events become {made.rows.height} rows")
        if gone := [c for c in events.columns if c not in made.rows.columns]:
            broken(f"{when}: the events' columns {', '.join(gone)} are gone")
        if told := differences(made.rows.select(events.columns), events):
            broken(f"{when}: the events have changed: {told}")


@check("join-lazy", kinds=KIND, since=1)
def joins_lazily(subject: Subject) -> None:
    """Building the plan reads neither the events nor the context.

    Why: `check` and `explain` plan on machines without the data.
    Fix: return lazy joins and expressions; leave `collect` to the engine.
    """
    case = Joining.of(subject)
    ours, theirs = Probe(case.events.collect()), Probe(case.context.collect())
    with ours.watched() as first, theirs.watched() as second:
        subject.build().join(
            case.events.with_lazy(ours.scan()), case.context.with_lazy(theirs.scan())
        ).columns()
    for what, probe, culprits in (("events", ours, first), ("context", theirs, second)):
        if probe.reads:
            broken(f"planning read the {what}: {'; '.join(culprits[:3])}")


@check("join-keeps-events", kinds=KIND, since=1)
def keeps_every_event(subject: Subject) -> None:
    """Every event stays, once, with its own columns as they were.

    Why: a join that loses or repeats events falsifies every count after it.
    Fix: join left, from the events, and coalesce no column of theirs.
    """
    case = Joining.of(subject)
    case.keeps(case.joined(), subject.data, "joined")


@check("join-adds", kinds=KIND, since=1)
def adds_context(subject: Subject) -> None:
    """It adds at least one column, in which some event finds a value; the plan says its dtype.

    Why: a join on keys that never match looks like one that works.
    Fix: compare keys of the same dtype and meaning; give the contract context that matches.
    """
    made = Joining.of(subject).joined()
    added = [c for c in made.rows.columns if c not in subject.data.columns]
    if not added:
        broken("no column is added")
    if made.rows.select(added).null_count().sum_horizontal().item() == made.rows.height * len(
        added
    ):
        broken(f"no event finds a value in {', '.join(added)}")
    if made.declared != made.rows.schema:
        broken(f"planned as {made.declared}, is {made.rows.schema}")


@check("join-unmatched", kinds=KIND, since=1)
def tells_unmatched(subject: Subject) -> None:
    """Events that find nothing stay, with nulls, and are counted as flagged with a reason.

    Why: context that silently misses half the events makes features of nothing.
    Fix: `frame.account(Account(counts=..., outcomes={"no weather": "flagged"}))`.
    """
    case = Joining.of(subject)
    made = case.joined(context=case.context.collect().clear())
    case.keeps(made, subject.data, "with an empty context")
    for column in (c for c in made.rows.columns if c not in subject.data.columns):
        if filled := made.rows[column].count():
            broken(f"with an empty context, {column} has a value in {filled} rows")
    if wrong := [outcome for _, outcome in made.counts if outcome != "flagged"]:
        broken(f"unmatched events stay, yet are counted as {wrong[0]}: the ledger would not add up")
    if sum(made.counts.values()) != subject.data.height:
        told = sum(made.counts.values())
        broken(f"with an empty context, {told} of {subject.data.height} events are flagged")


@check("join-empty-events", kinds=KIND, since=1)
def takes_no_events(subject: Subject) -> None:
    """No events give no rows, of the same columns and dtypes.

    Why: a day without events is an ordinary day.
    Fix: build from the events' side, and keep dtypes of literals.
    """
    case = Joining.of(subject)
    made = case.joined(events=subject.data.clear())
    expected = case.joined().rows.schema
    if made.rows.height or made.rows.schema != expected:
        broken(f"no events give {made.rows.height} rows of {made.rows.schema}, expected {expected}")


@check("join-repeats", kinds=KIND, since=1)
def never_multiplies(subject: Subject) -> None:
    """Context with several rows for one key never multiplies events: one counts, or it is an error.

    Why: repeated rows of context are the commonest way to count everything twice.
    Fix: choose by a declared rule (the last known, with a tie-break), or `validate="m:1"`.
    """
    case = Joining.of(subject)
    context = case.context.collect()
    strange = variants.strange(context, but=case.keys)
    repeated = pl.concat([context, strange, context])
    try:
        made = case.joined(context=repeated)
        again = case.joined(context=variants.shuffled(repeated, 2))
    except (EventflowError, pl.exceptions.ComputeError):
        return
    case.keeps(made, subject.data, "with repeated context")
    case.compare(again, made, "with repeated context, shuffled")


@check("join-row-order", kinds=KIND, since=1)
def joins_in_any_order(subject: Subject) -> None:
    """Events and context in another order give the same answer.

    Why: rows have no order; `join_asof` on unsorted groups is silently wrong.
    Fix: sort both sides in the plan, by time, before an as-of join.
    """
    case = Joining.of(subject)
    context, expected = case.context.collect(), case.joined()
    for seed in (1, 2):
        shuffled = variants.shuffled(subject.data, seed), variants.shuffled(context, seed + 7)
        case.compare(case.joined(*shuffled), expected, "with events and context shuffled")


@check("join-split", kinds=KIND, since=1)
def joins_each_event_alone(subject: Subject) -> None:
    """Events joined in parts give, together, what all give at once.

    Why: streams join batch by batch.
    Fix: look at the context, never at other events.
    """
    case = Joining.of(subject)
    parts = [case.joined(events=part) for part in variants.dealt(subject.data, 3, seed=1)]
    whole = case.joined()
    case.compare(evolve(whole, rows=pl.concat([p.rows for p in parts])), whole, "in 3 parts")


@check("join-engines", kinds=KIND, since=1)
def joins_alike_on_both_engines(subject: Subject) -> None:
    """Polars' streaming and in-memory engines give the same answer.

    Why: the engine is chosen by the size of the data.
    Fix: sort inside the plan what must be sorted, and state a tie-break.
    """
    case = Joining.of(subject)
    case.compare(case.joined(), case.joined(engine="in-memory"), "on the streaming engine")


@check("join-null-keys", kinds=KIND, since=1)
def matches_no_null(subject: Subject) -> None:
    """An event without a key finds nothing, and context without a key is found by nobody.

    Why: null means unknown; two unknowns are not the same customer.
    Fix: leave `nulls_equal` at False, and drop context rows without a key.
    """
    case = Joining.of(subject)
    context = case.context.collect()
    unknown = context
    for key in case.keys:
        unknown = variants.nulled(unknown, key)
    events = subject.data
    for key in case.keys:
        if key in events.columns:
            events = pl.concat([events, variants.nulled(subject.data.head(3), key)])
    found = case.joined(events=events, context=pl.concat([context, unknown.head(1)]))
    case.compare(found, case.joined(events=events), "with context that has no key")


@check("join-name-clash", kinds=KIND, since=1)
def survives_equal_names(subject: Subject) -> None:
    """A column of context named like one of the events has an outcome: an error, or another name.

    Why: both tables have a column "name"; which of the two is in the result must be no riddle.
    Fix: refuse it in words while planning, or give the context's columns a prefix.
    """
    case = Joining.of(subject)
    own = {case.known_at, *case.keys} if case.context.schema.timestamp else set(case.keys)
    theirs = [c for c in case.context.columns().names() if c not in own]
    ours = [c for c in subject.data.columns if c not in case.keys and c not in theirs]
    if not theirs or not ours:
        return
    name = next((c for c in ours if subject.frame.schema.role_of(c) is None), ours[-1])
    try:
        made = case.joined(context=case.context.collect().rename({theirs[0]: name}))
    except EventflowError:
        return
    except pl.exceptions.PolarsError as error:
        broken(f"both have a column {name}: {type(error).__name__}: {first_line(error)}")
    case.keeps(made, subject.data, f"both have a column {name}")


@check("join-no-look-ahead", kinds=KIND, since=1)
def uses_what_was_known(subject: Subject) -> None:
    """Context that became known after an event changes nothing in it.

    It applies where the author gives a context that has a timestamp, or says ``timed``.

    Why: a feature that knows the future is worthless where it is used.
    Fix: join as of `known_at`, backwards, and never on when the facts hold alone.
    """
    case = Joining.of(subject)
    said = {"timed", "known_at"} & {*subject.capabilities, *subject.extras}
    if not said and (subject.context is None or subject.context.schema.timestamp is None):
        return
    time, known = subject.frame.schema.timestamp, case.known_at
    if time is None:
        broken("a timed join needs events with a timestamp: give schema=")
    context, whole = case.context.collect(), case.joined()
    dtype = context.schema[known]
    after = subject.data.select(pl.col(time).max() + timedelta(days=1)).to_series().cast(dtype)
    late = variants.strange(context, but=case.keys).with_columns(pl.lit(after).first().alias(known))
    late = late.unique(subset=[*case.keys, known], keep="first", maintain_order=True)
    case.compare(case.joined(context=pl.concat([context, late])), whole, "with context known later")
    times = subject.data[time].drop_nulls().sort()
    for share in (0.3, 0.7):
        cut = times[int(len(times) * share)]
        before = context.filter(pl.col(known) < pl.lit(cut))
        found = case.joined(events=subject.data.filter(pl.col(time) < cut), context=before)
        expected = evolve(whole, rows=whole.rows.filter(pl.col(time) < cut))
        case.compare(found, expected, f"without context known from {cut} on")
