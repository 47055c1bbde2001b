"""Engines: the answers of Polars, in the order in which they were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow.errors import EventflowError
from eventflow.testing.check import broken, check
from eventflow.testing.comparing import differences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.testing.subject import Subject

_SIZES = (None, 0, 1, 10**6, 10**12, 2**63, 10**30)


@check("engine-answers", kinds=("engine",), since=1)
def answers_as_polars(subject: Subject) -> None:
    """Every plan gives the rows, columns and dtypes that Polars gives.

    Why: where a pipeline runs may not change what it answers.
    Fix: execute the plan that was handed over; split it only where its parts merge exactly.
    """
    engine = subject.build()
    for name, plan in _corpus(subject.frame.lazy).items():
        [found] = engine.gather([plan])
        if not isinstance(found, pl.DataFrame):
            broken(f"gather() returned a {type(found).__name__} for {name}")
        if told := differences(found, plan.collect(engine="in-memory")):
            broken(f"{name}: {told}")


@check("engine-order", kinds=("engine",), since=1)
def answers_in_order(subject: Subject) -> None:
    """Several plans give as many answers, each in the place of its plan; none gives none.

    Why: a run tells statistics from results by their place.
    Fix: put the answers back into the order of the plans, however they were executed.
    """
    plans = [pl.LazyFrame({"number": [n]}) for n in range(12)]
    answers = subject.build().gather(plans)
    found = [answer.item() if answer.shape == (1, 1) else None for answer in answers]
    if found != list(range(12)):
        broken(f"the answers to 0 … 11 were {found}")
    if (none := subject.build().gather([])) != []:
        broken(f"gather([]) returned {none!r}")


@check("engine-shared", kinds=("engine",), since=1)
def answers_shared_plans(subject: Subject) -> None:
    """Plans that share a part give the same answers together as alone.

    Why: a run asks for a result, its counts and its statistics in one go.
    Fix: hand all plans to Polars at once, or execute the shared part once and reuse it.
    """
    corpus = _corpus(subject.frame.lazy)
    answers = subject.build().gather(list(corpus.values()))
    for (name, plan), found in zip(corpus.items(), answers, strict=True):
        if told := differences(found, plan.collect(engine="in-memory")):
            broken(f"{name}, gathered together with others: {told}")


@check("engine-failure", kinds=("engine",), since=1)
def surfaces_failures(subject: Subject) -> None:
    """A plan that fails raises Polars' error or a coded one; the engine can be used afterwards.

    Why: the run tells by the error what went wrong, and where.
    Fix: let errors through; wrap those of a cluster in a subclass of EventflowError.
    """
    engine = subject.build()
    good, bad = (
        pl.LazyFrame({"x": [1]}),
        pl.LazyFrame({"x": ["a"]}).select(pl.col("x").cast(pl.Int8)),
    )
    for plans in ([bad], [good, bad]):
        try:
            engine.gather(plans)
        except (pl.exceptions.PolarsError, EventflowError):
            continue
        except Exception as error:  # noqa: BLE001 - every other kind is what the law forbids
            broken(f"a failing plan raised {type(error).__name__}: {str(error)[:120]}")
        broken("a failing plan gave an answer")
    if [answer.rows() for answer in engine.gather([good])] != [[(1,)]]:
        broken("after a failure, the engine gives no right answer")


@check("engine-sinks", kinds=("engine",), since=1)
def executes_sinks(subject: Subject) -> None:
    """A lazy sink node among the plans is executed; its answer is an empty frame.

    Why: a result is written in the same pass in which it is counted.
    Fix: treat sink nodes as plans whose answer is empty.
    """
    rows, target = subject.frame.lazy, subject.folder / "written.parquet"
    sink = rows.sink_parquet(target, lazy=True)
    count, written = subject.build().gather([rows.select(pl.len()), sink])
    if not target.exists() or pl.read_parquet(target).height != count.item():
        broken("a lazy sink node among the plans was not executed, or not whole")
    if written.height:
        broken(f"the answer of a sink has {written.height} rows")


@check("engine-holds", kinds=("engine",), since=1)
def decides_what_to_hold(subject: Subject) -> None:
    """`holds` answers True or False for any size, unknown included; never hold the impossible.

    Why: a run asks it before each pass; an unknown size is common.
    Fix: return False for None, and compare with the memory that is free.
    """
    engine = subject.build()
    answers = {size: engine.holds(size) for size in _SIZES}
    for size, answer in answers.items():
        if not isinstance(answer, bool):
            broken(f"holds({size}) returned {answer!r}")
    if answers[10**30]:
        broken("holds(10**30) is true: no machine has that memory")


def _corpus(lazy: pl.LazyFrame) -> Mapping[str, pl.LazyFrame]:
    """Return plans as runs make them, all over the same rows."""
    first, *rest = lazy.collect_schema().names()
    last = rest[-1] if rest else first
    derived = lazy.with_columns(pl.col(first).is_null().alias("missing"))
    return {
        "all rows": lazy,
        "a derived column": derived,
        "filtered rows": derived.filter("missing"),
        "one column": lazy.select(last),
        "no rows": lazy.clear(),
        "counts": lazy.select(pl.len(), pl.all().null_count().name.prefix("nulls_")),
        "groups": derived.group_by(first).agg(pl.len().alias("rows"), pl.col("missing").sum()),
        "a join with itself": lazy.select(first).unique().join(
            lazy.group_by(first).agg(pl.len().alias("rows")), on=first, nulls_equal=True
        ),
        "sorted, the first": lazy.select(first).sort(first).head(3),
    }  # fmt: skip
