"""Rows that cannot be used: why, where they stand, and how they reach the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import polars as pl
from attrs import define, field, frozen

from eventflow.frame import REASON, Account, EventFrame
from eventflow_files.errors import BadRowError, TooManyBadRowsError

if TYPE_CHECKING:
    from collections.abc import Sequence

CODE = "__eventflow_files_code"
"""Hidden column: number of the reason a row is bad for; null for good rows."""
ROW = "__eventflow_files_row"
"""Hidden column: file, line, detail and raw text of a bad row, as JSON; null for good rows."""

TOO_FEW = "too few fields"
TOO_MANY = "too many fields"
QUOTING = "broken quoting"
NUL = "NUL byte"
NOT_TEXT = "not text in the file's encoding"
TOO_LONG = "line too long"
NOT_JSON = "not a JSON object"
STRUCTURE = (TOO_FEW, TOO_MANY, QUOTING, NUL, NOT_TEXT, TOO_LONG, NOT_JSON)

_KEPT_RAW = 65_536
_EXAMPLES = 3
_EXAMPLE_WIDTH = 60
_ROW_DTYPE = pl.Struct(
    {"file": pl.String, "line": pl.UInt64, "detail": pl.String, "raw": pl.String}
)


def misfit(column: str) -> str:
    """Return the reason for a value that does not fit its column."""
    return f'value does not fit column "{column}"'


@frozen
class BadRow:
    """A row that cannot be used.

    Attributes:
        file: The file it stands in.
        line: Line on which it begins, from 1.
        reason: One of `STRUCTURE`, or `misfit` of a column.
        detail: What exactly is wrong.
        raw: Its bytes as UTF-8, without the line's end.
    """

    file: str
    line: int
    reason: str
    detail: str
    raw: bytes

    def example(self) -> str:
        """Render as one line for an error message."""
        text = self.text()
        short = text if len(text) <= _EXAMPLE_WIDTH else text[:_EXAMPLE_WIDTH] + "…"
        return f"{self.file}:{self.line}  {self.reason}: {self.detail}: {short!r}"

    def text(self) -> str:
        r"""Return the raw text, invalid bytes shown as ``\xNN``, cut at 64 KiB."""
        return self.raw[:_KEPT_RAW].decode("utf-8", errors="backslashreplace")


@define
class Tally:
    """Counts rows of one execution, and stops it when too many are bad.

    Attributes:
        policy: What bad rows mean: ``quarantine`` sets them aside, ``fail`` stops at the first.
        limit: Most bad rows: a share of the rows (float) or a number (int).
        expected: About how many rows there will be, to stop a hopeless run early; None: unknown.
    """

    policy: Literal["quarantine", "fail"]
    limit: float
    expected: float | None = None
    rows: int = 0
    bad: int = 0
    examples: list[str] = field(factory=list)

    def add(self, rows: int, bad: Sequence[BadRow]) -> None:
        """Count rows, of which some are bad.

        Raises:
            BadRowError: The policy is ``fail`` and a row is bad.
            TooManyBadRowsError: The limit is certain to be passed.
        """
        self.rows += rows
        self.bad += len(bad)
        if bad and self.policy == "fail":
            raise BadRowError.at(bad[0].example())
        for row in bad[: max(_EXAMPLES - len(self.examples), 0)]:
            self.examples.append(row.example())
        if isinstance(self.limit, int):
            self._refuse_above(self.limit)
        elif self.expected is not None:
            self._refuse_above(self.limit * max(self.expected * 1.5, 10_000.0))

    def finish(self) -> None:
        """Check the share of bad rows once all are read.

        Raises:
            TooManyBadRowsError: The limit is passed.
        """
        if isinstance(self.limit, float):
            self._refuse_above(self.limit * self.rows)

    def _refuse_above(self, most: float) -> None:
        if self.bad > most:
            raise TooManyBadRowsError.over(self.bad, self.rows, self.limit, self.examples)


def hidden_schema() -> dict[str, pl.DataType]:
    """Return the hidden columns that a scan adds for bad rows."""
    return {CODE: pl.UInt16(), ROW: pl.String()}


def marked(good: pl.DataFrame, bad: Sequence[BadRow], reasons: Sequence[str]) -> pl.DataFrame:
    """Append bad rows, with null data, to good ones and add the hidden columns."""
    hidden = hidden_schema()
    whole = good.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in hidden.items())
    if not bad:
        return whole
    codes = {reason: i for i, reason in enumerate(reasons, 1)}
    rows = pl.DataFrame(
        {CODE: [codes[b.reason] for b in bad], ROW: [_packed(b) for b in bad]}, schema=hidden
    )
    nulls = (pl.lit(None, dtype).alias(name) for name, dtype in good.schema.items())
    return pl.concat([whole, rows.select(*nulls, CODE, ROW)])


def accounted(lazy: pl.LazyFrame, reasons: Sequence[str]) -> EventFrame:
    """Take the bad rows out of a scan with hidden columns, and account for them.

    The account, the rows, and every branch of the query that follows share one reading: Polars
    pushes other columns and other predicates into each copy of a scan in Python, and then reads the
    file once for each. A cached node is read once, with the columns that any of them needs.
    """
    base = lazy.cache()
    names = dict(enumerate(reasons, 1))
    reason = pl.col(CODE).replace_strict(names, default=None, return_dtype=pl.String)
    counts = base.group_by(CODE).agg(pl.len().alias("rows")).select(reason.alias("reason"), "rows")
    row = pl.col(ROW).str.json_decode(_ROW_DTYPE)
    rejected = (
        base.select(CODE, ROW)
        .filter(pl.col(CODE).is_not_null())
        .select(row.alias("row"), reason.alias(REASON))
        .unnest("row")
    )
    account = Account(
        counts=counts, outcomes=dict.fromkeys(reasons, "quarantined"), rejected=rejected
    )
    kept = base.filter(pl.col(CODE).is_null()).drop(CODE, ROW)
    return EventFrame(kept).account(account)


def _packed(bad: BadRow) -> str:
    return json.dumps(
        {"file": bad.file, "line": bad.line, "detail": bad.detail, "raw": bad.text()},
        ensure_ascii=False,
    )
