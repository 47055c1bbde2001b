"""How groups are written in a configuration, and what is learned where values are not listed."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Annotated, Self

import polars as pl
from attrs import frozen
from pydantic import BaseModel, ConfigDict, Field, model_validator

from eventflow.config import ONE_OR_MANY
from eventflow_features.groups import Group, Value, Values, require_categories

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ALL = "all"
_OTHER = "other"
_GROUPING, _VALUES, _ROWS = "grouping", "values", "rows"


Listed = tuple[Value, ...] | tuple[tuple[Value, ...], ...] | dict[str, tuple[Value, ...]]
"""Values as a configuration lists them."""


class GroupingOptions(BaseModel):
    """Rows told apart by the values of one column, or of several together.

    Attributes:
        columns: Category columns: text, integers or booleans.
        values: The values that get features of their own: a list; for several columns a list of
            combinations, or a list for each column, of which every combination is meant. Not
            given: learned from the data, the most frequent first.
        limit: How many are learned.
        other: What the group of all other values (and of nulls) is called; null leaves it out.
            ``other`` where values are learned, none where they are listed, unless given. Where a
            value of that name has a group, underscores are added.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: Annotated[tuple[str, ...], ONE_OR_MANY] = Field(min_length=1)
    values: Listed | None = None
    limit: int = Field(default=20, ge=1)
    other: str | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.values is not None and "limit" in self.model_fields_set:
            msg = "limit is for values that are learned; these are listed"
            raise ValueError(msg)
        if isinstance(self.values, dict) and set(self.values) != set(self.columns):
            msg = f"list values for each of {', '.join(self.columns)}"
            raise ValueError(msg)
        for values in self.listed() or ():
            if len(values) != len(self.columns):
                msg = f"{values!r} must have one value for each of {', '.join(self.columns)}"
                raise ValueError(msg)
        if self.values is not None and not self.listed():
            msg = "values are listed, but there are none"
            raise ValueError(msg)
        return self

    def listed(self) -> tuple[Values, ...] | None:
        """Return the values of each group as they are listed; None when they are learned."""
        if self.values is None:
            return None
        if isinstance(self.values, dict):
            return tuple(product(*(self.values[column] for column in self.columns)))
        return tuple(v if isinstance(v, tuple) else (v,) for v in self.values)

    def groups(self, learned: Sequence[Values]) -> Iterator[Group]:
        """Yield the groups, with what was learned where values are not listed."""
        listed = self.listed()
        known = tuple(dict.fromkeys(learned if listed is None else listed))
        named = [Group.named(self.columns, values) for values in known]
        yield from named
        asked = self.other if "other" in self.model_fields_set or listed else _OTHER
        if asked is not None:
            name = "_".join((*self.columns, asked))
            while name in {group.name for group in named}:
                name += "_"
            yield Group(columns=self.columns, others=known, name=name)


@frozen
class LearnedGroups:
    """Values of category columns that were frequent where the step was fitted.

    Attributes:
        values: For each grouping of the options the values, as text, the most frequent first; for
            one whose values are listed, none.
    """

    values: tuple[tuple[tuple[str, ...], ...], ...]


def read_groupings(
    written: Sequence[str | tuple[str, ...] | GroupingOptions],
) -> tuple[GroupingOptions | None, ...]:
    """Bring short forms into the long form; None is the group of all rows, ``all``."""
    return tuple(
        None
        if one == ALL
        else one
        if isinstance(one, GroupingOptions)
        else GroupingOptions(columns=(one,) if isinstance(one, str) else one)
        for one in written
    )


def statistics(
    rows: pl.LazyFrame, groupings: Sequence[GroupingOptions | None]
) -> pl.LazyFrame | None:
    """Return how many rows the most frequent values have; None when every value is listed.

    Raises:
        SchemaError: A column does not exist (EF301).
        GroupValueError: A column holds no categories (EF324).
    """
    found = rows.collect_schema()
    counted = [
        _frequent(rows, grouping, found).select(
            pl.lit(i, pl.Int64).alias(_GROUPING), _VALUES, _ROWS
        )
        for i, grouping in enumerate(groupings)
        if grouping is not None and grouping.values is None
    ]
    return pl.concat(counted, how="vertical") if counted else None


def learned(counts: pl.DataFrame, groupings: Sequence[GroupingOptions | None]) -> LearnedGroups:
    """Return the state from what `statistics` counted; ties are decided by the values."""
    rows = sorted(counts.iter_rows(named=True), key=lambda r: (-r[_ROWS], r[_VALUES]))
    return LearnedGroups(
        tuple(
            tuple(tuple(r[_VALUES]) for r in rows if r[_GROUPING] == i)
            for i in range(len(groupings))
        )
    )


def groups_of(
    groupings: Sequence[GroupingOptions | None], state: LearnedGroups | None
) -> list[Group | None]:
    """Return every group, in the order of the options."""
    out: list[Group | None] = []
    for i, grouping in enumerate(groupings):
        if grouping is None:
            out.append(None)
        else:
            out += grouping.groups(state.values[i] if state else ())
    return out


def _frequent(
    rows: pl.LazyFrame, grouping: GroupingOptions, found: Mapping[str, pl.DataType]
) -> pl.LazyFrame:
    require_categories(grouping.columns, found)
    texts = [pl.col(c).cast(pl.String) for c in grouping.columns]
    known = rows.filter(pl.all_horizontal(pl.col(c).is_not_null() for c in grouping.columns))
    counted = known.group_by(grouping.columns).agg(pl.len().cast(pl.Int64).alias(_ROWS))
    named = [f"value {i}" for i, _ in enumerate(texts)]
    told = counted.select(_ROWS, *(t.alias(n) for t, n in zip(texts, named, strict=True)))
    down = [True, *(False for _ in named)]
    frequent = told.sort(_ROWS, *named, descending=down).head(grouping.limit)
    return frequent.select(pl.concat_list(named).alias(_VALUES), _ROWS)
