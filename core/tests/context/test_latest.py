"""As-of joins on one integer for key and time: any key, any order of rows, and what streams."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from eventflow.context.latest import LATER, latest
from eventflow.runs.streaming import in_memory_nodes

START = datetime(1969, 12, 31, 22, tzinfo=UTC)
LAST = 2**63 - 1


def moments(*hours: int) -> list[datetime]:
    """Return moments, in hours after two hours before 1970."""
    return [START + timedelta(hours=hour) for hour in hours]


EVENTS = pl.DataFrame({"at": moments(2, 5, 3, 1, 9), "row": range(5)})
CONTEXT = pl.DataFrame({"since": moments(4, 1, 2), "fact": [2, 0, 1]})


def joined(events: list[Any], context: list[Any], dtype: Any) -> pl.DataFrame:
    """Return the joined rows for these keys."""
    ours = EVENTS.lazy().with_columns(key=pl.Series(events, dtype=dtype))
    theirs = CONTEXT.lazy().with_columns(key=pl.Series(context, dtype=dtype))
    return latest(ours, theirs, by=["key"], on=("at", "since")).sort("row").collect()


@pytest.mark.parametrize(
    ("dtype", "low", "high", "other"),
    [
        (pl.String, "a", "b", ""),
        (pl.Categorical, "a", "b", "c"),
        (pl.Int64, -LAST - 1, LAST, 0),
        (pl.Int64, -1, 0, 1),
        (pl.UInt64, 0, 2 * LAST + 1, 7),
        (pl.Int128, -(2**100), 2**100, 0),
        (pl.UInt8, 0, 255, 1),
        (pl.Date, date(1, 1, 1), date(9999, 12, 31), date(2000, 1, 1)),
        (pl.Float64, -0.5, 1e300, 0.0),
        (pl.Datetime("us"), datetime(2000, 1, 1), datetime(2001, 1, 1), datetime(1999, 1, 1)),  # noqa: DTZ001 - keys
    ],
)
def test_keys_of_any_dtype_are_kept_apart(dtype: Any, low: Any, high: Any, other: Any) -> None:
    """Neighbours in the order of keys do not see each other, before 1970 or after it."""
    rows = joined([low, low, high, high, other], [low, low, high], dtype)
    assert rows["fact"].to_list() == [0, 2, 1, None, None]
    assert rows[LATER].fill_null(value=False).to_list() == [False, False, False, True, False]
    nothing = joined([None] * 5, [low, low, None], dtype)
    assert nothing["fact"].null_count() == 5


def test_the_join_itself_streams() -> None:
    """What holds all rows is the index of the context; events stream by it."""
    ours, theirs = EVENTS.lazy().with_columns(key=1), CONTEXT.lazy().with_columns(key=1)
    plan = latest(ours, theirs, by=["key"], on=("at", "since"))
    assert in_memory_nodes(plan) == ("a Python function",)
