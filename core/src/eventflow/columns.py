"""Checking, before any data is read, that columns are there and hold what a component needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError, Problem
from eventflow.schema import SchemaError, dtype_families, dtype_name, missing_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl


class UnfitColumnError(EventflowError):
    """A column's dtype does not fit what a component makes of it."""

    code = "EF308"

    @classmethod
    def for_columns(
        cls, found: Mapping[str, pl.DataType], families: Sequence[str], *, key: str
    ) -> Self:
        """Name each column with its dtype, and what is needed."""
        need = " or ".join(families)
        return cls(
            *(
                Problem(
                    code=cls.code,
                    message=f'column "{name}" is {dtype_name(dtype)}, but this needs {need}',
                    key=key,
                    fix="cast the column first, or name another",
                )
                for name, dtype in found.items()
            )
        )


class PatternNameError(EventflowError):
    """A column has a name that Polars takes for a pattern of names."""

    code = "EF302"

    @classmethod
    def for_columns(cls, names: Sequence[str]) -> Self:
        """Name the columns."""
        return cls(
            *(
                Problem(
                    code=cls.code,
                    message=f'a column is called "{name}", which stands for several columns: '
                    "*, and what begins with ^ and ends with $, are patterns",
                    fix="give the column another name where the data comes from",
                )
                for name in names
            )
        )


def require_plain_names(names: Iterable[str]) -> None:
    """Check that each name stands for itself, as an expression reads it.

    Raises:
        PatternNameError: With one problem (EF302) for each that does not.
    """
    patterns = [n for n in names if n == "*" or (n.startswith("^") and n.endswith("$"))]
    if patterns:
        raise PatternNameError.for_columns(patterns)


def require_columns(
    names: Iterable[str],
    found: Mapping[str, pl.DataType],
    *,
    key: str,
    families: Sequence[str] = (),
    owner: str | None = None,
) -> None:
    """Check that columns exist and have a dtype that will do. Reads no data.

    For `scan`, `learn` and `apply`, which run while a run is planned. A run adds the owner of the
    component and the place in the file that `key` names.

    Example:
        >>> from eventflow import EventFrame, require_columns
        >>> events = EventFrame.of({"amount": [1.5, None]})
        >>> require_columns(["amount"], events.columns(), key="column", families=["numeric"])

    Args:
        names: The columns.
        found: Columns that arrive, with their dtypes: `frame.columns()`.
        key: The option that names them.
        families: Families of which each dtype must have one: ``numeric``, ``integer``, ``string``,
            ``temporal``, ``boolean``, ``categorical``; any dtype if none is given.
        owner: Distribution to name where no run does.

    Raises:
        SchemaError: With one problem (EF301) for each that is missing, and the nearest name.
        UnfitColumnError: With one problem (EF308) for each that has another dtype.
    """
    wanted = list(dict.fromkeys(names))
    missing = [missing_column(key, name, found, owner) for name in wanted if name not in found]
    if missing:
        raise SchemaError(*missing)
    unfit = {n: found[n] for n in wanted if not dtype_families(found[n]) & set(families)}
    if families and unfit:
        raise UnfitColumnError.for_columns(unfit, families, key=key)
