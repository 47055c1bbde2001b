"""Groups: rows of an entity told apart by the values of category columns."""

from __future__ import annotations

from functools import reduce
from itertools import chain
from operator import and_, or_
from typing import TYPE_CHECKING

import polars as pl
from attrs import evolve, field, frozen
from polars.exceptions import PolarsError

from eventflow_features.errors import GroupValueError, require_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CATEGORIES = (pl.String, pl.Boolean, pl.Categorical, pl.Enum)

Value = str | int | float | bool
"""A value of a category column, as a configuration or a saved state writes it."""

Values = tuple[Value, ...]
"""One value for each column of a grouping."""


@frozen(kw_only=True)
class Group:
    """The rows with these values in these columns; or, as the rest, with none of some others.

    Attributes:
        columns: Category columns.
        values: One value for each column; empty for the rest.
        others: For the rest: the groups that it is not. A null makes a row part of the rest.
        name: What stands for it in the names of features.
    """

    columns: tuple[str, ...]
    values: Values = ()
    others: tuple[Values, ...] = ()
    name: str = field(eq=False)

    @classmethod
    def named(cls, columns: Sequence[str], values: Values) -> Group:
        """Return the group of these values, named by both: ``card_DC_kind_food``."""
        pairs = zip(columns, map(_text, values), strict=False)
        return cls(columns=tuple(columns), values=values, name="_".join(chain(*pairs)))

    @property
    def is_rest(self) -> bool:
        """Whether it holds what belongs to no other group."""
        return not self.values

    def typed(self, found: Mapping[str, pl.DataType]) -> Group:
        """Return the same group with its values in the dtypes of their columns.

        Raises:
            SchemaError: A column does not exist (EF301).
            GroupValueError: A column holds no categories, or no such value (EF324).
        """
        require_categories(self.columns, found)
        return evolve(
            self,
            values=typed(self.columns, self.values, found),
            others=tuple(typed(self.columns, values, found) for values in self.others),
        )

    def condition(self) -> pl.Expr:
        """Return whether a row belongs to it; values must be `typed`."""
        if self.is_rest:
            known = [_equal(self.columns, values) for values in self.others]
            return reduce(or_, known, pl.lit(value=False)).not_()
        return _equal(self.columns, self.values)

    def label(self) -> str:
        """Return text that no other group shares."""
        said = f"others than {self.others!r}" if self.is_rest else repr(self.values)
        return f"{', '.join(self.columns)} {said}"


def typed(columns: Sequence[str], values: Values, found: Mapping[str, pl.DataType]) -> Values:
    """Return values in the dtypes of their columns: ``"7"`` is 7 where the column is an integer.

    Raises:
        GroupValueError: A value is none of its column's dtype (EF324).
    """
    return tuple(_typed(c, v, found[c]) for c, v in zip(columns, values, strict=False))


def require_categories(columns: Sequence[str], found: Mapping[str, pl.DataType]) -> None:
    """Check that the values of columns can name groups: text, integers or booleans.

    Raises:
        SchemaError: A column does not exist (EF301).
        GroupValueError: Its dtype is another (EF324).
    """
    require_columns(columns, found, key="groups")
    for column in columns:
        dtype = found[column]
        if not (dtype.is_integer() or dtype in _CATEGORIES):
            raise GroupValueError.not_a_category(column, dtype)


def _typed(column: str, value: Value, dtype: pl.DataType) -> Value:
    if dtype == pl.Boolean:
        known = {"true": True, "false": False}
        if (text := _text(value)) in known:
            return known[text]
        raise GroupValueError.of_column(value, column, dtype)
    if not dtype.is_integer():
        return _text(value)
    try:
        turned: int = pl.Series([_text(value)]).cast(dtype).item()
    except PolarsError:
        raise GroupValueError.of_column(value, column, dtype) from None
    return turned


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equal(columns: Sequence[str], values: Values) -> pl.Expr:
    pairs = zip(columns, values, strict=True)
    return reduce(and_, ((pl.col(c) == v).fill_null(value=False) for c, v in pairs))
