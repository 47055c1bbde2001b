"""What can be wrong with a rule; found before any data is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventflow.errors import EventflowError, ExitCode, Problem, nearest
from eventflow.schema import dtype_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl


class UnknownRuleColumnError(EventflowError):
    """A rule names a column the data does not have at the gate."""

    code = "EF411"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_columns(
        cls, missing: Iterable[str], found: Iterable[str], *, key: str
    ) -> EventflowError:
        """Build the error with one problem per missing column.

        Args:
            missing: Names that were not found.
            found: Columns there are.
            key: Option that names the columns, ``columns`` or ``unique``.
        """
        names = tuple(found)
        return cls(*(cls._problem(key, name, names) for name in missing))

    @classmethod
    def _problem(cls, key: str, name: str, found: tuple[str, ...]) -> Problem:
        near = nearest(name, found)
        return Problem(
            code=cls.code,
            message=f'a quality rule speaks of "{name}", and there is no such column at the gate',
            key=f"quality.{key}.{name}" if key == "columns" else f"quality.{key}",
            detail=(f"columns: {', '.join(found[:12])}{', …' if len(found) > 12 else ''}",),  # noqa: PLR2004 - a line's worth
            fix=f'did you mean "{near}"?' if near else "name a column that exists",
            replacement=near,
        )


class RuleTypeError(EventflowError):
    """A rule cannot be applied to a column of this dtype."""

    code = "EF410"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_value(
        cls, column: str, rule: str, value: Any, dtype: pl.DataType, wanted: str
    ) -> EventflowError:
        """Build the error for a value that cannot be compared with the column."""
        return cls.of(
            f"{rule}: {value!r} cannot be compared with column "
            f'"{column}", which is {dtype_name(dtype)}',
            key=f"quality.columns.{column}.{rule}",
            fix=f"write {wanted}, or cast the column first",
        )

    @classmethod
    def for_pattern(cls, column: str, pattern: str, why: str) -> EventflowError:
        """Build the error for a pattern that is no regular expression, or a column without text."""
        return cls.of(
            f'pattern {pattern!r} cannot be used on column "{column}": {why}',
            key=f"quality.columns.{column}.pattern",
            fix="use Rust regular expression syntax on a text column",
        )
