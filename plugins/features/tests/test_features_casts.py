"""Casts: each value is judged by itself, and what does not come out as it went in is counted."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow_features import CastStep, FeatureAggregationStep

if TYPE_CHECKING:
    from collections.abc import Sequence

BERLIN = ZoneInfo("Europe/Berlin")
ENGINES: tuple[Literal["in-memory", "streaming"], ...] = ("in-memory", "streaming")


def _cast(
    values: pl.Series | Sequence[Any], dtype: str, written: str | None = None, **roles: str
) -> tuple[list[Any], dict[str, int]]:
    """Return what a cast keeps, the same from both engines, and why the others left."""
    rows = pl.DataFrame({"id": range(len(values)), "x": values})
    step = CastStep(columns={"x": dtype}, formats={"x": written} if written else {})
    done = step.apply(EventFrame.of(rows, **roles), None)
    kept = [done.lazy.collect(engine=e).sort("id")["x"].to_list() for e in ENGINES]
    assert kept[0] == kept[1]
    counts = [account.counts.collect().drop_nulls("reason").rows() for account in done.accounts]
    return kept[0], {reason: rows for account in counts for reason, rows in account if rows}


def test_text_that_says_nan_is_not_a_number() -> None:
    """It would make every sum unknown; it leaves, counted, and so does what is too large."""
    kept, lost = _cast(["1", "NaN", "-nan", "2", None, "1e400", "-1e999", "-inf"], "f64")
    assert kept == [1.0, 2.0, None, -float("inf")]
    assert lost == {"not a number: x": 4}
    assert _cast(["1e300", "0.5"], "f32") == ([0.5], {"not a number: x": 1})


_DATES = ["2024-01-05", "03/02/2024", "2024-01-07", "20240108", "2023-02-29", None]


@pytest.mark.parametrize("turn", range(len(_DATES)))
def test_which_dates_fit_does_not_depend_on_the_order_of_rows(turn: int) -> None:
    """Only ISO 8601 is read without a format, whichever value comes first."""
    kept, lost = _cast(_DATES[turn:] + _DATES[:turn], "date")
    assert sorted(filter(None, kept)) == [date(2024, 1, 5), date(2024, 1, 7)]
    assert lost == {"not a date or time: x": 3}


@pytest.mark.parametrize("first", ["10:00", "10:00:30", "10:00:30.25"])
def test_times_of_day_with_and_without_seconds_stand_in_one_column(first: str) -> None:
    """The first value does not decide for the others."""
    texts = [first, "10:00", "10:00:30", "10:00:30.25", "25:00"]
    expected = [time.fromisoformat(text) for text in texts[:-1]]
    assert _cast(texts, "time") == (expected, {"not a date or time: x": 1})


def _iso(rng: random.Random) -> str:
    """Write a moment in one of the forms of ISO 8601."""
    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(366 * 86400))
    form = rng.choice(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f"])
    text = at.replace(microsecond=rng.choice([0, 5, 250_000])).strftime(form)
    offset = rng.choice(["", "", "Z", "+02:00", "-03:30", "+0100", "-11"])
    return text + (offset if ":" in text else "")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("unit", ["us", "ns"])
def test_iso_text_is_the_instant_python_reads(seed: int, unit: str) -> None:
    """With Z, with an offset or without one, to the day, minute, second or fraction, mixed."""
    rng = random.Random(seed)  # noqa: S311 - repeatable test data
    texts = [_iso(rng) for _ in range(60)]
    read = [datetime.fromisoformat(text) for text in texts]
    expected = [at if at.tzinfo else at.replace(tzinfo=UTC) for at in read]
    wrong = ["hello", "", "2024-01-05 10:00:00+25:00", "2024-13-01T00:00:00Z", "2024-01-05Z"]
    kept, lost = _cast([*texts, *wrong], f"datetime[{unit}, UTC]")
    assert kept == expected
    assert lost == {"not a date or time: x": len(wrong)}


def test_offsets_count_before_the_zone_of_the_frame() -> None:
    """Text with an offset is that instant; without one it is a clock of the frame's zone."""
    texts = ["2024-07-01T12:00:00Z", "2024-07-01T12:00:00"]
    kept, _ = _cast(texts, "datetime[us, Europe/Berlin]", timezone="Europe/Berlin")
    assert kept == [
        datetime(2024, 7, 1, 14, tzinfo=BERLIN),
        datetime(2024, 7, 1, 12, tzinfo=BERLIN),
    ]
    naive, _ = _cast(texts, "datetime[us]", timezone="Europe/Berlin")
    assert [at.hour for at in naive] == [14, 12]
    told, _ = _cast(["1.7.2024 12:00 +0000"], "datetime[us, Europe/Berlin]", "%d.%m.%Y %H:%M %z")
    assert told == [datetime(2024, 7, 1, 14, tzinfo=BERLIN)]


@pytest.mark.parametrize("wall", ["2024-10-27 02:30:00", "2024-03-31 02:30:00"])
def test_a_clock_that_shows_a_time_twice_or_never_tells_no_instant(wall: str) -> None:
    """Text and naive datetimes alike: the row leaves, the ones beside it stay."""
    beside = "2024-10-27 03:30:00"
    naive = pl.Series([wall, beside]).str.to_datetime("%Y-%m-%d %H:%M:%S")
    for values in (pl.Series([wall, beside]), naive):
        kept, lost = _cast(values, "datetime[us, Europe/Berlin]")
        assert kept == [datetime(2024, 10, 27, 3, 30, tzinfo=BERLIN)]
        assert lost == {"not a date or time: x": 1}


@pytest.mark.parametrize(
    ("values", "dtype", "kept"),
    [
        ([Decimal("1.90"), Decimal("-2.00"), None], "i64", [-2, None]),
        ([0, 1, 5, -1], "bool", [False, True]),
        ([0.0, 0.5, 1.0], "bool", [False, True]),
        ([2**53, 2**53 + 1, 2**63 - 1, -(2**53) - 1], "f64", [2.0**53]),
        ([2**24, 2**24 + 1], "f32", [2.0**24]),
        (pl.Series([2**64 - 1, 2**60], dtype=pl.UInt64), "f64", [2.0**60]),
        ([1e300, 0.5, float("inf"), None], "f32", [0.5, float("inf"), None]),
        (pl.Series(["30", "x", "10"], dtype=pl.Categorical), "i64", [30, 10]),
        (pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])), "string", ["a", "b"]),
        ([300, 5, -1], "u8", [5]),
    ],
)
def test_a_number_comes_out_as_it_went_in_or_leaves(
    values: Any, dtype: str, kept: list[Any]
) -> None:
    """No fraction is cut, no whole number rounded, nothing becomes infinite, 5 is not true."""
    found, lost = _cast(values, dtype)
    assert found == kept
    assert sum(lost.values()) == len(values) - len(kept)


@pytest.mark.parametrize(
    ("number", "unit", "dtype", "moment"),
    [
        (1_700_000_000, "s", "datetime[us, UTC]", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (-1_500, "ms", "datetime[us, UTC]", datetime(1969, 12, 31, 23, 59, 58, 500_000, UTC)),
        (19_675, "d", "date", date(2023, 11, 14)),
        (90, "s", "duration", timedelta(seconds=90)),
    ],
)
def test_a_number_is_a_time_when_its_unit_is_told(
    number: int, unit: str, dtype: str, moment: Any
) -> None:
    """Seconds of 2023 do not silently land in 1970; what no time can hold leaves."""
    assert _cast([number, None], dtype, unit)[0] == [moment, None]
    if unit == "s":
        assert sum(_cast([2**62], dtype, unit)[1].values()) == 1
    for told in (None, "%Y"):
        with pytest.raises(EventflowError, match="EF320") as error:
            _cast([number], dtype, told)
        assert f"formats: {{x: {'d' if dtype == 'date' else 's'}}}" in str(error.value)


def test_a_datetime_gives_the_date_its_own_clock_shows() -> None:
    """Half past midnight in Berlin is the new day, though UTC still has the old one."""
    at = pl.Series([datetime(2024, 1, 1, 23, 30, tzinfo=UTC)]).dt.convert_time_zone("Europe/Berlin")
    assert _cast(at, "date")[0] == [date(2024, 1, 2)]


def test_integers_whose_sum_does_not_fit_are_added_as_decimals() -> None:
    """What the docstring of the sum advises: it is exact, and the mean with it."""
    frame = EventFrame.of({"u": ["a"] * 3, "x": [2**62] * 3}, entity="u")
    cast = CastStep(columns={"x": "decimal(38,0)"}).apply(frame, None)
    made = FeatureAggregationStep(aggregates=["sum(x)", "mean(x)"]).apply(cast, None).collect()
    assert made.rows() == [("a", Decimal(3 * 2**62), 2.0**62)]
