"""Aggregates: the same answer for any split of the rows, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import frozen

from eventflow.aggregate import Selection
from eventflow.testing import variants
from eventflow.testing.check import broken, check
from eventflow.testing.comparing import differences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.aggregate import Aggregate
    from eventflow.testing.runner import Engine
    from eventflow.testing.subject import Subject

GROUP = "__group"
GROUPS = 5
KIND = ("aggregate",)


@frozen(kw_only=True, eq=False)
class Case:
    """One aggregate over one column of the data, alone or with a condition.

    Attributes:
        told: What it is over, for messages.
        made: The aggregate.
        dtype: dtype of its values.
        rows: The rows, with a column of groups; the values of the last group are all null.
    """

    told: str
    made: Aggregate
    dtype: pl.DataType
    rows: pl.DataFrame

    def fold(self, rows: pl.DataFrame, engine: Engine = "streaming") -> pl.DataFrame:
        """Return the partials of rows."""
        return self._grouped(rows, self.made.partial(self.dtype), engine)

    def merge(self, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """Return partials merged into one per group."""
        return self._grouped(pl.concat(parts), self.made.merge(), "streaming")

    def finish(self, partials: pl.DataFrame, engine: Engine = "streaming") -> pl.DataFrame:
        """Return the answers."""
        return partials.lazy().select(GROUP, self.made.finish()).collect(engine=engine)

    def whole(self) -> pl.DataFrame:
        """Return the answers of all rows at once."""
        return self.finish(self.fold(self.rows))

    def compare(self, found: pl.DataFrame, expected: pl.DataFrame, when: str) -> None:
        """Compare answers by group, to the aggregate's parity class."""
        parity = {self.made.name: self.made.parity(self.dtype)}
        if told := differences(found, expected, key=[GROUP], parity=parity):
            broken(f"over {self.told}, {when}: {told}")

    def _grouped(
        self, rows: pl.DataFrame, exprs: dict[str, pl.Expr], engine: Engine
    ) -> pl.DataFrame:
        named = [expr.alias(name) for name, expr in exprs.items()]
        return rows.lazy().group_by(GROUP).agg(named).collect(engine=engine)


def cases(subject: Subject) -> Iterator[Case]:
    """Yield the aggregate over every column whose values it takes, without and with a condition."""
    data = subject.data
    for column, dtype in data.schema.items():
        for where in (None, _condition(data)):
            made = _built(subject, column, where)
            if made.dtype(dtype) is not None:
                told = column if where is None else f"{column} where {where}"
                rows = _in_groups(data, column)
                yield Case(told=told, made=made, dtype=dtype, rows=rows)


def _built(subject: Subject, column: str, where: pl.Expr | None) -> Aggregate:
    label = f'"{column}"' if where is None else f'"{column}" where {where}'
    of = Selection(label=label, value=pl.col(column), where=where)
    options = subject.options(subject.folder) if callable(subject.options) else subject.options
    made: Aggregate = subject.component(**{"name": "answer", "of": of, **options})
    return made


def _condition(data: pl.DataFrame) -> pl.Expr:
    flags = [c for c, t in data.schema.items() if t == pl.Boolean]
    return pl.col(flags[0]) if flags else pl.col(data.columns[0]).is_not_null()


def _in_groups(data: pl.DataFrame, column: str) -> pl.DataFrame:
    group = pl.int_range(pl.len(), dtype=pl.Int64) % GROUPS
    rows = data.with_columns(group.alias(GROUP))
    empty = pl.when(pl.col(GROUP) < GROUPS - 1).then(pl.col(column))
    return rows.with_columns(empty.alias(column))


@check("aggregate-takes", kinds=KIND, since=1)
def takes_something(subject: Subject) -> None:
    """It takes the values of at least one column of the data.

    Why: an aggregate that refuses every dtype can be used by nobody.
    Fix: return the answer's dtype from `dtype`, or give the contract data that it takes.
    """
    if next(cases(subject), None) is None:
        dtypes = ", ".join(sorted({str(t) for t in subject.data.schema.values()}))
        broken(f"takes none of {dtypes}")


@check("aggregate-split", kinds=KIND, since=1)
def folds_any_split(subject: Subject) -> None:
    """Rows split in any way, folded and merged in any order, finish as all rows at once do.

    Why: streams and clusters fold rows where they are.
    Fix: keep in `partial` what can be merged: sum and count, not the mean.
    """
    for case in cases(subject):
        for parts in (2, 5):
            folded = [case.fold(part) for part in variants.dealt(case.rows, parts, seed=parts)]
            for order, told in ((folded, "merged"), (folded[::-1], "merged backwards")):
                case.compare(case.finish(case.merge(order)), case.whole(), f"{parts} parts {told}")


@check("aggregate-nesting", kinds=KIND, since=1)
def merges_in_any_nesting(subject: Subject) -> None:
    """Merging merged partials, or a single partial, changes nothing.

    Why: partials are merged per batch, per hour, per machine, and again above that.
    Fix: let `merge` return columns of the same meaning as it takes: sums of sums, maxima of maxima.
    """
    for case in cases(subject):
        first, second, *others = (case.fold(p) for p in variants.dealt(case.rows, 4, seed=1))
        flat = case.finish(case.merge([first, second, *others]))
        left = case.merge([case.merge([first, second]), *others])
        right = case.merge([first, case.merge([second, case.merge(others)])])
        case.compare(case.finish(left), flat, "merged two first, then the others")
        case.compare(case.finish(right), flat, "merged from the end")
        alone = case.merge([case.merge([case.fold(case.rows)])])
        case.compare(case.finish(alone), case.whole(), "one partial merged with nothing")


@check("aggregate-row-order", kinds=KIND, since=1)
def folds_in_any_order(subject: Subject) -> None:
    """Rows in another order, on either of Polars' engines, give the same answer.

    Why: rows have no order; Polars itself does not keep one, and the engine depends on their size.
    Fix: sort by time and a tie-break inside the expression, in the end by the value.
    """
    for case in cases(subject):
        engines: tuple[Engine, ...] = ("streaming", "in-memory")
        for seed, engine in enumerate(engines):
            shuffled = case.fold(variants.shuffled(case.rows, seed), engine)
            told = f"with the rows shuffled, on the {engine} engine"
            case.compare(case.finish(shuffled, engine), case.whole(), told)


@check("aggregate-direct", kinds=KIND, since=1)
def agrees_with_its_shortcut(subject: Subject) -> None:
    """Where `direct` gives a shortcut, it equals `finish` of `partial`.

    Why: it is used whenever the rows are not split, and must not be seen to be.
    Fix: give the shortcut the same nulls, ties and dtype, or return None.
    """
    for case in cases(subject):
        direct = case.made.direct(case.dtype)
        if direct is not None:
            found = case.rows.lazy().group_by(GROUP).agg(direct.alias(case.made.name)).collect()
            case.compare(found, case.whole(), "by direct")


@check("aggregate-dtype", kinds=KIND, since=1)
def answers_as_declared(subject: Subject) -> None:
    """The answer has the dtype that `dtype` declares, and the name `name`.

    Why: columns are checked before any data is read.
    Fix: cast in `finish`, and declare what comes out; name the answer with `.alias(self.name)`.
    """
    for case in cases(subject):
        answers = case.whole()
        if case.made.name not in answers.columns:
            broken(f"over {case.told}: the answer is named {answers.columns[-1]!r}, not by `name`")
        found, declared = answers.schema[case.made.name], case.made.dtype(case.dtype)
        if found != declared:
            broken(f"over {case.told}: declares {declared}, gives {found}")


@check("aggregate-nulls", kinds=KIND, since=1)
def ignores_nulls(subject: Subject) -> None:
    """Null values count for nothing: with more of them the answer is the same.

    Why: SQL's aggregates ignore nulls, and so does everyone who reads a feature.
    Fix: count values (`count()`), not rows (`len()`); drop nulls before what keeps them.
    """
    for case in cases(subject):
        column = case.made.of.value.meta.root_names()[0]
        more = pl.concat([case.rows, variants.nulled(case.rows, column)])
        case.compare(case.finish(case.fold(more)), case.whole(), "with as many nulls added")


@check("aggregate-names", kinds=KIND, since=1)
def names_its_partials(subject: Subject) -> None:
    """`merge` gives the columns that `partial` gives, named by what they hold.

    Why: aggregates of one query share equal partial columns; other columns with an equal name
    would silently replace each other.
    Fix: build each name from the selection's label: `f"sum({self.of.label})"`.
    """
    seen: dict[str, str] = {}
    for case in cases(subject):
        partial, merged = case.made.partial(case.dtype), case.made.merge()
        if partial.keys() != merged.keys():
            broken(f"partial gives {sorted(partial)}, merge gives {sorted(merged)}")
        for name in partial:
            if seen.setdefault(name, case.told) != case.told:
                broken(f"{name!r} holds a partial of {seen[name]} and one of {case.told}")


@check("aggregate-values", kinds=KIND, since=1)
def is_a_value(subject: Subject) -> None:
    """Two aggregates built alike are equal, and cannot be changed.

    Why: plans are compared, shared and saved.
    Fix: make it an `attrs.frozen` class.
    """
    column = subject.data.columns[0]
    ours, theirs = (_built(subject, column, None) for _ in range(2))
    if ours != theirs:
        broken("two aggregates built alike are not equal")
    try:
        _rename(ours)
    except AttributeError:
        return
    broken("its name can be changed")


def _rename(made: Any) -> None:
    made.name = "other"
