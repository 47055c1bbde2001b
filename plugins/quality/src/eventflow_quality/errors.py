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
            key: Option that names the columns: ``columns``, ``unique``, ``references``, …
        """
        names = tuple(found)
        return cls(*(cls._problem(key, name, names) for name in missing))

    @classmethod
    def _problem(cls, key: str, name: str, found: tuple[str, ...]) -> Problem:
        near = nearest(name, found)
        return Problem(
            code=cls.code,
            message=f'a quality rule speaks of "{name}", and there is no such column at the gate',
            key=f"quality.columns.{name}" if key == "columns" else f"quality.{key}",
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

    @classmethod
    def for_outliers(cls, column: str, dtype: pl.DataType) -> EventflowError:
        """Build the error for outliers of a column that is no number."""
        return cls.of(
            f'outliers need numbers, and column "{column}" is {dtype_name(dtype)}',
            key=f"quality.columns.{column}.outliers",
            fix="cast the column first, or leave outliers out",
        )

    @classmethod
    def for_drift(cls, column: str, here: pl.DataType, there: pl.DataType | None) -> EventflowError:
        """Build the error for a column that cannot be compared with its reference."""
        there_is = "has no such column" if there is None else f"has {dtype_name(there)}"
        return cls.of(
            f'drift of column "{column}" cannot be told: it is {dtype_name(here)}, and the '
            f"reference {there_is}",
            key="quality.drift.columns",
            fix="watch numbers, text, categories or booleans that the reference has as well",
        )


class ReferenceTypeError(EventflowError):
    """A foreign key and the key it refers to are of dtypes that never match."""

    code = "EF412"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_columns(
        cls, column: str, dtype: pl.DataType, other: str, there: pl.DataType
    ) -> EventflowError:
        """Build the error for one pair of columns."""
        return cls.of(
            f'column "{column}" is {dtype_name(dtype)}, and the key "{other}" it refers to is '
            f"{dtype_name(there)}",
            key="quality.references",
            fix="cast one of them, so that equal keys are equal",
        )


class NoMomentError(EventflowError):
    """A rule depends on the moment of the run, and the gate was not bound to one."""

    code = "EF413"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_option(cls, option: str) -> EventflowError:
        """Build the error for an option such as ``freshness``."""
        return cls.of(
            f"{option} compares events with the moment of the run, and none is given",
            key=f"quality.{option}",
            fix="in Python, bind the gate first: gate.at(datetime(2011, 12, 10, tzinfo=UTC))",
        )


class NoTimestampError(EventflowError):
    """A rule about time, and the schema does not say which column tells the time."""

    code = "EF414"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_option(cls, option: str) -> EventflowError:
        """Build the error for an option such as ``gaps``."""
        return cls.of(
            f"{option} needs to know when events happened, and the schema names no timestamp",
            key=f"quality.{option}",
            fix="write  schema: {timestamp: NAME_OF_THE_COLUMN}",
        )


class NoReferenceError(EventflowError):
    """What the data should be compared with is not there, or cannot be read."""

    code = "EF415"
    exit_code = ExitCode.USAGE

    @classmethod
    def for_path(cls, path: object, why: str) -> EventflowError:
        """Build the error for a Parquet file or a run's folder."""
        return cls.of(
            f'the reference "{path}" cannot be compared with: {why}',
            key="quality.drift.reference",
            fix="name a Parquet file, or the folder of a run whose gate watched these columns "
            "(eventflow runs list)",
        )


class ContractError(EventflowError):
    """A file is no data contract that can be read, or does not speak of the table."""

    code = "EF416"
    exit_code = ExitCode.USAGE

    @classmethod
    def not_one(cls, path: object, why: str) -> EventflowError:
        """Build the error for a file that is something else."""
        return cls.of(
            f"{path} is no data contract of the Open Data Contract Standard, version 3: {why}",
            fix="name a contract of version 3; older ones can be converted with datacontract-cli",
        )

    @classmethod
    def for_table(cls, path: object, table: str | None, tables: tuple[str, ...]) -> EventflowError:
        """Build the error for a table that is not there, or not named."""
        names = ", ".join(tables) or "none"
        near = nearest(table, tables) if table else None
        what = f'has no table "{table}"' if table else f"has {len(tables)} tables"
        hint = f'did you mean "{near}"?' if near else "name one of them with --table"
        return cls.of(f"{path} {what}; tables: {names}", fix=hint)
