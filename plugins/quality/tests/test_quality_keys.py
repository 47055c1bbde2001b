"""Keys are counted exactly, whatever their hashes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from eventflow_quality.keys import Key

if TYPE_CHECKING:
    import pytest

NAMES = {"distinct": "differ", "compared": "of", "repeated": "twice"}
PAIRS = st.lists(
    st.tuples(st.none() | st.sampled_from("abc"), st.none() | st.floats(width=16, allow_nan=False))
)


def _counted(frame: pl.DataFrame, key: Key) -> dict[str, object]:
    counted = key.counted(**NAMES)
    row: dict[str, object] = frame.lazy().select(counted).unnest("key").collect().row(0, named=True)
    return row


@given(PAIRS)
def test_keys_of_two_columns_count_as_a_loop_counts(
    pairs: list[tuple[str | None, float | None]],
) -> None:
    """Pairs with a missing part are not compared; zero and minus zero are the same."""
    frame = pl.DataFrame(pairs, schema={"who": pl.String, "much": pl.Float64}, orient="row")
    found = _counted(frame, Key(columns=("who", "much"), parts=("who", "much")))
    times = Counter(pair for pair in pairs if None not in pair)
    assert (found["differ"], found["of"]) == (len(times), times.total())
    repeated = found["twice"]
    assert isinstance(repeated, list)
    assert len(repeated) == min(5, sum(n > 1 for n in times.values()))


@given(st.lists(st.none() | st.integers(-3, 3)))
def test_values_of_one_column_keep_their_type(values: list[int | None]) -> None:
    """Repeated numbers are numbers, the smallest first in order of number, not of text."""
    frame = pl.DataFrame({"n": values}, schema={"n": pl.Int64})
    found = _counted(frame, Key(columns=("n",), parts=("n",), dtype=pl.Int64()))
    times = Counter(v for v in values if v is not None)
    repeated = found["twice"]
    assert isinstance(repeated, list)
    assert sorted(repeated) == sorted(v for v, n in times.items() if n > 1)[:5]
    assert (found["differ"], found["of"]) == (len(times), times.total())


def test_equal_hashes_of_unequal_keys_do_not_count_as_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where every hash is the same, the keys themselves decide."""
    monkeypatch.setattr(pl.Series, "hash", lambda self: pl.repeat(7, len(self), eager=True))
    frame = pl.DataFrame({"n": ["a", "b", "b", None, "c"]})
    found = _counted(frame, Key(columns=("n",), parts=("n",)))
    assert found == {"differ": 3, "of": 4, "twice": ["b"]}
