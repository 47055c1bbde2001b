"""Indexes of a context, in plans that are executed in several places or several times."""

from __future__ import annotations

import polars as pl
from attrs import frozen
from polars.testing import assert_frame_equal

from eventflow.context.lookup import looked_up

EVENTS = pl.LazyFrame({"n": range(1_000)})


@frozen(eq=False)
class _Largest:
    """Tells the largest value of the context that is not above the event's."""

    values: list[int]

    def ask(self, batch: pl.DataFrame) -> pl.DataFrame:
        largest = [max((v for v in self.values if v <= n), default=None) for n in batch["at"]]
        return pl.DataFrame({"found": largest}, schema={"found": pl.Int64})


def planned(context: pl.LazyFrame, built: list[_Largest]) -> pl.LazyFrame:
    """Return the events with what the context says; `built` gets every index."""

    def build(rows: pl.DataFrame) -> _Largest:
        built.append(_Largest(rows["v"].to_list()))
        return built[-1]

    return looked_up(EVENTS, context, build, adds={"found": pl.Int64()}, asks={"at": pl.col("n")})


def test_places_that_read_the_same_context_at_once_share_its_index() -> None:
    """Ten queries that Polars executes apart: one index serves them, and none takes another's."""
    built: list[_Largest] = []
    plan = planned(pl.LazyFrame({"v": [10, 500]}), built)
    apart = [plan.filter(pl.col("n") % 10 == i) for i in range(10)]
    for engine in ("streaming", "in-memory"):
        found = pl.collect_all(
            apart,
            engine=engine,
            optimizations=pl.QueryOptFlags(comm_subplan_elim=False),
        )
        n = pl.col("n")
        expected = pl.when(n >= 500).then(500).when(n >= 10).then(10).cast(pl.Int64)
        assert_frame_equal(
            pl.concat(found).sort("n"), EVENTS.with_columns(expected.alias("found")).collect()
        )
    assert len(built) <= 2  # two may begin at once; none is waited for


def test_an_index_is_made_anew_when_the_context_is_another() -> None:
    """The same plan, executed again, reads what is there now; old indexes are let go."""
    now = [1]
    built: list[_Largest] = []
    context = pl.LazyFrame({"v": [0]}).map_batches(
        lambda _: pl.DataFrame({"v": now}), schema={"v": pl.Int64}
    )
    plan = planned(context, built).filter(pl.col("n") == 999).select("found")
    for value in (*range(8), 7):
        now[0] = value
        assert plan.collect().item() == value
    assert [index.values for index in built] == [[value] for value in range(8)]
