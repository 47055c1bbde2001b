"""The step `enrich` and the join `exact`: who finds what, and what is said of those who do not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from eventflow import ContextEnricherStep, ContextSchema, EventFrame, ExactJoin, Pipeline
from eventflow.context.errors import (
    ColumnClashError,
    ContextTimeError,
    KeyDtypeError,
    NoJoinKeyError,
    RepeatedContextError,
)
from eventflow.schema import ColumnSchema, SchemaError


def at(hour: int) -> datetime:
    """Return an hour of one day."""
    return datetime(2026, 3, 1, hour, tzinfo=UTC)


EVENTS = EventFrame.of(
    {"shop": ["a", "b", None, "z"], "at": [at(3), at(3), at(3), at(3)], "n": [1, 2, 3, 4]},
    timestamp="at",
)
SHOPS = EventFrame.of({"shop": ["a", "b", None], "town": ["Bonn", "Köln", "?"], "n": [7, 8, 9]})


def enriched(context: EventFrame, join: Any, **options: Any) -> EventFrame:
    """Return the events with columns of a context."""
    return Pipeline([ContextEnricherStep(context, join, **options)]).run(EVENTS)


def counts(frame: EventFrame) -> dict[str, int]:
    """Return reason → events that found nothing."""
    return dict(frame.accounts[-1].counts.collect().iter_rows())


def test_every_event_stays_and_what_is_missing_is_counted_by_reason() -> None:
    """Four events stay four; the one without a shop and the one of an unknown shop are told."""
    frame = enriched(SHOPS, ExactJoin(by="shop"), columns=["town"])
    rows = frame.collect().sort("n")
    assert rows["town"].to_list() == ["Bonn", "Köln", None, None]
    assert counts(frame) == {"no shop": 1, "no context": 1}


def test_columns_of_context_can_be_chosen_and_get_a_prefix() -> None:
    """Without a choice all are added that are not matched by; equal names need a prefix."""
    with pytest.raises(ColumnClashError, match="both have n"):
        enriched(SHOPS, ExactJoin(by="shop"))
    frame = enriched(SHOPS, ExactJoin(by="shop"), prefix="shop_")
    assert frame.columns().names() == ["shop", "at", "n", "shop_town", "shop_n"]
    with pytest.raises(ColumnClashError, match="matches by shop") as caught:
        enriched(SHOPS, ExactJoin(by="shop"), columns=["shop", "town"])
    assert "prefix" in str(caught.value)
    with pytest.raises(SchemaError, match="towm"):
        enriched(SHOPS, ExactJoin(by="shop"), columns="towm")


def test_a_column_that_is_matched_by_can_be_added_too() -> None:
    """The key of the context arrives under the prefix, and is null where nothing was found."""
    frame = enriched(SHOPS, ExactJoin(by="shop"), columns=["shop"], prefix="found_")
    assert frame.collect().sort("n")["found_shop"].to_list() == ["a", "b", None, None]


def test_keys_may_have_other_names_there_and_other_dtypes_of_one_kind() -> None:
    """Text meets categories, 16 bits meet 64; text and numbers are refused, with the cast."""
    theirs = EventFrame.of(
        pl.DataFrame(
            {"id": ["a", "b"], "no": [1, 2], "town": ["Bonn", "Köln"]},
            schema_overrides={"id": pl.Categorical, "no": pl.Int16},
        )
    )
    by_text = enriched(theirs, ExactJoin(by={"shop": "id"}), columns="town").collect().sort("n")
    by_number = enriched(theirs, ExactJoin(by={"n": "no"}), columns="town").collect().sort("n")
    assert by_text["town"].to_list() == by_number["town"].to_list() == ["Bonn", "Köln", None, None]
    with pytest.raises(KeyDtypeError, match="never equal") as caught:
        enriched(theirs, ExactJoin(by={"shop": "no"}), columns="town")
    assert caught.value.problems[0].code == "EF381"


def test_instants_are_equal_whatever_the_zone_of_their_clock() -> None:
    """A wall clock in Berlin is the hour in UTC that it was."""
    wall = pl.DataFrame({"hour": [datetime(2026, 3, 1, 4)], "rain": [1.5]})  # noqa: DTZ001 - a wall clock
    berlin = EventFrame.of(wall, timezone="Europe/Berlin")
    frame = enriched(berlin, ExactJoin(by={"at": "hour"}), columns="rain")
    assert frame.collect()["rain"].to_list() == [1.5] * 4


def test_the_context_names_its_key_and_an_event_without_it_is_told_how() -> None:
    """The entity of the context is the key, and must be a column of the events."""
    assert counts(enriched(SHOPS.under(ContextSchema(key=("shop",))), None, columns="town"))
    named = EventFrame.of({"store": ["a"], "town": ["Bonn"]}, entity="store")
    with pytest.raises(NoJoinKeyError, match=r"by: \{shop: store\}|by: \{.*: store\}"):
        enriched(named, None)
    with pytest.raises(NoJoinKeyError, match="names no key"):
        enriched(SHOPS, None)


def test_several_rows_of_one_key_are_an_error_or_chosen_by_a_rule() -> None:
    """Never a multiplication; the error names a key, when rows are read."""
    twice = EventFrame.of({"shop": ["a", "a", "b"], "town": ["Ulm", "Bonn", "Köln"]})
    frame = enriched(twice, ExactJoin(by="shop"))
    with pytest.raises(RepeatedContextError, match="several rows for 1 value of shop, for exam"):
        frame.collect()
    first = enriched(twice, ExactJoin(by="shop", repeats="first")).collect().sort("n")
    last = enriched(twice, ExactJoin(by="shop", repeats="last")).collect().sort("n")
    assert first["town"].to_list() == ["Bonn", "Köln", None, None]
    assert last["town"].to_list() == ["Ulm", "Köln", None, None]


def test_what_became_known_later_is_not_used() -> None:
    """The last row before the event counts; one of the very moment does not; none is told."""
    history = EventFrame.of(
        {"shop": ["a", "a", "b"], "known": [at(1), at(3), at(3)], "price": [5, 6, 7]},
        entity="shop",
    ).under(ContextSchema(key=("shop",), known_at="known"))
    frame = enriched(history, None)
    assert frame.collect().sort("n")["price"].to_list() == [5, None, None, None]
    assert counts(frame) == {"no shop": 1, "no context known yet": 1, "no context": 1}
    with pytest.raises(ContextTimeError, match="the events have no timestamp"):
        Pipeline([ContextEnricherStep(history)]).run(EventFrame.of({"shop": ["a"]}))


def test_roles_are_given_where_the_source_does_not_know_them() -> None:
    """The same history, of which nothing but `roles` says when it became known."""
    bare = EventFrame.of({"shop": ["a", "a"], "known": [at(1), at(4)], "price": [5, 6]})
    frame = enriched(bare, ExactJoin(by="shop"), roles={"known_at": "known"})
    assert frame.collect().sort("n")["price"].to_list() == [5, None, None, None]


def test_added_columns_keep_unit_and_range_and_may_be_null() -> None:
    """What the context says of a column holds of the events', but that it is there and distinct."""
    said = ColumnSchema(unit="°C", maximum=60, nullable=False, unique=True, critical=True)
    warm = SHOPS.under(ContextSchema(key=("shop",), columns={"town": said}))
    found = enriched(warm, None, columns="town", prefix="their_").schema.columns["their_town"]
    assert (found.unit, found.maximum) == ("°C", 60)
    assert (found.nullable, found.unique, found.critical) == (True, False, False)


JOINS = {"timeless": ExactJoin(by="shop", timeless=True), "known": ExactJoin(by="shop")}


@pytest.mark.parametrize("engine", ["streaming", "in-memory"])
@pytest.mark.parametrize("join", JOINS)
def test_repeats_are_counted_whole_events_or_not(join: str, engine: Any) -> None:
    """All of them, however many batches they come in, and where no event asks for them."""
    several = pl.LazyFrame({"shop": range(150_000)}).select(
        shop=pl.concat([pl.col("shop").cast(pl.String)] * 2), since=at(1), price=1
    )
    context = EventFrame.of(several, timestamp="since")
    nobody = EVENTS.pipe(lambda rows: rows.filter(pl.col("n") > 9))
    for events in (EVENTS, nobody):
        rows = JOINS[join].join(events, context).lazy
        with pytest.raises(RepeatedContextError, match="for 150,000 values of shop"):
            rows.collect(engine=engine)


@pytest.mark.parametrize("timeless", [True, False])
def test_one_pass_reads_the_context_once(*, timeless: bool) -> None:
    """For the rows, the ledger and the charts together, by keys that are whole numbers."""
    read = []

    def noted(rows: pl.DataFrame) -> pl.DataFrame:
        read.append(rows.height)
        return rows

    known = pl.LazyFrame({"n": [1, 2], "since": [at(1)] * 2, "price": [5, 6]})
    context = EventFrame.of(known.map_batches(noted), timestamp="since")
    frame = ExactJoin(by="n", timeless=timeless).join(EVENTS, context)
    charts = [query for chart in frame.charts for query in chart.queries()]
    pl.collect_all([frame.lazy, frame.accounts[-1].counts, *charts])
    assert read == [2]
